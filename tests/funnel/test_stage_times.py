"""Time in stage: who is still there counts as still there, and what has no sure date has no time."""

from datetime import timedelta

import numpy as np
import pytest

from funnel import stage_times
from funnel.columns import MASKS, NEVER, STAGES
from funnel.dimensions import BadQuestion
from funnel.questions import Question
from funnel.stays import stays
from tests.factories import START
from tests.funnel.reports import check_lists, counted, day, leads_of, line_of, take, told, values, walked
from tests.leads.importing import importing

pytestmark = pytest.mark.django_db


def times(on, **asked):
    counted()
    return stage_times.answer(Question(at=day(on), **asked))


def test_half_have_left_by_the_median_and_who_stays_is_followed(max, sam):
    walked(max, "mql", ("accept", 1), owner=sam)
    walked(max, "mql", ("reject", 2), owner=sam)
    walked(max, "mql", ("disqualify", 3), owner=sam)
    walked(max, "mql", owner=sam)
    found = line_of(times(10), "mql").figures
    assert {name: one.value for name, one in found.items()} == {
        "median": 2, "p75": 3, "p90": None, "stays": 4, "left": 3, "staying": 1, "vague": 0,
    }  # fmt: skip
    assert (found["p90"].note[:15], found["median"].n, found["median"].is_weak) == ("not reached yet", 4, True)
    assert found["median"].computed_at == day(10)


def test_trap_an_average_over_the_finished_only(max, sam):
    for _ in range(2):
        walked(max, "mql", ("accept", 1), owner=sam)
    for _ in range(8):
        walked(max, "mql", owner=sam)
    assert values(times(10), "mql")["median"] is None


def test_trap_survivors_only(max, sam):
    gone = walked(max, "sal", ("lose", 4), ("recycle", 9), owner=sam)
    question = Question(at=day(20))
    assert values(times(20), "sal")["median"] == 4
    assert leads_of(stage_times.behind(question, "sal:left")) == {gone.pk}
    assert values(times(20), "mofu")["staying"] == 1


def test_trap_stages_only_passed_have_no_time(max):
    walked(None, "tofu", ("qualify", 5))
    found = times(9)
    assert [values(found, stage)["stays"] for stage in ("tofu", "mofu", "bofu", "mql")] == [1, 0, 0, 1]
    assert values(found, "tofu")["median"] == 5
    assert line_of(found, "mofu").figures["median"].note == "nobody came"


def test_trap_a_win_dated_before_the_first_contact(tmp_path):
    rows = [f"{n},Lead {n},web,2026-01-01,2026-01-03,2026-01-{n + 5:02}\n" for n in range(1, 4)]
    wrong = "9,Lead 9,web,2026-01-01,2026-01-03,2025-06-01\n"
    importing(tmp_path, "id,name,source,mql,sal,won\n" + "".join(rows) + wrong)
    found = times(30)
    assert values(found, "sal")["median"] == 4
    assert (values(found, "sal")["stays"], values(found, "sal")["vague"]) == (3, 1)
    assert stage_times.behind(Question(at=day(30)), "sal:vague").count() == 1
    assert "left out" in found.notes[0]


def test_a_period_holds_the_stays_that_began_in_it_whenever_they_ended(max, sam):
    walked(max, "mql", ("accept", 40), owner=sam)
    walked(max, "mql", ("accept", 32), began=31, owner=sam)
    first = START.date()
    found = times(60, start=first, end=first + timedelta(days=9))
    assert (values(found, "mql")["stays"], values(found, "mql")["median"]) == (1, 40)


def test_a_question_of_the_past_has_the_answer_it_had_then(max, sam):
    leads = [walked(max, "mql", began=n / 4, owner=sam) for n in range(6)]
    for n, lead in enumerate(leads[:3]):
        take(lead, "accept", max, 2 + n)
    question = Question(at=day(4.5), by="owner")
    counted()
    then = told(stage_times.answer(question))
    take(leads[3], "reject", max, 5)
    take(leads[0], "lose", max, 6)
    walked(max, "mql", began=4.6, owner=sam)
    counted()
    assert told(stage_times.answer(question)) == then
    assert told(stage_times.answer(question.asking(at=day(7)))) != then


def test_an_end_without_a_date_is_not_known_before_it_came():
    part = {name: np.array([NEVER]) for name in (*STAGES, "opened", "next")}
    part |= {name: np.zeros(1, np.int16) for name in MASKS}
    part |= {"tofu": np.array([0]), "mofu": np.array([10]), "assumed": np.array([0b10], np.int16)}
    stay = stays(part)[0]
    assert (stay.exact_at(9).all(), stay.exact_at(10).any()) == (True, False)


@pytest.mark.parametrize("by", ["", "source", "owner", "team", "round"])
def test_every_list_is_as_long_as_its_number(funnel, by):
    assert check_lists(stage_times, Question(at=day(50), by=by)) >= 42


@pytest.mark.parametrize("narrowing", ["period", "where", "owner", "sdr", "stranger", "past"])
def test_lists_keep_to_what_was_asked(funnel, sam, eve, narrowing):
    first = START.date()
    asked = {
        "period": {"start": first + timedelta(days=2), "end": first + timedelta(days=8)},
        "where": {"where": (("source", ("web", "")),)},
        "owner": {"where": (("owner", (str(sam.pk), "")),)},
        "sdr": {"viewer": sam, "by": "source"},
        "stranger": {"viewer": eve},
        "past": {"at": day(6)},
    }[narrowing]
    assert check_lists(stage_times, Question(**{"at": day(50), "by": "owner", **asked}))


def test_split_lines_add_up_to_the_whole(funnel):
    found = times(50, by="source")
    for stage in ("mofu", "mql", "sal"):
        whole = values(found, stage)
        parts = [line for line in found.lines if line.stage == stage and not line.whole]
        assert sum(line.figures["stays"].n for line in parts) == whole["stays"] > 0


def test_times_are_of_cycles_and_of_cells_there_are():
    with pytest.raises(BadQuestion, match="cycle"):
        times(1, unit="lead")
    with pytest.raises(BadQuestion, match="cycle"):
        stage_times.behind(Question(at=day(1), unit="lead"), "mql:stays")
    for cell in ("mql", "mql:", "won:stays", "nonsense"):
        with pytest.raises(KeyError):
            stage_times.behind(Question(at=day(1)), cell)
