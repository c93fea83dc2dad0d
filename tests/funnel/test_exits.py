"""Ways out of a stage: they compete, they add up, and nobody is followed further than they were."""

from datetime import timedelta

import pytest

from funnel import exits
from funnel.dimensions import BadQuestion
from funnel.intervals import wilson
from funnel.questions import Question
from leads.models import Stage
from tests.factories import START
from tests.funnel.reports import check_lists, counted, day, leads_of, line_of, take, told, values, walked

pytestmark = pytest.mark.django_db


def ways(on, **asked):
    counted()
    return exits.answer(Question(at=day(on), **{"entry": Stage.MQL, **asked}))


@pytest.fixture
def four(max, sam):
    """Four MQLs: accepted after 2 days, disqualified after 5, back after 20, and one followed for 10 days only."""
    return [
        walked(max, "mql", ("accept", 2), owner=sam),
        walked(max, "mql", ("disqualify", 5), owner=sam),
        walked(max, "mql", owner=sam, began=30),
        walked(max, "mql", ("reject", 20), owner=sam),
    ]


def test_the_ways_compete_and_the_young_count_as_far_as_they_go(four):
    found = ways(40)
    assert values(found, part="within 3 days") == {
        "advance": 0.25, "lose": 0, "recycle": 0, "staying": 0.75, "stays": 4, "young": 0, "vague": 0,
    }  # fmt: skip
    month = line_of(found, part="within 14 days").figures
    assert [month[name].value for name in exits.WAYS] == [0.25, 0.25, 0, 0.5]
    assert (month["young"].n, month["advance"].n, month["advance"].hits, month["advance"].maturity) == (1, 4, 1, 0.75)
    last = line_of(found, part="in the end (after 20 days)").figures
    assert [last[name].value for name in exits.WAYS] == [0.25, 0.25, 0.5, 0]


def test_nobody_left_is_known_for_every_age_and_nobody_followed_for_none(four):
    found = ways(40)
    assert values(found, part="within 365 days")["recycle"] == 0.5
    early = ways(8)
    figure = line_of(early, part="within 14 days").figures["advance"]
    assert (figure.value, figure.interval, figure.note) == (None, None, "nobody has been followed that long")
    assert line_of(early, part="in the end (after 8 days)").figures["staying"].value == pytest.approx(1 / 3)


def test_none_of_it_so_far_has_the_interval_of_those_followed_that_long(four):
    never = line_of(ways(40), part="within 14 days").figures["recycle"]
    assert (never.value, never.interval) == (0, (0, wilson(0, 3)[1]))
    all_there = line_of(ways(40), part="within 1 day").figures["staying"]
    assert (all_there.value, all_there.interval) == (1, (wilson(4, 4)[0], 1))


def test_ways_and_those_still_there_add_up_and_so_do_their_lists(funnel):
    for asked in ({}, {"by": "source"}, {"entry": Stage.SAL}, {"entry": Stage.TOFU, "by": "round"}):
        for line in ways(50, **asked).lines:
            shares = [line.figures[name] for name in exits.WAYS]
            if shares[0].value is not None:
                assert sum(one.value for one in shares) == pytest.approx(1, abs=1e-12)
                assert all(low <= one.value <= high for one in shares for low, high in [one.interval])
            young = line.figures["young"].n if "young" in line.figures else 0
            assert sum(one.hits for one in shares) + young == line.figures["stays"].n


def test_trap_survivors_only(four):
    question = Question(at=day(40), entry=Stage.MQL)
    counted()
    assert leads_of(exits.behind(question, "lose:30")) == {four[1].pk}
    assert leads_of(exits.behind(question, "recycle:end")) == {four[3].pk}
    assert leads_of(exits.behind(question, "recycle:14")) == set()
    assert leads_of(exits.behind(question, "stays")) == {lead.pk for lead in four}


def test_a_question_of_the_past_has_the_answer_it_had_then(four, max, sam):
    question = Question(at=day(33), entry=Stage.MQL, by="owner")
    counted()
    then = told(exits.answer(question))
    take(four[2], "accept", max, 34)
    walked(max, "mql", owner=sam, began=35)
    counted()
    assert told(exits.answer(question)) == then
    assert told(exits.answer(question.asking(at=day(36)))) != then


def test_groups_have_a_few_ages_and_one_line_of_all(funnel):
    found = ways(50, by="source")
    assert {(line.label, line.part) for line in found.lines if line.key == "web"} == {
        ("web", part) for part in ("within 7 days", "within 30 days", "within 90 days", "in the end (after 50 days)")
    }
    assert next((line.label, line.part) for line in found.lines if line.whole) == ("All", "within 7 days")


@pytest.mark.parametrize("entry", [Stage.TOFU, Stage.MQL, Stage.SAL])
@pytest.mark.parametrize("by", ["", "source", "owner", "round"])
def test_every_list_is_as_long_as_its_number(funnel, by, entry):
    assert check_lists(exits, Question(at=day(50), by=by, entry=entry)) >= 30


def test_lists_keep_to_what_was_asked(funnel, sam, eve):
    first = START.date()
    for asked in (
        {"start": first + timedelta(days=2), "end": first + timedelta(days=8)}, {"where": (("source", ("web", "")),)},
        {"where": (("owner", (str(sam.pk),)),)}, {"viewer": sam}, {"viewer": eve}, {"at": day(6)},
    ):  # fmt: skip
        assert check_lists(exits, Question(**{"at": day(50), "entry": Stage.MQL, "by": "owner", **asked}))


def test_ways_out_are_of_cycles_and_of_cells_there_are():
    with pytest.raises(BadQuestion, match="cycle"):
        ways(1, unit="lead")
    for cell in ("advance", "advance:2", "young:end", "nonsense"):
        with pytest.raises(KeyError):
            exits.behind(Question(at=day(1)), cell)
    assert line_of(ways(1), part="within 7 days").figures["lose"].note == "nobody came"
