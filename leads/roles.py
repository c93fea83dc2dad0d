"""Who may do what: the one table of roles, permissions and sight. Pure; no database."""

from dataclasses import dataclass, field
from enum import Enum

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy


class Role(TextChoices):
    SDR = "sdr", pgettext_lazy("role", "SDR")
    MARKETER = "marketer", pgettext_lazy("role", "Marketer")
    AE = "ae", pgettext_lazy("role", "Account executive")
    MANAGER = "manager", pgettext_lazy("role", "Manager")
    ADMIN = "admin", pgettext_lazy("role", "Administrator")


class Scope(Enum):
    """Which leads a role sees: its own; its team's and the team queue; all."""

    OWN = "own"
    TEAM = "team"
    ALL = "all"


@dataclass(frozen=True)
class Duties:
    """What a role brings: its sight, and the Django permissions it holds."""

    scope: Scope
    permissions: frozenset[str] = field(default_factory=frozenset)


EVERYONE = frozenset({"leads.view_lead", "leads.view_company", "funnel.view_reports"})
CORRECTS_COMPANIES = EVERYONE | {"leads.change_company"}
ADMINISTERED = ("user", "team", "reason", "workinghours", "holiday", "routingrule", "absence")

DUTIES: dict[Role, Duties] = {
    Role.SDR: Duties(Scope.TEAM, CORRECTS_COMPANIES),
    Role.MARKETER: Duties(Scope.ALL, CORRECTS_COMPANIES | {"leads.export_leads"}),
    Role.AE: Duties(Scope.OWN, EVERYONE),
    Role.MANAGER: Duties(Scope.ALL, CORRECTS_COMPANIES | {"leads.export_leads"}),
    Role.ADMIN: Duties(
        Scope.ALL,
        CORRECTS_COMPANIES
        | {"leads.override_move", "leads.import_leads", "leads.erase_lead", "leads.export_leads"}
        | {f"leads.{verb}_stagepolicy" for verb in ("view", "change")}
        | {f"leads.{verb}_{model}" for verb in ("view", "add", "change") for model in ADMINISTERED}
        | {f"leads.delete_{model}" for model in ("workinghours", "holiday", "routingrule", "absence")}
        | {"funnel.view_alarm", "funnel.change_alarm"},
    ),
}


def scope_of(role: str) -> Scope:
    """The sight of a role; raises ValueError for a role that is not in the table."""
    return DUTIES[Role(role)].scope


def permissions_of(role: str) -> frozenset[str]:
    """The Django permissions of a role; raises ValueError for a role that is not in the table."""
    return DUTIES[Role(role)].permissions
