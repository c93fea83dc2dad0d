"""The traps other trackers fell into, each a test. Those that only times and money can fall into stand beside these:

- ageing from creation: `test_ageing.py`
- an average over closed deals only: `test_stage_times.py`, `test_velocity.py`, `test_pipeline.py`
- adding lost deals to the forecast: `test_pipeline.py`
- a win dated before the first contact: `test_stage_times.py`
"""

from datetime import timedelta

import pytest

from funnel import cohorts, flow, pipeline, sla, velocity
from funnel.questions import Question
from leads.models import Lead, Reason, Stage, StageChange, StagePolicy, Touch
from tests.factories import START
from tests.funnel import deals
from tests.funnel.reports import counted, day, leads_of, take, told, walked

LATER = day(120)
MONTH = timedelta(days=30)
MARCH = {"start": day(0).date(), "end": day(30).date()}


def asked(**about):
    return Question(at=LATER, **{"window": MONTH, **about})


def conversion(stage, **about):
    """(hits, n) of those that reached a stage within 30 days of their entry."""
    [rate] = [one.rate for one in cohorts.total(asked(**about)).conversions if one.stage == stage]
    return rate.hits, rate.n


def entries(stage, **about):
    return flow.total(flow.flow(asked(**about))).of(stage)


def test_trap_counting_only_leads_that_are_not_lost_now(max, sam):
    walked(max, "mql", ("accept", 1), owner=sam)
    walked(max, "mql", ("accept", 2), ("lose", 40), owner=sam)
    walked(max, "mql", ("disqualify", 3), owner=sam)
    counted()
    assert conversion(Stage.SAL, entry=Stage.MQL) == (2, 3)


def test_trap_counting_log_lines_so_that_a_reentry_counts_twice(max, mia, sam):
    lead = walked(max, "mql", ("reject", 1), owner=sam)
    take(lead, "qualify", mia, 2)
    take(lead, "accept", max, 3)
    counted()
    assert StageChange.objects.filter(to_stage="mql").count() == 2
    assert conversion(Stage.SAL, entry=Stage.MQL) == (1, 2)
    assert conversion(Stage.SAL, entry=Stage.MQL, unit="lead") == (1, 1)
    assert flow.total(flow.snapshot(asked(), at=LATER)).of(Stage.SAL) == 1


def test_trap_missing_the_first_stage_because_creation_writes_no_from(mia):
    walked(mia, "tofu")
    walked(mia, "tofu", ("engage", 1))
    counted()
    assert cohorts.total(asked()).entered == entries(Stage.TOFU) == 2
    assert conversion(Stage.MOFU) == (1, 2)


def test_trap_won_this_month_by_the_time_of_the_last_edit(max, sam):
    lead = walked(max, "sql", ("win", 5), owner=sam)
    later = walked(max, "sql", ("win", 70), owner=sam)
    counted()
    Lead.objects.filter(pk=lead.pk).update(title="Edited in June")
    Touch.objects.create(lead=lead, occurred_at=day(100), key="call", kind="call")
    counted()
    assert leads_of(flow.behind_flow(asked(**MARCH), Stage.WON)) == {lead.pk}
    assert leads_of(velocity.behind(asked(**MARCH), "won")) == {lead.pk}
    assert leads_of(flow.behind_flow(asked(start=day(60).date()), Stage.WON)) == {later.pk}


def test_trap_grouping_by_the_current_stage_instead_of_the_log(max, sam):
    walked(max, "mql", ("accept", 1), ("confirm", 2), ("win", 3), owner=sam)
    walked(max, "mql", ("accept", 1), owner=sam)
    walked(max, "mql", ("reject", 1), owner=sam)
    counted()
    assert [entries(stage) for stage in (Stage.MQL, Stage.SAL, Stage.SQL, Stage.WON)] == [3, 2, 1, 1]
    assert conversion(Stage.SAL, entry=Stage.MQL) == (2, 3)


def test_trap_merging_a_blank_source_with_one_called_unknown(max):
    for source, many in (("", 3), ("unknown", 2), ("Unknown", 1)):
        for _ in range(many):
            walked(max, "mql", source=source)
    counted()
    assert {one.key: one.entered for one in cohorts.groups(asked(by="source"))} == {"": 3, "unknown": 2, "Unknown": 1}
    assert {one.key: one.of(Stage.MQL) for one in flow.flow(asked(by="source"))} == {"": 3, "unknown": 2, "Unknown": 1}
    lines = [line for line in sla.answer(asked(by="source")).lines if not line.whole]
    assert {line.key: line.figures["offers"].n for line in lines} == {"": 3, "unknown": 2, "Unknown": 1}


@pytest.mark.parametrize("entry", [Stage.TOFU, Stage.MQL])
def test_trap_a_drill_down_list_that_does_not_match_the_number(funnel, entry):
    question = asked(entry=entry)
    cohort = cohorts.total(question)
    numbers = {"entered": cohort.entered, "mature": cohort.mature, "undated": cohort.undated}
    for one in cohort.conversions:
        numbers |= {str(one.stage): one.rate.hits, f"of-{one.stage}": one.rate.n}
    assert {cell: cohorts.behind(question, cell).count() for cell in numbers} == numbers
    for stage in Stage:
        assert flow.behind_flow(question, stage).count() == entries(stage, entry=entry)
        standing = flow.total(flow.snapshot(question, at=LATER)).of(stage)
        assert flow.behind_snapshot(question, stage, LATER).count() == standing


def test_trap_renaming_a_stage_rewriting_history(funnel):
    def everything():
        answers = [told(one.answer(asked())) for one in (sla, velocity, pipeline)]
        return answers, cohorts.total(asked()).as_json(), list(StageChange.objects.values())

    before = everything()
    StagePolicy.objects.filter(stage="mql").update(label="Handover")
    Reason.objects.filter(kind="lose").update(label="Gone", archived_at=START)
    counted()
    assert everything() == before


@pytest.mark.parametrize("where", [("source", "web"), ("source", ""), ("owner", "sam")])
def test_trap_a_filter_that_a_charts_drill_down_ignores(funnel, sam, where):
    name, value = where
    question = asked(entry=Stage.MQL, where=((name, (str(sam.pk) if value == "sam" else value,)),))
    everybody = asked(entry=Stage.MQL)
    inside = cohorts.behind(question, "entered")
    assert 0 < inside.count() == cohorts.total(question).entered < cohorts.behind(everybody, "entered").count()
    assert flow.behind_flow(question, Stage.MQL).count() == flow.total(flow.flow(question)).of(Stage.MQL)
    for measure in (sla, velocity, pipeline):
        deals.counted(measure, question)
