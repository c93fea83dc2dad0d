"""Notes on a lead, who is mentioned in them, and the thread of a handoff between sales and marketing."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from leads import edits, notices, search
from leads.models import Edit, Note, Notice, StageChange, User
from leads.standing import lock_to_write

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from leads.models import Lead

MENTION = re.compile(r"(?<![\w.@])@([\w.+-]*[\w+-])")


@transaction.atomic
def write(*, lead_id: int, text: str, by: User, at: datetime, cycle: int | None = None) -> Edit:
    """Write a note; with a `cycle` it goes into the thread of that cycle's handoff, and the others in it are told.

    Who is mentioned as @name is told, if they may see the lead. Raises ValueError for an empty text, and like
    `edits.set_facts`.
    """
    if not text.strip():
        raise ValueError(_("Write something first."))
    lead = lock_to_write(lead_id, by=by, step="note")
    note = Note.objects.create(lead_id=lead_id, text=text.strip(), by=by, at=at, cycle=cycle)
    told = {user.pk for user in mentioned(note.text) if user != by and lead.is_visible_to(user)}
    notices.tell(_notices(note, told, Notice.Kind.MENTION))
    if cycle is not None:
        notices.tell(_notices(note, _in_thread(lead, cycle) - told - {by.pk}, Notice.Kind.REPLY))
    return edits.record(lead_id, Edit.Kind.NOTE, by=by, at=at, data={"note": note.pk})


def remove(edit: Edit) -> None:
    """Take a note back; whoever was told of it is told no longer."""
    Note.objects.filter(pk=edit.data["note"]).delete()


def mentioned(text: str) -> list[User]:
    """The active people named as @user-name in a text."""
    names = set(MENTION.findall(text))
    return list(User.objects.filter(username__in=names, is_active=True).select_related("team")) if names else []


def colleagues(lead: Lead, words: str, *, limit: int) -> list[User]:
    """The active people who may see the lead and whose user name or name begins like `words`; nobody for no words."""
    words = search.cleaned(words)
    if not words:
        return []
    begins = Q()
    for name in ("username", "first_name", "last_name"):
        begins |= Q(**{f"{name}__istartswith": words})
    people = User.objects.filter(begins, is_active=True).select_related("team").order_by("username")
    return list(islice((user for user in people if lead.is_visible_to(user)), limit))


def _in_thread(lead: Lead, cycle: int) -> set[int]:
    """Who takes part in a handoff: who offered, accepted or rejected the lead, its owner, and who wrote before."""
    steps = StageChange.objects.filter(
        lead=lead.pk, cycle__in=(cycle, cycle + 1), step__in=("qualify", "accept", "reject")
    )
    notes = Note.objects.filter(lead=lead.pk, cycle=cycle)
    people = {lead.owner_id, *steps.values_list("by", flat=True), *notes.values_list("by", flat=True)}
    known = [person for person in people if person is not None]
    active = User.objects.filter(pk__in=known, is_active=True).select_related("team")
    return {user.pk for user in active if lead.is_visible_to(user)}


def _notices(note: Note, users: Iterable[int], kind: str) -> list[Notice]:
    return [
        Notice(user_id=user, kind=kind, key=f"note:{note.pk}", lead_id=note.lead_id, by=note.by, note=note, at=note.at)
        for user in users
    ]
