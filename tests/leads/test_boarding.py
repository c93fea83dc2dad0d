"""The board's columns: who is on it and in which order, and what a whole column adds up to."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from leads import boarding, filters
from leads.boarding import Place, read_place
from leads.due import Clock
from leads.models import Lead, Stage, StagePolicy
from tests.factories import START, make_lead


@pytest.fixture
def board(now):
    """Makes the board of a person."""

    def of(user, leads=None):
        seen = Lead.objects.visible_to(user) if leads is None else leads
        owners = boarding.owners_for(user, {})
        everybody = Lead.objects.filter(merged_into=None) if leads is None else leads
        return boarding.Board(seen, everybody, user, now, Clock(), StagePolicy.objects.in_bulk(), owners)

    return of


def names(column):
    return [card.lead.name for card in column.cards]


def put_due(lead, due_at, **more):
    Lead.objects.filter(pk=lead.pk).update(due_at=due_at, **more)


def test_a_column_for_each_stage_even_an_empty_one(board, max):
    make_lead("sal")
    columns = board(max).columns(Stage.values)
    assert [column.stage for column in columns] == Stage.values
    assert [column.count for column in columns] == [0, 0, 0, 0, 1, 0, 0, 0]


def test_whoever_is_overdue_longest_comes_first_then_the_higher_score_then_the_newer(board, max, now):
    undue = [make_lead("sql", name=name, score=score) for name, score in (("low", 5), ("high", 90), ("newer", 5))]
    for name, hours in (("later", 5), ("late", -1), ("latest", -9)):
        put_due(make_lead("sql", name=name), now + timedelta(hours=hours))
    for lead in undue:
        put_due(lead, None)
    [column] = board(max).columns(["sql"], cards=9)
    assert names(column) == ["latest", "late", "later", "high", "newer", "low"]
    assert (column.count, column.overdue) == (6, 2)


def test_nobody_asks_the_board_for_owners_out_of_sight(sam, alex, eve, max):
    """A column is read owner by owner, without asking again who is in sight."""
    for owner in (sam, alex, eve, max, None):
        make_lead("mql", owner=owner)
        make_lead("sal", owner=owner)
    strangers = {"owner": [str(eve.pk), str(alex.pk), filters.NOBODY]}
    for user in (sam, alex, eve, max):
        owners = boarding.owners_for(user, strangers)
        seen = set(Lead.objects.visible_to(user))
        asked = set(Lead.objects.filter(owners.where))
        assert asked <= seen
    assert eve.pk not in boarding.owners_for(sam, strangers).numbers


def test_a_person_meets_on_the_board_whom_they_may_see(board, sam, alex, eve):
    make_lead("sal", owner=sam, name="own")
    make_lead("sal", owner=alex, name="team")
    make_lead("sal", owner=eve, name="elsewhere")
    [column] = board(sam).columns(["sal"])
    assert (set(names(column)), column.count) == ({"own", "team"}, 2)


def test_a_column_adds_up_its_value_by_currency_and_its_median_age(board, max, now):
    for days, amount, currency in ((1, 100, "EUR"), (2, 50, "EUR"), (9, 900, "USD"), (30, None, "")):
        deal = {"amount": amount and Decimal(amount), "currency": currency}
        make_lead("sql", at=now - timedelta(days=days), deal=deal)
    [column] = board(max).columns(["sql"])
    assert column.values == [("USD", Decimal(900)), ("EUR", Decimal(150))]
    assert column.age == timedelta(days=2)


@pytest.mark.parametrize("amount", [None, Decimal(0)])
def test_nothing_known_is_not_a_value_of_nothing(board, max, amount):
    make_lead("mql", deal={"amount": amount, "currency": "EUR"})
    [column] = board(max).columns(["mql"])
    assert column.values == ([] if amount is None else [("EUR", Decimal(0))])


def test_a_big_column_is_counted_and_added_up_only_when_asked(board, max):
    for _ in range(3):
        put_due(make_lead("sql"), START)
    big = replace(board(max), bound=1)
    [column] = big.columns(["sql"])
    assert (column.count, column.overdue, column.added_up, column.age, column.values) == (2, 2, False, None, [])
    [column] = big.columns(["sql"], everything=True)
    assert (column.count, column.overdue, column.added_up, column.values) == (3, 3, True, [("USD", Decimal(3000))])


def test_more_cards_follow_by_key_without_a_gap_or_a_repeat(board, max, now):
    for number in range(9):
        put_due(make_lead("sql", score=number % 2), now + timedelta(hours=number // 3) if number < 6 else None)
    shown = board(max)
    [column] = shown.columns(["sql"], cards=2)
    met, place = [card.lead.pk for card in column.cards], column.more
    while place:
        cards, place = shown.following("sql", read_place(str(place)), cards=2)
        met += [card.lead.pk for card in cards]
    assert met == list(Lead.objects.order_by(*boarding.URGENCY).values_list("pk", flat=True))


@pytest.mark.parametrize(
    "text",
    ["", "~", "x~1~2", "2026-01-01~1~2", "~1~0", "~99999999999~1", "~1~99999999999999999999", "~1~2~3", "~\x00~1"],
)
def test_a_place_that_is_none_is_refused(text):
    with pytest.raises(ValueError):
        read_place(text)


@pytest.mark.parametrize("place", [Place(None, -3, 7), Place(START, 5, 1)])
def test_a_place_survives_its_way_through_a_url(place):
    assert read_place(str(place)) == place


def test_a_planned_activity_pauses_the_mark_of_stalled(board, max, now):
    long_ago = now - timedelta(days=100)
    make_lead("bofu", at=long_ago, name="stalled")
    planned = make_lead("bofu", at=long_ago, name="planned")
    Lead.objects.filter(pk=planned.pk).update(next_kind="call", next_at=now + timedelta(days=1))
    [column] = board(max).columns(["bofu"])
    assert {card.lead.name: card.stalled for card in column.cards} == {"stalled": True, "planned": False}


def test_a_card_knows_its_steps_as_the_gate_does(board, sam):
    make_lead("mql")
    [column] = board(sam).columns(["mql"])
    offers = {offer.step: (offer.is_open, [fact.name for fact in offer.asks]) for offer in column.cards[0].offers}
    assert offers == {"accept": (True, []), "reject": (True, ["reason"]), "disqualify": (True, ["reason"])}


def test_a_merged_lead_has_no_card(board, max, now):
    survivor, double = make_lead("sal"), make_lead("sal")
    Lead.objects.filter(pk=double.pk).update(merged_into=survivor)
    [column] = board(max).columns(["sal"])
    assert [card.lead.pk for card in column.cards] == [survivor.pk]
