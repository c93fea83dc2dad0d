"""Leads for tests, made through the gate like every other."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count

from leads import moves
from leads.ledger import NewLead
from leads.models import Consent, Identity, Lead, Reason

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
DEAL = {"amount": Decimal("1000"), "currency": "USD", "expected_close_on": date(2026, 6, 1), "urgency": "normal"}
numbers = count(1)


def reason(kind, code="other"):
    return Reason.objects.get(kind=kind, code=code)


def make_lead(stage="tofu", *, owner=None, at=START, contact=True, consent=True, deal=None, **known):
    """A lead standing at `stage` since `at`, opened there as an import would."""
    deal = (DEAL if stage in ("sql", "won") else {}) if deal is None else deal
    known = {**deal, **known}
    new = NewLead(stage=stage, owner_id=owner.pk if owner else None, occurred_at=at, recorded_at=at, **known)
    lead = Lead.objects.get(pk=moves.open_lead(new))
    if contact:
        Identity.objects.create(kind="email", value=f"lead{next(numbers)}@example.com", lead=lead)
    if consent:
        Consent.objects.create(
            lead=lead, purpose="contact", number=1, granted=True, wording="2026-01", source="form", occurred_at=at
        )
    return lead
