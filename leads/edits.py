"""Changes of a lead that are no moves: each is written down with what it takes to tell it and to take it back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from leads import notices
from leads.lines import plain
from leads.models import Edit, Lead
from leads.refusals import closed_to_work, unseen
from leads.standing import lock_leads, lock_to_write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from leads.models import User
    from leads.refusals import MoveRefused

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
    edit = record(lead_id, Edit.Kind.FACTS, by=by, at=at, data=changed)
    notices.tell_owner(edit)
    return edit


@dataclass(frozen=True, slots=True)
class Changed:
    """One lead's result of setting facts on many: its edit, none where nothing differed, or why it was refused."""

    lead_id: int
    edit_id: int | None = None
    refused: MoveRefused | None = None


@transaction.atomic
def set_facts_many(*, lead_ids: Sequence[int], facts: Mapping[str, Any], by: User, at: datetime) -> list[Changed]:
    """Set columns of many leads by one statement; each gets an edit of its own, and its own result.

    Raises LostRace when one of the rows stays locked by somebody else, and ValueError like `set_facts`.
    """
    if wrong := set(facts) - set(FACTS):
        raise ValueError(f"{', '.join(sorted(wrong))} cannot be set by hand")
    refused: dict[int, MoveRefused] = {number: unseen(number, "edit") for number in lead_ids}
    for lead in lock_leads(lead_ids, step="edit"):
        if lead.is_visible_to(by):
            refused.pop(lead.pk)
            if closed := closed_to_work(lead, "edit"):
                refused[lead.pk] = closed
    changed: dict[int, dict[str, list[Any]]] = {}
    for lead in Lead.objects.filter(pk__in=[number for number in lead_ids if number not in refused]):
        pairs = {name: [plain(getattr(lead, name)), plain(value)] for name, value in facts.items()}
        if differing := {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}:
            changed[lead.pk] = differing
    Lead.objects.filter(pk__in=list(changed)).update(**facts)
    made = Edit.objects.bulk_create(
        Edit(lead_id=number, kind=Edit.Kind.FACTS, by=by, at=at, data=data) for number, data in changed.items()
    )
    written = {edit.lead_id: edit.pk for edit in made}
    return [Changed(number, written.get(number), refused.get(number)) for number in lead_ids]


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
    if notices.OWNER in was:
        notices.untell_owner(edit)
