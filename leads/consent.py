"""What a lead agreed to, told to one of us: each word of theirs is a row of its own, the newest counts."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from leads import edits
from leads.models import Consent, Edit
from leads.standing import lock_to_write

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from leads.models import User


class WrongOrder(Exception):
    """It would lie before what the lead said last, or in the future. Nothing was written."""


@transaction.atomic
def record(
    *, lead_id: int, granted: bool, source: str, wording: str, occurred_at: datetime | None, by: User, at: datetime
) -> Consent:
    """Write down that the lead may, or may no longer, be contacted. Without `occurred_at` they said so at `at`.

    The row lock makes two people count up one after the other. A time given to the minute may be the minute of the
    row before. Raises NoSuchLead, Erased, LostRace or WrongOrder.
    """
    lock_to_write(lead_id, by=by, step="consent")
    newest = Consent.objects.filter(lead_id=lead_id, purpose=Consent.Purpose.CONTACT).order_by("-number").first()
    said_at = occurred_at or at
    if said_at > at:
        raise WrongOrder(_("This lies in the future."))
    if newest and occurred_at and occurred_at < newest.occurred_at.replace(second=0, microsecond=0):
        words = _("This lies before what they said last (%(at)s UTC).")
        raise WrongOrder(words % {"at": f"{newest.occurred_at:%Y-%m-%d %H:%M}"})
    said = Consent.objects.create(
        lead_id=lead_id, purpose=Consent.Purpose.CONTACT, number=newest.number + 1 if newest else 1, granted=granted,
        wording=wording, source=f"{source}, entered by {by}"[:120],
        occurred_at=max(said_at, newest.occurred_at) if newest else said_at,
    )  # fmt: skip
    edits.record(lead_id, Edit.Kind.CONSENT, by=by, at=at, data={"purpose": said.purpose, "number": said.number})
    return said


type Row = tuple[str, int]  # a consent of one lead: its purpose and number


def settle(
    lead_id: int, *, repeated: Iterable[Row], absorbed: Sequence[int], arriving: Sequence[int], source: str
) -> list[Row]:
    """Make the newest consent of a lead what it and the leads merged into it said last; returns the rows written.

    `repeated` are its rows that earlier merges wrote, `absorbed` the leads that are part of it now, `arriving` those of
    them that just became so. What it said itself since the last merge is only outdone by one who arrives. The caller
    has locked the leads.
    """
    theirs = set(repeated)
    said: dict[tuple[int, str], list[Consent]] = {}
    rows = Consent.objects.filter(lead_id__in=[lead_id, *absorbed]).order_by("lead_id", "purpose", "-number")
    for key, group in groupby(rows, key=lambda row: (row.lead_id, row.purpose)):
        said[key] = list(group)
    written = []
    for purpose in Consent.Purpose.values:
        mine = said.get((lead_id, purpose), [])
        own = [row for row in mine if (purpose, row.number) not in theirs][:1]
        others = arriving if own and own[0] is mine[0] else absorbed
        words = own + [said[other, purpose][0] for other in others if (other, purpose) in said]
        if row := _repeated(lead_id, mine[:1], words, source):
            written.append((row.purpose, row.number))
    return written


def _repeated(lead_id: int, newest: Sequence[Consent], words: Sequence[Consent], source: str) -> Consent | None:
    """Repeat the latest of the words as the lead's newest consent, unless it is that already.

    Of two said at the same instant the no counts. When nobody said anything, what a merge brought is withdrawn.
    """
    latest = max(words, key=lambda row: (row.occurred_at, not row.granted), default=None)
    if latest is None and not newest:
        return None
    word = latest or newest[0]
    granted = latest is not None and latest.granted
    if newest and (granted, word.occurred_at) == (newest[0].granted, newest[0].occurred_at):
        return None
    return Consent.objects.create(
        lead_id=lead_id, purpose=word.purpose, number=newest[0].number + 1 if newest else 1, granted=granted,
        wording=word.wording, source=source, occurred_at=word.occurred_at,
    )  # fmt: skip
