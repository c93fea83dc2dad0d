"""The weighted pipeline by hand: chances from a few finished deals, and what must never be in the sum."""

from datetime import UTC, datetime, timedelta

import pytest

from funnel import pipeline
from funnel.dimensions import BadQuestion
from funnel.questions import Question
from leads import moves
from leads.lines import Given
from tests.factories import make_lead
from tests.funnel.deals import counted, deal, go, on

FEBRUARY = datetime(2026, 2, 1, 9, tzinfo=UTC)


def whole(question):
    return counted(pipeline, question).lines[0].figures


@pytest.fixture
def past(max):
    """Of four deals one was won on day 10, one lost on day 5 and one on day 15, and one recycled on day 20."""
    for day, step in ((11, "win"), (6, "lose"), (16, "lose"), (21, "recycle")):
        deal(max, on(1), on(day), step, amount=100, source="web")


def test_each_amount_is_weighed_by_the_chance_of_its_age(max, past):
    deal(max, on(30), amount=1000)  # 2 days old: nobody had left by then
    deal(max, on(25), amount=600)  # 7 days old: one had been lost by then
    told = whole(Question(at=FEBRUARY))
    # The two open ones are followed for 2 and 7 days. Day 5, 5 at risk: S = 4/5. Day 10, 3 at risk: F = 4/5 · 1/3.
    young, older = 4 / 15, (4 / 15) / (4 / 5)
    assert told["weighted"].value == pytest.approx(1000 * young + 600 * older)
    half = 1.959964 * (1000**2 * young * (1 - young) + 600**2 * older * (1 - older)) ** 0.5
    assert told["weighted"].interval == pytest.approx((0, min(466.67 + half, 1600)), rel=1e-4)
    assert (told["amount"].value, told["weighted"].n, told["weighted"].currency) == (1600, 2, "USD")


def test_adding_lost_deals_to_the_forecast_changes_no_sum(max, past):
    deal(max, on(25), amount=600)
    before = whole(Question(at=FEBRUARY))
    deal(max, on(10), on(22), "lose", amount=9999)
    after = whole(Question(at=FEBRUARY))
    assert (after["amount"].value, after["weighted"].n) == (before["amount"].value, 1)
    assert after["weighted"].value < before["weighted"].value  # one loss more among those that chances are learnt from


def test_an_average_over_closed_deals_only_would_see_the_open_as_nothing(max, past):
    before = whole(Question(at=FEBRUARY, where=(("source", ("one",)),)))
    assert before["weighted"].value == 0
    deal(max, on(25), amount=100, source="one")
    of_closed_only = 100 * 1 / 3
    for _ in range(3):
        deal(max, on(20), source="young")  # followed for 12 days without a win: they lower the chance
    assert whole(Question(at=FEBRUARY, where=(("source", ("one",)),)))["weighted"].value < of_closed_only


def test_a_deal_older_than_every_win_has_no_chance_left(max, past):
    deal(max, on(10), amount=500)
    told = whole(Question(at=FEBRUARY))
    assert (told["weighted"].value, told["amount"].value) == (0, 500)


def test_lines_are_by_stage_and_age_band_and_add_up(max, sam, past):
    deal(max, on(30), amount=1000)
    deal(max, on(20), amount=600)
    make_lead("sal", owner=sam, at=on(28), amount=50, currency="USD")
    make_lead("mql", at=on(28), amount=70, currency="USD")
    make_lead("tofu", at=on(28))
    total, *rest = counted(pipeline, Question(at=FEBRUARY)).lines
    assert [(line.stage, line.part) for line in rest] == [
        ("sql", "0–7 days"), ("sql", "8–30 days"), ("sal", "0–7 days"), ("mql", "0–7 days"),
    ]  # fmt: skip
    for name in ("weighted", "amount", "deals"):
        assert sum(line.figures[name].value for line in rest) == pytest.approx(total.figures[name].value)
    assert (total.figures["amount"].value, total.figures["unpriced"].value) == (1720, 0)


