"""What tests of the measures share."""

from datetime import timedelta

import pytest
from django.db import connection

from funnel import journeys
from leads import moves
from leads.lines import Given
from leads.models import Touch
from tests.factories import DEAL, START, make_lead, reason
from tests.funnel.reports import counted, day, walked
from tests.leads.importing import MAPPINGS, command, importing, shared

COUNTED = "funnel_journey, funnel_rollup, funnel_chunk, funnel_stale"


@pytest.fixture(scope="module")
def deals(django_db_setup, django_db_blocker, tmp_path_factory):
    """The file of the B2B sales data, imported and counted once for all tests of a module, and gone after them."""
    path = shared("maven_crm/sales_pipeline.csv")
    with django_db_blocker.unblock():
        refused = tmp_path_factory.mktemp("maven") / "refused.csv"
        command(path, "--mapping", MAPPINGS / "maven.toml", "--refused", refused)
        journeys.apply_waiting()
    yield path
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE leads_lead, leads_company, leads_user, leads_team, {COUNTED} CASCADE")


@pytest.fixture
def funnel(max, sam, tmp_path):
    """Leads of every kind: skipped stages, all ways out, later cycles, several owners and sources, dates unknown."""
    walked(None, "tofu", ("engage", 1), ("consider", 4), source="web")
    walked(None, "tofu", ("engage", 2), source="web")
    walked(None, "tofu", ("qualify", 5), source="(none)")
    walked(max, "mql", ("accept", 1), ("confirm", 3), ("win", 9), ("reengage", 20), owner=sam, source="web")
    walked(max, "mql", ("accept", 2), ("lose", 8), ("recycle", 12), owner=sam)
    walked(max, "mql", ("reject", 3), owner=sam, source="event", began=2)
    walked(max, "mql", ("disqualify", 6), owner=max, source="event")
    walked(max, "mql", owner=max, began=4)
    called = [walked(max, "mql", owner=sam, began=n, source="web") for n in (0, 1, 6)]
    for lead, on in zip(called, (0.5, 1.01, 30), strict=True):
        Touch.objects.create(lead=lead, occurred_at=day(on), key="call", kind="call")
    text = "id,name,source,mql,sal,won\n1,One,web,2026-03-02,2026-03-04,2025-01-01\n2,Two,,2026-03-02,2026-03-03,\n"
    importing(tmp_path, text)
    counted()


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
