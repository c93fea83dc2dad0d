"""What a lead agreed to, told to one of us: each word of theirs is a row of its own, the newest counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from leads.models import Consent
from leads.refusals import NoSuchLead
from leads.standing import lock_leads

if TYPE_CHECKING:
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
    row before. Raises NoSuchLead, LostRace or WrongOrder.
    """
    leads = lock_leads([lead_id], step="consent")
    if not leads or not leads[0].is_visible_to(by):
        raise NoSuchLead(f"There is no lead {lead_id} that you can see.", lead_id=lead_id, step="consent")
    newest = Consent.objects.filter(lead_id=lead_id, purpose=Consent.Purpose.CONTACT).order_by("-number").first()
    said_at = occurred_at or at
    if said_at > at:
        raise WrongOrder("This lies in the future.")
    if newest and occurred_at and occurred_at < newest.occurred_at.replace(second=0, microsecond=0):
        raise WrongOrder(f"This lies before what they said last ({newest.occurred_at:%Y-%m-%d %H:%M} UTC).")
    return Consent.objects.create(
        lead_id=lead_id, purpose=Consent.Purpose.CONTACT, number=newest.number + 1 if newest else 1, granted=granted,
        wording=wording, source=f"{source}, entered by {by}"[:120],
        occurred_at=max(said_at, newest.occurred_at) if newest else said_at,
    )  # fmt: skip
