"""Taking back what somebody did to a lead outside the log. Moves have their own undo, in `moves.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads import edits, keys, merging, talking, working
from leads.edits import CannotUndo
from leads.models import Edit, Lead
from leads.moves import UNDO_FOR
from leads.refusals import closed_to_work, unseen
from leads.roles import Role
from leads.standing import lock_leads

if TYPE_CHECKING:
    from datetime import datetime

    from leads.models import User
    from leads.models.work import Correction


def may_undo(edit: Correction, *, by: User, at: datetime) -> bool:
    """Whether `by` may take this edit back at `at`: who made it within half an hour, a manager always."""
    return edit.undone_at is None and (by.role == Role.MANAGER or (edit.by_id == by.pk and at - edit.at <= UNDO_FOR))


def undo(*, edit_id: int, by: User, at: datetime) -> Edit:
    """Take an edit back, in one transaction; what others did since stays.

    Raises NoSuchLead for an edit unseen, CannotUndo where it is too late or somebody was faster, and LostRace.
    """
    found = Edit.objects.filter(pk=edit_id).first()
    if found is None:
        raise unseen(0, "undo")
    if found.kind == Edit.Kind.MERGE:
        return _unmerge(found, by=by, at=at)
    with transaction.atomic():
        lock_leads([found.lead_id], step="undo")
        edit = _checked(edit_id, by=by, at=at)
        lead = Lead.objects.get(pk=edit.lead_id)
        if refused := closed_to_work(lead, "undo"):
            raise refused
        if edit.kind == Edit.Kind.FACTS:
            edits.restore_facts(lead, edit)
        elif edit.kind == Edit.Kind.PLAN:
            working.restore_plan(lead, edit)
        elif edit.kind == Edit.Kind.TOUCH:
            working.remove_touch(lead, edit)
        elif edit.kind == Edit.Kind.NOTE:
            talking.remove(edit)
        elif edit.kind == Edit.Kind.KEY:
            keys.restore(edit)
        else:
            words = _("What somebody said about consent is not taken back. Record what they say now.")
            raise CannotUndo(words)
        mark(edit, by=by, at=at)
        return edit


def _checked(edit_id: int, *, by: User, at: datetime) -> Edit:
    """The edit, locked, when `by` may still take it back. Raises like `undo`."""
    edit = Edit.objects.select_for_update(no_key=True).filter(pk=edit_id).first()
    if edit is None:
        raise unseen(0, "undo")
    lead = Lead.objects.select_related("owner").get(pk=edit.lead_id)
    gave_away = edit.by_id == by.pk and "owner_id" in edit.data and edit.data["owner_id"][1] == lead.owner_id
    if not by.is_active or not (gave_away or lead.is_in_sight_of(by)):
        raise unseen(edit.lead_id, "undo")
    check(edit, by=by, at=at)
    return edit


def check(edit: Correction, *, by: User, at: datetime) -> None:
    """Raise CannotUndo, which says why, for what was undone already and what `may_undo` says no of."""
    if edit.undone_at is not None:
        raise CannotUndo(_("It was undone already."))
    if may_undo(edit, by=by, at=at):
        return
    minutes = int(UNDO_FOR.total_seconds() // 60)
    words = ngettext(
        "It can be undone by who did it within %(minutes)s minute, and by managers.",
        "It can be undone by who did it within %(minutes)s minutes, and by managers.",
        minutes,
    )
    raise CannotUndo(words % {"minutes": minutes})


def _unmerge(found: Edit, *, by: User, at: datetime) -> Edit:
    with transaction.atomic():
        lock_leads([found.lead_id, found.data["absorbed"]], step="undo")
        edit = _checked(found.pk, by=by, at=at)
        try:
            merging.unmerge(absorbed_id=edit.data["absorbed"], by=by, at=at)
        except merging.MergeRefused as refused:
            raise CannotUndo(str(refused)) from refused
        mark(edit, by=by, at=at)
        return edit


def mark(edit: Correction, *, by: User, at: datetime) -> None:
    """Write down that an edit was taken back."""
    edit.undone_at, edit.undone_by = at, by
    edit.save(update_fields=["undone_at", "undone_by"])