@pytest.mark.parametrize(("age", "band"), [(7, "0-7"), (8, "8-30"), (30, "8-30"), (31, "31-90"), (91, "over-90")])
def test_bands_count_whole_days_since_the_stage_was_entered(max, age, band):
    deal(max, FEBRUARY - timedelta(days=age, hours=3))
    _, line = counted(pipeline, Question(at=FEBRUARY)).lines
    assert line.figures["deals"].cell == f"priced:sql:{band}"


def test_the_chance_of_a_sal_is_to_be_won_in_the_same_cycle(max, sam, ada):
    for _ in range(2):
        lead = deal(max, on(1), stage="sal", amount=100, owner=sam)
        go(lead, "confirm", sam, on(3))
        go(lead, "win", max, on(9))
    deal(max, on(1), on(9), "lose", stage="sal", amount=100)
    back = deal(max, on(1), on(9), "recycle", stage="sal", amount=100)
    moves.override(lead_id=back.pk, to="won", by=ada, at=on(20), given=Given(note="back", amount=5, currency="USD"))
    deal(max, on(30), stage="sal", amount=1000, owner=sam)
    assert whole(Question(at=FEBRUARY))["weighted"].value == pytest.approx(500)


def test_no_amount_and_no_date_stand_beside(max, past):
    make_lead("sal", at=on(20))
    make_lead("sql", at=on(20), deal={"amount": 300, "currency": "USD"}, timing="assumed")
    told = whole(Question(at=FEBRUARY))
    assert (told["unpriced"].value, told["undated"].value, told["deals"].value) == (1, 1, 0)


def test_different_currencies_are_never_added(max, past):
    deal(max, on(30), amount=1000)
    deal(max, on(30), amount=400, currency="EUR")
    told = counted(pipeline, Question(at=FEBRUARY))
    found = {(line.stage, line.part): line.figures for line in told.lines}
    assert found["", ""]["weighted"].value is None
    assert "EUR and USD" in found["", ""]["amount"].note
    assert (found["", "EUR"]["amount"].value, found["", "USD"]["amount"].value) == (400, 1000)
    assert found["sql", "0–7 days, EUR"]["weighted"].currency == "EUR"


@pytest.mark.parametrize("by", ["source", "owner", "team", "round"])
def test_groups_follow_the_total_and_add_up_to_it(sam, max, past, by):
    deal(max, on(30), amount=1000, source="web", owner=sam)
    deal(max, on(25), amount=600, source="fair")
    total, *groups = counted(pipeline, Question(at=FEBRUARY, by=by)).lines
    assert sum(line.figures["weighted"].value for line in groups) == pytest.approx(total.figures["weighted"].value)


def test_what_is_asked_for_narrows_the_sum_and_not_the_chances(sam, max, past):
    deal(max, on(30), amount=1000, source="web", owner=sam)
    deal(max, on(25), amount=600, source="fair")
    everything = whole(Question(at=FEBRUARY))["weighted"].value
    fair = whole(Question(at=FEBRUARY, where=(("source", ("fair",)),)))
    mine = whole(Question(at=FEBRUARY, viewer=sam))
    assert (fair["amount"].value, mine["amount"].value) == (600, 1000)
    assert fair["weighted"].value + mine["weighted"].value == pytest.approx(everything)


def test_as_of_a_past_day_the_later_close_is_not_known(max, past):
    told = whole(Question(at=on(9)))
    assert (told["deals"].value, told["weighted"].value) == (3, 0)  # one lost by then, none won
    today, note = counted(pipeline, Question(at=on(9))).notes
    assert "those of today" in today
    assert "has been won yet" in note


@pytest.mark.django_db
def test_nothing_is_nothing_and_unknown_cells_are_refused():
    told = whole(Question(at=FEBRUARY))
    assert (told["weighted"].value, told["deals"].value) == (0, 0)
    for cell in ("", "won", "priced:sql", "priced:won:0-7", "priced:sql:0-8", "priced:usd", "priced:sql:0-7:USD:USD"):
        with pytest.raises(KeyError):
            pipeline.behind(Question(at=FEBRUARY), cell)
    with pytest.raises(BadQuestion):
        pipeline.answer(Question(at=FEBRUARY, unit="lead"))
