"""Speed to lead: from MQL to the first call or meeting, waiting counted as waiting."""

from datetime import timedelta
from unittest.mock import Mock

import numpy as np
import pytest
from lifelines import KaplanMeierFitter

from funnel import speed_to_lead, touched
from funnel.dimensions import BadQuestion
from funnel.questions import Question
from leads.models import Touch
from tests.factories import START
from tests.funnel.reports import check_lists, counted, day, leads_of, line_of, take, told, values, walked

pytestmark = pytest.mark.django_db
HOUR = 1 / 24


def touch(lead, on, kind="call"):
    Touch.objects.create(lead=lead, occurred_at=day(on), key=f"{kind} {on}", kind=kind)


def speed(on, **asked):
    counted()
    return speed_to_lead.answer(Question(at=day(on), **asked))


def test_half_are_touched_by_the_median_and_the_share_is_of_those_followed(max, sam):
    quick, slow, idle, young = (walked(max, "mql", owner=sam, began=began) for began in (0, 0, 0, 9.99))
    touch(quick, HOUR)
    touch(quick, 1)
    touch(slow, 2)
    found = line_of(speed(10)).figures
    assert {name: one.value for name, one in found.items()} == {
        "median": 48, "p90": None, "1h": 1 / 3, "1d": 1 / 3, "3d": 2 / 3,
        "entered": 4, "touched": 2, "waiting": 2, "closed": 0, "vague": 0,
    }  # fmt: skip
    assert (found["median"].unit, found["1h"].n, found["1h"].maturity) == ("hours", 3, 0.75)
    assert leads_of(speed_to_lead.behind(Question(at=day(10)), "waiting")) == {idle.pk, young.pk}


def test_only_people_touch_and_only_from_mql_on(max, sam):
    lead = walked(max, "mql", owner=sam, began=1)
    touch(lead, 0.9)
    touch(lead, 1.5, "email")
    assert values(speed(3))["waiting"] == 1
    touch(lead, 2, "meeting")
    assert values(speed(3))["median"] == 24


def test_accepting_is_no_touch_and_the_clock_runs_on(max, sam):
    lead = walked(max, "mql", ("accept", 1), owner=sam)
    assert values(speed(2))["waiting"] == 1
    touch(lead, 3)
    assert values(speed(4))["median"] == 72


def test_a_close_stops_the_clock_and_later_touches_are_of_the_next_cycle(max, sam):
    back = walked(max, "mql", ("reject", 2), owner=sam)
    lost = walked(max, "mql", ("disqualify", 2), owner=sam)
    touch(back, 3)
    touch(lost, 5)
    found = values(speed(9))
    assert (found["closed"], found["touched"], found["3d"], found["median"]) == (2, 0, 0, None)
    assert leads_of(speed_to_lead.behind(Question(at=day(9)), "closed")) == {back.pk, lost.pk}


def test_a_call_at_the_instant_of_the_loss_came_before_it(max, sam):
    touch(walked(max, "mql", ("disqualify", 2), owner=sam), 2)
    assert values(speed(9))["touched"] == 1


def test_each_cycle_has_its_own_first_touch(max, sam):
    lead = walked(max, "mql", ("reject", 2), owner=sam)
    take(lead, "qualify", None, 10)
    touch(lead, 1)
    touch(lead, 12)
    assert values(speed(20))["touched"] == 2
    by_round = speed(20, by="round")
    assert [values(by_round, key=key)["median"] for key in ("first", "later")] == [24, 48]


def test_trap_an_mql_only_passed_is_not_waiting(max):
    walked(max, "sal")
    assert values(speed(2))["entered"] == 0


def test_trap_an_average_over_the_touched_only(max, sam):
    leads = [walked(max, "mql", owner=sam) for _ in range(5)]
    touch(leads[0], HOUR)
    found = line_of(speed(10)).figures["median"]
    assert (found.value, found.n, found.note[:15]) == (None, 5, "not reached yet")


def test_a_question_of_the_past_has_the_answer_it_had_then(max, sam):
    leads = [walked(max, "mql", owner=sam) for _ in range(3)]
    touch(leads[0], 1)
    question = Question(at=day(2), by="owner")
    counted()
    then = told(speed_to_lead.answer(question))
    touch(leads[1], 2.1)
    take(leads[2], "disqualify", max, 3)
    counted()
    assert told(speed_to_lead.answer(question)) == then
    assert told(speed_to_lead.answer(question.asking(at=day(4)))) != then


@pytest.fixture
def crowd(max, sam):
    """(entry, first touch or None) of many MQLs, with touches before, between and after."""
    random, found = np.random.default_rng(5), []
    for _ in range(60):
        began = round(float(random.uniform(0, 8)), 3)
        lead = walked(max, "mql", owner=sam, began=began)
        calls = random.uniform(0, 14, random.integers(0, 4)).round(3).tolist()
        for on in calls:
            touch(lead, on)
        found.append((began, min((on for on in calls if on >= began), default=None)))
    counted()
    return found


def test_times_and_shares_equal_lifelines_and_a_recount(crowd):
    found = line_of(speed(10)).figures
    known = [(began, on if on is not None and on <= 10 else None) for began, on in crowd]
    hours = [((10 if on is None else on) - began) * 24 for began, on in known]
    fitted = KaplanMeierFitter().fit(hours, [on is not None for _, on in known])
    assert found["median"].value == pytest.approx(fitted.median_survival_time_)
    assert (found["p90"].value or np.inf) == pytest.approx(fitted.percentile(0.1))
    mature = [(began, on) for began, on in known if began <= 7]
    hits = sum(on is not None and on - began <= 3 for began, on in mature)
    assert (found["3d"].hits, found["3d"].n) == (hits, len(mature))


def test_touches_of_many_leads_are_read_by_one_query(crowd, monkeypatch):
    read = Mock(side_effect=touched.columns_of)
    monkeypatch.setattr(touched, "columns_of", read)
    assert values(speed(10))["entered"] > 50
    assert read.call_count == 1


@pytest.mark.parametrize("by", ["", "source", "owner", "team", "round"])
def test_every_list_is_as_long_as_its_number(funnel, by):
    assert check_lists(speed_to_lead, Question(at=day(50), by=by)) >= 10


def test_lists_keep_to_what_was_asked(funnel, sam, eve):
    first = START.date()
    for asked in (
        {"start": first + timedelta(days=2), "end": first + timedelta(days=8)}, {"where": (("source", ("web", "")),)},
        {"where": (("owner", (str(sam.pk),)),)}, {"viewer": sam}, {"viewer": eve}, {"at": day(1.5)},
    ):  # fmt: skip
        assert check_lists(speed_to_lead, Question(**{"at": day(50), "by": "owner", **asked}))


def test_speed_is_of_cycles_and_of_cells_there_are():
    with pytest.raises(BadQuestion, match="cycle"):
        speed(1, unit="lead")
    for cell in ("touched:2h", "mature", "nonsense"):
        with pytest.raises(KeyError):
            speed_to_lead.behind(Question(at=day(1)), cell)
