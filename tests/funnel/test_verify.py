"""What verify_stats sees: each way statistics can differ from the log, tried by breaking it."""

from datetime import timedelta
from io import StringIO

import numpy as np
import pytest
from django.core.management import call_command

from funnel import cohorts, cuts, flow, journeys, rollups, tables, verify_measures
from funnel.columns import NEVER
from funnel.models import Chunk, Journey
from funnel.questions import Question
from funnel.rebuild import rebuild
from funnel.verify import verify
from leads import history, moves
from leads.importing.arranging import Entry, arrange
from leads.ledger import NewLead
from leads.lines import Given
from leads.models import Stage, Unapplied
from tests.factories import START, make_lead

LATER = timedelta(days=150)
read = rollups.read


@pytest.fixture
def leads(mia, sam, alex, max):
    """Leads at each stage, moved at different times, changing owners, some slowly, some but lately, one undated."""
    for number, stage in enumerate(["tofu", "mofu", "mql", "sql", "won", "lost"] * 2):
        owner = [None, sam, alex][number % 3]
        lead = make_lead(stage, owner=owner, source="web" if number % 2 else "", at=START + timedelta(days=9 * number))
        if stage in ("tofu", "mofu"):
            at = START + timedelta(days=9 * number + 1)
            moves.move(lead_id=lead.pk, step="qualify", by=mia, at=at)
            moves.move(lead_id=lead.pk, step="accept", by=max, at=at + timedelta(days=95), given=Given(owner=alex))
    make_lead("sal", timing="assumed", owner=sam)
    journeys.apply_waiting()


def differs(**options):
    return verify(at=START + LATER, **options).differences


def test_nothing_differs_when_nothing_is_broken(leads):
    assert differs() == []


@pytest.mark.parametrize(
    "broken",
    [
        {"opened_at": START - LATER}, {"mql_at": START}, {"implied": 127}, {"assumed": 1}, {"owners": [1] * 7},
        {"outcome": 2}, {"ended_at": START}, {"end_step": 3}, {"source": 77}, {"size_band": 88}, {"asset": 5},
        {"next_at": START}, {"cents": 7}, {"currency": "THB"},
    ],
)  # fmt: skip
def test_a_broken_journey_is_seen(leads, broken):
    Journey.objects.filter(pk=Journey.objects.filter(mql_at__isnull=False).first().pk).update(**broken)
    assert differs(reports=False)


def test_a_journey_too_many_or_too_few_is_seen(leads):
    journey = Journey.objects.first()
    journey.cycle += 1
    journey.save(force_insert=True)
    assert differs(reports=False)
    Journey.objects.filter(lead=journey.lead).delete()
    assert differs(reports=False)


@pytest.mark.parametrize(
    ("module", "name", "wrong"),
    [
        (Question, "instants", property(lambda self: (-NEVER, self.known_until))),
        (Question, "ripe", property(lambda self: NEVER - 1)),
        (flow, "_rank_at", lambda rank, last: 1),
        (flow, "forward_rank", lambda part, at=0: np.ones(len(part["lead"]), int)),
        (rollups, "read", lambda a, b, c, parts, v: read(a, b, c, [one for one in parts if not one.is_month], v)),
        (rollups, "read", lambda a, b, c, parts, v: read(a, b, c, [one for one in parts if one.is_month], v)),
        (cuts, "_next_month", cuts._month),
        (tables, "_undated", lambda *_: tables.everything([])),
        (flow, "snapshot_at", lambda question: question.at),
    ],
)
def test_a_report_that_counts_something_else_is_seen(leads, monkeypatch, module, name, wrong):
    monkeypatch.setattr(module, name, wrong)
    monkeypatch.setattr(verify_measures, "compare", lambda *_: None)  # they have a test of their own
    assert differs()


def test_leads_that_wait_are_left_out_and_the_rest_is_still_compared(leads, monkeypatch, mia):
    lead = make_lead("mofu")
    monkeypatch.setattr(journeys, "apply_waiting", lambda: 0)
    result = verify(at=START + LATER)
    assert (result.waiting, result.differences) == (1, [])
    assert Unapplied.objects.filter(lead=lead).exists()
    monkeypatch.setattr(Question, "ripe", property(lambda self: NEVER - 1))
    assert differs()


def test_the_command_exits_with_one_on_a_difference(leads):
    out = StringIO()
    call_command("verify_stats", stdout=out)
    assert "equal the log" in out.getvalue()
    Journey.objects.update(won_at=None)
    with pytest.raises(SystemExit) as ended:
        call_command("verify_stats", "--json", stdout=out)
    assert ended.value.code == 1
    call_command("rebuild_stats", stdout=out)
    assert differs() == []


@pytest.mark.django_db
def test_a_later_date_proves_that_an_undated_stage_was_reached_in_time():
    entries = [Entry("tofu", START), Entry("mql", None), Entry("sql", START + timedelta(days=10))]
    lead = NewLead(occurred_at=START, recorded_at=START)
    history.begin([(lead, arrange(entries, at=START + LATER))], at=START + LATER)
    journeys.apply_waiting()
    cohort = cohorts.total(Question(at=START + LATER, window=timedelta(days=30)))
    assert [(one.stage, one.rate.hits, one.rate.n) for one in cohort.conversions] == [
        *((stage, 1, 1) for stage in (Stage.MOFU, Stage.BOFU, Stage.MQL, Stage.SAL, Stage.SQL)), (Stage.WON, 0, 1),
    ]  # fmt: skip
    short = cohorts.total(Question(at=START + LATER, window=timedelta(days=5)))
    assert [(one.rate.hits, one.rate.n, one.undated) for one in short.conversions[:3]] == [(0, 0, 1)] * 3
    assert differs() == []


def test_a_broken_column_is_seen_and_a_rebuild_writes_it_anew(leads):
    rebuild()
    assert differs(reports=False) == []
    for chunk in Chunk.objects.filter(name="sal"):
        Chunk.objects.filter(number=chunk.number, name="mql").update(data=chunk.data)
    assert differs(reports=False)
    rebuild()
    assert differs(reports=False) == []
