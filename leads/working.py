"""What people do with a lead between two moves: calls, e-mails and meetings, and what they plan to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.db import connection, transaction
from django.utils.translation import gettext as _

from leads import edits
from leads.lines import plain
from leads.models import Edit, Lead, Touch
from leads.standing import lock_to_write

if TYPE_CHECKING:
    from datetime import datetime

    from leads.models import User

PLAN = ("next_kind", "next_at", "next_note")
NO_PLAN: dict[str, Any] = {"next_kind": "", "next_at": None, "next_note": ""}

_TOUCHED = """
    UPDATE leads_lead lead SET touched_at = newest.at
    FROM (SELECT lead_id, max(occurred_at) AS at FROM leads_touch
          WHERE by_id IS NOT NULL {which} GROUP BY lead_id) newest
    WHERE lead.id = newest.lead_id AND lead.touched_at IS DISTINCT FROM newest.at
"""


class WrongTime(ValueError):
    """A time that cannot be, and why in words for people. Nothing was written."""


@transaction.atomic
def touch(
    *, lead_id: int, kind: str, outcome: str, note: str, by: User, at: datetime, occurred_at: datetime | None = None
) -> Edit:
    """Write down that `by` called, wrote to or met the lead, and what came of it; a plan of that kind is then done.

    Raises WrongTime for the future, ValueError for an outcome that such a touch cannot have, and like `set_facts`.
    """
    if outcome and outcome not in Touch.OUTCOMES.get(Touch.Kind(kind), ()):
        raise ValueError(_("%(outcome)r is no outcome of a %(kind)s") % {"outcome": outcome, "kind": kind})
    when = occurred_at or at
    if when > at:
        raise WrongTime(_("This lies in the future. Plan it as the next activity instead."))
    lock_to_write(lead_id, by=by, step="touch")
    lead = Lead.objects.get(pk=lead_id)
    made = Touch.objects.create(
        lead_id=lead_id, occurred_at=when, key=f"by-hand-{uuid4()}", kind=kind, outcome=outcome, by=by, note=note
    )
    data: dict[str, Any] = {"occurred_at": when.isoformat(), "key": made.key, "kind": kind, "outcome": outcome}
    fresh: dict[str, Any] = {"touched_at": max(when, lead.touched_at or when)}
    if lead.next_kind == kind:
        data["plan"] = plan_of(lead)
        fresh |= NO_PLAN
    Lead.objects.filter(pk=lead_id).update(**fresh)
    return edits.record(lead_id, Edit.Kind.TOUCH, by=by, at=at, data=data)


@transaction.atomic
def plan(*, lead_id: int, kind: str, due_at: datetime, note: str, by: User, at: datetime) -> Edit:
    """Plan what to do next, in place of what was planned. Raises WrongTime for the past, and like `set_facts`."""
    if due_at <= at:
        raise WrongTime(_("This lies in the past. Choose a time ahead of now."))
    return _replan(lead_id, {"next_kind": kind, "next_at": due_at, "next_note": note}, by=by, at=at)


@transaction.atomic
def unplan(*, lead_id: int, by: User, at: datetime) -> Edit | None:
    """Plan nothing any more; None when nothing was planned. Raises like `set_facts`."""
    if not Lead.objects.visible_to(by).filter(pk=lead_id, next_at=None).exists():
        return _replan(lead_id, NO_PLAN, by=by, at=at)
    return None


def _replan(lead_id: int, after: dict[str, Any], *, by: User, at: datetime) -> Edit:
    lock_to_write(lead_id, by=by, step="plan")
    before = plan_of(Lead.objects.get(pk=lead_id))
    Lead.objects.filter(pk=lead_id).update(**after)
    data = {"before": before, "after": {name: plain(value) for name, value in after.items()}}
    return edits.record(lead_id, Edit.Kind.PLAN, by=by, at=at, data=data)


def plan_of(lead: Lead) -> dict[str, Any]:
    """What is planned with a lead, as JSON keeps it."""
    return {name: plain(getattr(lead, name)) for name in PLAN}


def restore_plan(lead: Lead, edit: Edit) -> None:
    """Put back what was planned before. Raises CannotUndo when somebody has planned anew since."""
    if plan_of(lead) != edit.data["after"]:
        raise edits.CannotUndo(_("Nothing was undone: the plan has been changed again since."))
    _set_plan(lead.pk, edit.data["before"])


def remove_touch(lead: Lead, edit: Edit) -> None:
    """Take a touch back, and the plan it fulfilled with it, unless there is a newer one."""
    Touch.objects.filter(key=edit.data["key"], by=edit.by, occurred_at=edit.data["occurred_at"]).delete()
    if "plan" in edit.data and lead.next_at is None:
        _set_plan(lead.pk, edit.data["plan"])
    Lead.objects.filter(pk=lead.pk).update(touched_at=None)
    refresh_touched([lead.pk])


def _set_plan(lead_id: int, plan: dict[str, Any]) -> None:
    values = {name: Lead._meta.get_field(name).to_python(value) for name, value in plan.items()}  # type: ignore[union-attr]
    Lead.objects.filter(pk=lead_id).update(**values)


def refresh_touched(lead_ids: list[int] | None = None) -> None:
    """Set when somebody last touched each of these leads, or every lead, from the touches themselves."""
    which = "" if lead_ids is None else "AND lead_id = ANY(%s)"
    with connection.cursor() as cursor:
        cursor.execute(_TOUCHED.format(which=which), [] if lead_ids is None else [lead_ids])
