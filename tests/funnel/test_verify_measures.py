"""What verify_stats sees of the measures: nothing where they are right, and one mistake in each of them."""

from dataclasses import replace
from datetime import timedelta
from time import perf_counter, process_time

import numpy as np
import pytest

from funnel import (
    ageing,
    balance,
    exits,
    followed,
    groups,
    pipeline,
    sla,
    speed_to_lead,
    stage_times,
    velocity,
    verify_measures,
)
from funnel.demo import seeding
from funnel.questions import Question
from funnel.stays import ADVANCED, STAYING, WENT_LOST, stays
from funnel.verification import Verification
from funnel.verify import verify
from funnel.verify_rows import compare as recounted
from leads import moves
from leads.models import Holiday, Stage, StagePolicy
from tests.factories import START
from tests.funnel.deals import deal
from tests.funnel.reports import counted, walked

LATER, AMID = START + timedelta(days=150), START + timedelta(days=26)
causes = exits.aalen_johansen


def differs(at=LATER, waiting=frozenset()):
    """The differences between measures and recount; also how long looking for them took."""
    result = Verification(waiting=len(waiting))
    cycles = recounted(result, set(waiting))
    assert result.differences == []
    verify_measures.compare(result, cycles, at)
    return result.differences


@pytest.fixture
def demo(db, now):
    seeding.seed(leads=400, months=18, seed=1, at=now)
    counted()


@pytest.fixture
def made(funnel, max, sam, alex):
    """Leads of every kind, and deals: won, lost, open, recycled, without an amount, in two currencies."""
    won = [deal(max, START + timedelta(days=n), START + timedelta(days=5 * n + 9), owner=sam) for n in range(4)]
    deal(max, START, START + timedelta(days=40), step="lose", owner=alex, amount=7000, source="web")
    deal(max, START, START + timedelta(days=12), step="recycle", owner=alex)
    deal(max, START + timedelta(days=3), owner=sam, amount=None)
    for n in range(3):
        deal(max, START + timedelta(days=20 + n), owner=alex, amount=500 * n, source="web")
    deal(max, START + timedelta(days=9), START + timedelta(days=30), currency="EUR", source="web")
    moves.undo(lead_id=won[3].pk, by=max, at=START + timedelta(days=25))
    Holiday.objects.create(day=START.date() + timedelta(days=2), name="A day off")
    StagePolicy.objects.filter(stage="mql").update(sla_hours=16)
    walked(max, "mql", ("accept", 4.4), ("confirm", 5), ("lose", 6), owner=alex, began=4, source="web")
    counted()


def test_on_a_demo_nothing_differs(demo, now):
    begun, worked = perf_counter(), process_time()
    found = differs(now)
    took = f"took {perf_counter() - begun:.2f} s, {process_time() - worked:.2f} s of this process"
    assert found == [], took


@pytest.mark.parametrize("days", [2, 11.3, 26, 150])
def test_on_leads_made_by_hand_nothing_differs_at_any_time(made, days):
    assert differs(START + timedelta(days=days)) == []


def test_on_no_leads_and_without_limit_or_hours_nothing_differs(made, db):
    StagePolicy.objects.filter(stage="mql").update(sla_hours=None)
    assert differs() == []
    assert differs(START - timedelta(days=400)) == []


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/New_York"])
def test_in_other_time_zones_nothing_differs(made, settings, zone):
    settings.TIME_ZONE = zone
    assert differs() == []


def test_where_leads_wait_or_are_too_many_the_others_are_compared(made, monkeypatch, max):
    waiting = {walked(max, "sql", source="web").pk}
    assert differs(waiting=waiting) == []
    monkeypatch.setattr(Question, "last_known", property(lambda question: 0))
    assert differs(waiting=waiting)


def test_verify_compares_the_measures(made, monkeypatch):
    assert verify(at=LATER).differences == []
    monkeypatch.setattr(sla, "_worked", lambda calendar, start, end: (end - start) / 1e6)
    assert {one.split()[0] for one in verify(at=LATER).differences} == {"sla"}


def implied_too(part):
    """Stays that count a stage which was only passed as stood in."""
    return stays({**part, "implied": np.zeros_like(part["implied"])})


def since_the_cycle_opened(question, part):
    found = real_aged(question, part)
    for stage, one in found.items():
        age = np.where(one.stands, one.age + part[str(stage)] - part["opened"], 0)
        found[stage] = ageing.Aged(one.stands, age, one.dated)
    return found


def lost_is_censored(durations, ways):
    return causes(durations, np.where(ways == WENT_LOST, STAYING, ways))


def untouched_left_out(waited, touched):
    return real_wait(waited[touched], touched[touched])


def lost_deals_are_priced(question, part):
    masks = real_masks(question, part)
    return {**masks, "priced": masks["closed"] & (part["cents"] >= 0)}


def closed_deals_only(question, part):
    masks = real_masks(question, part)
    return {**masks, "followed": masks["followed"] & (masks["cause"] == ADVANCED)}


def a_day_early(count):
    def counted(question, first):
        found = count(question, first)
        return found and (*found[:2], np.maximum(found[2] - 1, first - 1), *found[3:])

    return counted


real_aged, real_masks, real_wait = ageing.aged, velocity._masks, speed_to_lead.kaplan_meier


@pytest.mark.parametrize(
    ("name", "module", "function", "wrong"),
    [
        ("times", followed, "stays", implied_too),
        ("times", stage_times, "kaplan_meier", untouched_left_out),
        ("exits", exits, "aalen_johansen", lost_is_censored),
        ("ageing", ageing, "aged", since_the_cycle_opened),
        ("speed", speed_to_lead, "kaplan_meier", untouched_left_out),
        ("speed", speed_to_lead, "first_human_touch", lambda lead, since: since),
        ("velocity", velocity, "_masks", lost_deals_are_priced),
        ("velocity", velocity, "_masks", closed_deals_only),
        ("pipeline", pipeline, "chance_at", lambda found, cause, ages: np.full(len(ages), 0.5)),
        ("pipeline", pipeline, "DEALS", (Stage.SQL.rank,)),
        ("sla", sla, "_worked", lambda calendar, start, end: (end - start) / 1e6),
        ("balance", balance, "_from_rollups", a_day_early(balance._from_rollups)),
        ("balance", balance, "_from_journeys", a_day_early(balance._from_journeys)),
    ],
)
def test_a_mistake_of_a_measure_is_seen(made, monkeypatch, name, module, function, wrong):
    monkeypatch.setattr(module, function, wrong)
    assert any(one.startswith(f"{name} ") for one in differs() + differs(AMID))


@pytest.mark.parametrize("name", verify_measures.CHECKS)
def test_a_list_that_is_not_what_its_number_says_is_seen(made, monkeypatch, name):
    measure = verify_measures.CHECKS[name].measure
    behind = measure.behind
    monkeypatch.setattr(measure, "behind", lambda question, cell: behind(question, cell)[:1])
    assert any("list" in one for one in differs(AMID))
    monkeypatch.setattr(measure, "behind", lambda question, cell: behind(question.asking(where=()), cell))
    assert any("by owner, list" in one for one in differs(AMID))


def test_a_line_of_a_group_that_says_it_is_all_of_them_is_seen(made, monkeypatch):
    some = ("velocity", "pipeline", "sla", "balance")
    monkeypatch.setattr(verify_measures, "CHECKS", {name: verify_measures.CHECKS[name] for name in some})
    line = groups.Group.line
    monkeypatch.setattr(
        groups.Group, "line", lambda self, *args, **more: line(replace(self, whole=False), *args, **more)
    )
    assert {one.split()[0] for one in differs()} == set(some)
