"""Changes of a lead that are no moves: each is written down with what it takes to tell it and to take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from leads.lines import plain
from leads.models import Edit, Lead
from leads.standing import lock_to_write

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leads.models import User

# The columns people correct. A stage is none of them: it only moves by steps.
FACTS = (
    "name", "title", "company_id", "source", "medium", "campaign", "channel", "asset_id", "owner_id", "amount",
    "currency", "expected_close_on", "urgency", "competitor", "wake_on",
)  # fmt: skip


class CannotUndo(Exception):
    """An edit that cannot be taken back, and why in words for people. Nothing was written."""


def record(lead_id: int, kind: str, *, by: User, at: datetime, data: dict[str, Any]) -> Edit:
    """Write an edit down, in the transaction that makes it."""
    return Edit.objects.create(lead_id=lead_id, kind=kind, by=by, at=at, data=data)


@transaction.atomic
def set_facts(*, lead_id: int, facts: Mapping[str, Any], by: User, at: datetime) -> Edit | None:
    """Set columns of a lead; returns the edit, None when nothing differs.

    `facts` are values by column, of those in FACTS. Raises NoSuchLead, MergedAway, Erased, LostRace, and ValueError for
    a column that is none of them.
    """
    if wrong := set(facts) - set(FACTS):
        raise ValueError(f"{', '.join(sorted(wrong))} cannot be set by hand")
    lock_to_write(lead_id, by=by, step="edit")
    lead = Lead.objects.get(pk=lead_id)
    changed = {
        name: [plain(getattr(lead, name)), plain(value)]
        for name, value in facts.items()
        if plain(getattr(lead, name)) != plain(value)
    }
    if not changed:
        return None
    Lead.objects.filter(pk=lead_id).update(**{name: facts[name] for name in changed})
    return record(lead_id, Edit.Kind.FACTS, by=by, at=at, data=changed)


def restore_facts(lead: Lead, edit: Edit) -> None:
    """Put back the facts that nobody has changed since. Raises CannotUndo when all have been."""
    was = {}
    for name, (before, after) in edit.data.items():
        if plain(getattr(lead, name)) == after:
            column = Lead._meta.get_field(name.removesuffix("_id"))
            was[name] = before if name.endswith("_id") else column.to_python(before)  # type: ignore[union-attr]
    if not was:
        raise CannotUndo(_("Nothing was undone: what you changed has been changed again since."))
    if was.keys() & {"amount", "currency"}:  # an amount means nothing without its currency: both go back, or neither
        pair = {"amount", "currency"} & edit.data.keys()
        if not pair <= was.keys():
            raise CannotUndo(_("Nothing was undone: the amount or its currency has been changed again since."))
    Lead.objects.filter(pk=lead.pk).update(**was)
