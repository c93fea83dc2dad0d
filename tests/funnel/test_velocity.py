"""Velocity by hand: N, W, A and L of a few deals, and the traps other trackers fell into."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from funnel import velocity
from funnel.dimensions import BadQuestion
from funnel.questions import Question
from leads import moves
from leads.lines import Given
from tests.factories import make_lead
from tests.funnel.deals import counted, deal, go, on

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
JANUARY = {"start": date(2026, 1, 1), "end": date(2026, 1, 31)}


def figures(question):
    return counted(velocity, question).lines[0].figures


@pytest.fixture
def deals(max):
    """Opened on 1 January: won on the 11th (1000) and 21st (3000), lost on the 16th, open; won in February (8000)."""
    return [
        deal(max, on(1), on(11), amount=1000, source="web"),
        deal(max, on(1), on(21), amount=3000, source="web"),
        deal(max, on(1), on(16), "lose", amount=0, source="fair"),
        deal(max, on(1), source="fair"),
        deal(max, on(1), on(10, month=2), amount=8000, source="fair"),
    ]


def test_all_four_inputs_and_the_velocity_by_hand(deals):
    told = figures(Question(at=MARCH, **JANUARY))
    assert told["open"].value == 2  # the one won in February was still open when January ended
    assert (told["win_rate"].hits, told["win_rate"].n) == (2, 3)
    assert (told["amount"].value, told["amount"].n, told["amount"].currency) == (2000, 2, "USD")
    assert (told["days"].value, told["days"].n, told["days"].hits) == (10, 5, 2)  # F: 1/5, then 1/5 + 3/5 · 1/3
    assert told["velocity"].value == pytest.approx(2 * 2 / 3 * 2000 / 10)


def test_now_knows_what_january_did_not(deals):
    told = figures(Question(at=MARCH))
    assert (told["open"].value, told["win_rate"].hits, told["win_rate"].n) == (1, 3, 4)
    assert told["amount"].value == 4000
    assert told["days"].value == 20  # F: 1/5 on day 10, 2/5 on day 20, 3/5 on day 40: half of 3/5 on day 20


def test_as_of_a_past_day_later_wins_are_not_known(deals):
    then = figures(Question(at=on(12)))
    assert (then["open"].value, then["win_rate"].hits, then["win_rate"].n) == (4, 1, 1)


def test_adding_lost_deals_or_their_zero_amounts_never_dilutes_the_deal_size(max, deals):
    before = figures(Question(at=MARCH))["amount"]
    for day in range(10, 20):
        deal(max, on(1), on(day), "lose", amount=0)
    after = figures(Question(at=MARCH))["amount"]
    assert (after.value, after.n, after.interval) == (before.value, before.n, before.interval)


def test_a_blank_amount_is_counted_beside_and_a_given_zero_is_an_amount(max, ada):
    deal(max, on(1), on(5), amount=600)
    deal(max, on(1), on(5), amount=0)
    won_blank = make_lead("sql", at=on(1), deal={"currency": "USD"})
    moves.override(lead_id=won_blank.pk, to="won", by=ada, at=on(6), given=Given(note="signed on paper"))
    told = figures(Question(at=MARCH))
    assert (told["amount"].value, told["amount"].n, told["unpriced"].value) == (300, 2, 1)
    assert told["win_rate"].hits == 3


def test_won_this_month_is_by_the_day_it_was_won(max):
    lead = deal(max, on(1), on(20), amount=500)
    lead.refresh_from_db(fields=["name"])
    type(lead).objects.filter(pk=lead.pk).update(name="touched in March")
    february = figures(Question(at=MARCH, start=date(2026, 2, 1), end=date(2026, 2, 28)))
    assert (february["win_rate"].n, february["amount"].n, february["velocity"].value) == (0, 0, None)


def test_the_days_to_win_are_no_average_over_closed_deals_only(max):
    for _ in range(2):
        deal(max, on(1), on(6))
    for _ in range(6):
        deal(max, on(1))
    deal(max, on(1), on(26, month=2))
    told = figures(Question(at=MARCH))
    # Of nine: 2 won on day 5, one on day 56, six still open. F(end) = 3/9, half of which is reached on day 5.
    assert (told["days"].value, told["days"].n, told["days"].hits) == (5, 9, 3)
    # A month earlier the slow one is not known yet; it counts as open, not as missing.
    early = figures(Question(at=MARCH, end=date(2026, 1, 31)))
    assert (early["days"].n, early["days"].hits) == (9, 2)


def test_deals_recycled_from_sql_are_neither_won_nor_lost(max, deals):
    deal(max, on(1), on(8), "recycle")
    told = figures(Question(at=MARCH, **JANUARY))
    assert (told["win_rate"].hits, told["win_rate"].n, told["days"].n) == (2, 3, 6)


def test_a_win_that_skipped_sql_stands_beside(max, ada, deals):
    lead = deal(max, on(1), stage="sal")
    moves.override(lead_id=lead.pk, to="won", by=ada, at=on(9), given=Given(note="bought at once"))
    told = figures(Question(at=MARCH, **JANUARY))
    assert (told["skipped"].value, told["win_rate"].hits) == (1, 2)


def test_different_currencies_are_never_added(max, deals):
    deal(max, on(1), on(6), amount=900, currency="EUR")
    told = counted(velocity, Question(at=MARCH))
    whole, euros, dollars = told.lines
    assert (whole.figures["velocity"].value, whole.figures["amount"].value) == (None, None)
    assert "EUR and USD" in whole.figures["amount"].note
    assert whole.figures["win_rate"].hits == 4
    assert (euros.part, euros.figures["amount"].value, euros.figures["amount"].currency) == ("EUR", 900, "EUR")
    assert (dollars.part, dollars.figures["amount"].value, dollars.figures["win_rate"].n) == ("USD", 4000, 4)
    assert told.notes


def test_lost_deals_without_a_currency_count_where_there_is_but_one(max):
    deal(max, on(1), on(6), amount=700)
    deal(max, on(1), on(6), "disqualify", amount=None)
    [line] = counted(velocity, Question(at=MARCH)).lines
    assert (line.figures["win_rate"].hits, line.figures["win_rate"].n) == (1, 2)


@pytest.mark.parametrize("by", ["source", "owner", "team", "round"])
def test_groups_follow_the_total_and_add_up_to_it(sam, max, deals, by):
    deal(max, on(2), on(12), owner=sam, source="fair")
    told = counted(velocity, Question(at=MARCH, by=by))
    whole, *groups = told.lines
    assert sum(line.figures["win_rate"].n for line in groups) == whole.figures["win_rate"].n == 5
    assert sum(line.figures["open"].value for line in groups) == whole.figures["open"].value


def test_where_and_who_asks_narrow_every_figure_and_its_list(sam, max, deals):
    deal(max, on(2), on(12), owner=sam, source="fair", amount=5000)
    fair = figures(Question(at=MARCH, where=(("source", ("fair",)),)))
    assert (fair["open"].value, fair["win_rate"].hits, fair["win_rate"].n) == (1, 2, 3)
    mine = figures(Question(at=MARCH, viewer=sam))
    assert (mine["open"].value, mine["win_rate"].n, mine["amount"].value) == (0, 1, 5000)
    his = figures(Question(at=MARCH, where=(("owner", (str(sam.pk),)),)))
    assert his["amount"].value == 5000


def test_the_interval_holds_the_velocity(max):
    for number in range(40):
        deal(max, on(1), on(2 + number % 20), amount=Decimal(500 + 10 * number))
        deal(max, on(1), on(3 + number % 25), "lose", amount=0)
        deal(max, on(1))
    told = figures(Question(at=MARCH))["velocity"]
    low, high = told.interval
    assert 0 < low < told.value < high
    assert told.n == 40
    assert not told.is_weak


@pytest.mark.django_db
def test_nothing_is_no_number():
    told = figures(Question(at=MARCH))
    assert told["open"].value == 0
    assert [told[name].value for name in ("velocity", "win_rate", "amount", "days")] == [None] * 4


@pytest.mark.django_db
def test_leads_as_a_whole_and_unknown_cells_are_refused():
    with pytest.raises(BadQuestion):
        velocity.answer(Question(at=MARCH, unit="lead"))
    for cell in ("nothing", "open:usd", "open:US1D"):
        with pytest.raises(KeyError):
            velocity.behind(Question(at=MARCH), cell)


def test_a_lead_that_comes_back_is_counted_per_cycle(max, deals):
    first = deals[0]
    go(first, "reengage", max, on(25))
    told = figures(Question(at=MARCH, **JANUARY))
    assert (told["win_rate"].hits, told["amount"].n) == (2, 2)


def test_with_losses_only_there_is_no_time_to_win(max):
    deal(max, on(1), on(6), "lose")
    told = figures(Question(at=MARCH))
    assert (told["win_rate"].value, told["days"].value, told["days"].note) == (0, None, "nobody has won yet")
