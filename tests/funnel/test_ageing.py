"""Ageing: since when those who stand somewhere stand there."""

from datetime import timedelta

import pytest

from funnel import ageing, flow
from funnel.dimensions import BadQuestion
from funnel.questions import Question
from tests.factories import START
from tests.funnel.reports import check_lists, counted, day, leads_of, line_of, take, told, values, walked

pytestmark = pytest.mark.django_db


def ages(on, **asked):
    counted()
    return ageing.answer(Question(at=day(on), **asked))


def test_half_are_not_older_than_the_median(max, sam):
    for began in (0, 50, 80, 95):
        walked(max, "mql", owner=sam, began=began)
    found = line_of(ages(100), "mql").figures
    assert {name: one.value for name, one in found.items()} == {
        "median": 20, "p75": 50, "p90": 100, "oldest": 100, "standing": 4, "dated": 4, "vague": 0,
        "over7": 3, "over30": 2, "over90": 1,
    }  # fmt: skip
    assert (found["oldest"].unit, found["median"].n, found["median"].is_weak) == ("days", 4, True)


def test_trap_ageing_from_creation_instead_of_stage_entry(max, sam):
    lead = walked(max, "mql", ("accept", 38), owner=sam)
    assert values(ages(40), "sal")["oldest"] == 2
    assert ageing.worst(Question(at=day(40))) == [(lead.pk, 1, "sal", 2)]


def test_who_has_left_or_closed_does_not_stand_there(max, sam):
    walked(max, "mql", ("reject", 5), owner=sam)
    walked(max, "sal", ("lose", 5), owner=sam)
    found = ages(9)
    assert [values(found, stage)["standing"] for stage in ("mofu", "mql", "sal")] == [1, 0, 0]
    assert (values(found, "mofu")["median"], line_of(found, "sal").figures["oldest"].note) == (4, "nobody stands there")


def test_the_end_of_a_period_that_has_passed_is_when_it_is_asked_of(max, sam):
    walked(max, "mql", ("accept", 30), owner=sam, began=1)
    end = (START + timedelta(days=10)).date()
    assert values(ages(60, end=end), "mql")["oldest"] == pytest.approx(
        9.625
    )  # entered at nine, the day ends at midnight
    assert values(ages(60), "mql")["standing"] == 0


def test_a_question_of_the_past_has_the_answer_it_had_then(max, sam):
    lead = walked(max, "mql", owner=sam)
    question = Question(at=day(4), by="owner")
    counted()
    then = told(ageing.answer(question)), ageing.worst(question)
    take(lead, "accept", max, 5)
    counted()
    assert (told(ageing.answer(question)), ageing.worst(question)) == then
    assert ageing.worst(question.asking(at=day(6))) != then[1]


def test_standing_is_what_the_snapshot_counts(funnel):
    question = Question(at=day(50))
    snapshot = flow.total(flow.snapshot(question, at=day(50)))
    found = ageing.answer(question)
    for stage in ageing.OPEN:
        assert values(found, str(stage))["standing"] == snapshot.of(stage)


def test_the_worst_stand_longest_first_and_as_many_as_wanted(funnel):
    found = ageing.worst(Question(at=day(50)))
    assert [one.age_days for one in found] == sorted((one.age_days for one in found), reverse=True)
    assert ageing.worst(Question(at=day(50)), limit=3) == found[:3]
    listed = ageing.behind(Question(at=day(50)), f"{found[0].stage}:dated")
    assert found[0].lead_id in leads_of(listed)
    assert len(found) == sum(line.figures["dated"].n for line in ageing.answer(Question(at=day(50))).lines)


@pytest.mark.parametrize("by", ["", "source", "owner", "team", "round"])
def test_every_list_is_as_long_as_its_number(funnel, by):
    assert check_lists(ageing, Question(at=day(50), by=by)) >= 60


def test_lists_keep_to_what_was_asked(funnel, sam, eve):
    end = (START + timedelta(days=8)).date()
    for asked in (
        {"end": end}, {"where": (("source", ("web", "")),)}, {"where": (("owner", (str(sam.pk),)),)}, {"viewer": sam},
        {"viewer": eve}, {"at": day(6)},
    ):  # fmt: skip
        assert check_lists(ageing, Question(**{"at": day(50), "by": "owner", **asked}))


def test_an_sdr_sees_the_worst_of_their_own_leads_only(funnel, sam, eve):
    seen = {one.lead_id for one in ageing.worst(Question(at=day(50), viewer=sam))}
    assert seen
    assert seen < {one.lead_id for one in ageing.worst(Question(at=day(50)))}
    assert {one.stage for one in ageing.worst(Question(at=day(50), viewer=eve))} == {"mql"}  # those nobody owns yet


def test_ages_are_of_cycles_and_of_cells_there_are():
    with pytest.raises(BadQuestion, match="cycle"):
        ages(1, unit="lead")
    for cell in ("mql", "mql:over8", "won:standing"):
        with pytest.raises(KeyError):
            ageing.behind(Question(at=day(1)), cell)
