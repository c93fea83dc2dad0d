"""Who may take which step: the django-fsm permissions of the table in `lead.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leads.models.stage import Stage
from leads.phrases import listed
from leads.roles import Role

if TYPE_CHECKING:
    from leads.models.lead import Lead
    from leads.models.users import User

SDR, MARKETER, AE, MANAGER = Role.SDR, Role.MARKETER, Role.AE, Role.MANAGER
SYSTEM = "system"

# Who works a stage, and so may take a lead in it out of the funnel.
WORKERS: dict[str, frozenset[str]] = {
    Stage.TOFU: frozenset({MARKETER}),
    Stage.MOFU: frozenset({MARKETER, SDR}),
    Stage.BOFU: frozenset({MARKETER, SDR}),
    Stage.MQL: frozenset({SDR, AE, MANAGER}),
    Stage.SAL: frozenset({SDR, AE, MANAGER}),
    Stage.SQL: frozenset({SDR, AE, MANAGER}),
}


class by:  # reads as a word in the table below
    """A django-fsm permission: the roles that may take a step. No user means the system."""

    def __init__(self, *roles: str) -> None:
        self.roles = frozenset(roles)

    def __call__(self, lead: Lead, user: User | None) -> bool:
        return (user.role if user else SYSTEM) in self.roles

    def __str__(self) -> str:
        return listed(Role(role).label if role != SYSTEM else SYSTEM for role in sorted(self.roles))


def who_works_it(lead: Lead, user: User | None) -> bool:
    return user is not None and user.role in WORKERS[lead.stage]


def may_override(lead: Lead, user: User | None) -> bool:
    return user is not None and user.has_perm("leads.override_move")
