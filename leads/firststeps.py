"""What a new installation has still to do, told from what there is; nothing is ticked by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.db.models import Exists
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from leads import seeds
from leads.models import Lead, RoutingRule, StageChange, User, WorkingHours
from leads.models.lead import STEPS as STEP_NAMES

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.utils.functional import _StrPromise


@dataclass(frozen=True)
class FirstStep:
    """One step: what it is, the words of its button, and who can do it; the demo's rows tick nothing.

    `routes` are where it is done, the first that this installation has; `permission` is empty for everybody's steps.
    """

    name: str
    title: _StrPromise
    label: _StrPromise
    routes: tuple[str, ...]
    permission: str = ""
    done: bool = False

    @property
    def url(self) -> str:
        """The address of its button, empty when there is no page to do it on."""
        for route in self.routes:
            try:
                return reverse(route)
            except NoReverseMatch:
                continue
        return ""


STEPS = (
    FirstStep("lead", _("Bring in your first lead"), _("New lead"), ("import", "lead_new")),
    FirstStep("move", _("Move a lead to its next stage"), _("See the leads"), ("lead_list",)),
    FirstStep(
        "people", _("Invite the people you work with"), _("Invite"),
        ("people", "admin:leads_user_add"), "leads.add_user",
    ),
    FirstStep(
        "hours", _("Set your working hours, by which times to answer are counted"), _("Set hours"),
        ("working_hours", "admin:leads_workinghours_changelist"), "leads.change_workinghours",
    ),
    FirstStep(
        "routing", _("Say which team is offered which leads"), _("Set rules"),
        ("routing", "admin:leads_routingrule_changelist"), "leads.add_routingrule",
    ),
)  # fmt: skip


def first_steps(user: User) -> list[FirstStep]:
    """The steps this person can take, each done or not, by one query."""
    signs = {name: Exists(rows) for name, rows in _signs().items()}
    done: dict[str, Any] = {**User.objects.filter(pk=user.pk).values(**signs).get()}
    return [
        replace(step, done=done[step.name]) for step in STEPS if not step.permission or user.has_perm(step.permission)
    ]


def _signs() -> dict[str, QuerySet[Any, Any]]:
    """The rows that show a step to be done. People have to be two: who installs is the first."""
    people = User.objects.filter(is_demo=False, is_active=True).order_by("pk")
    return {
        "lead": Lead.objects.filter(is_demo=False),
        "move": StageChange.objects.filter(lead__is_demo=False, step__in=STEP_NAMES),
        "people": people.filter(pk__gt=people.values("pk")[:1]),
        "hours": WorkingHours.objects.exclude(weekday__in=seeds.WORKDAYS, opens=seeds.OPENS, closes=seeds.CLOSES),
        "routing": RoutingRule.objects.all(),
    }
