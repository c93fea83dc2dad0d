"""A small company that reports are asked about."""

from datetime import timedelta

import pytest

from funnel import journeys
from leads import moves
from leads.lines import Given
from tests.factories import DEAL, START, make_lead, reason


@pytest.fixture
def company(mia, sam, alex, max):
    """Leads of two sources and one without over two days, some worked to a close, one rejected, one undated."""
    at = START
    for number, source in enumerate(["web", "web", "web", "unknown", "", ""]):
        lead = make_lead("tofu", source=source, medium="paid" if number % 2 else "", at=at)
        at += timedelta(hours=5)
        moves.move(lead_id=lead.pk, step="qualify", by=mia, at=at)
        if number % 3 == 2:
            moves.move(lead_id=lead.pk, step="reject", by=sam, at=at, given=Given(reason=reason("reject")))
            continue
        moves.move(lead_id=lead.pk, step="accept", by=sam, at=at)
        moves.move(lead_id=lead.pk, step="confirm", by=max, at=at, given=Given(owner=alex, **DEAL))
        if number % 2:
            moves.move(lead_id=lead.pk, step="win", by=alex, at=at + timedelta(hours=1))
    make_lead("sal", timing="assumed", owner=sam)
    journeys.apply_waiting()
