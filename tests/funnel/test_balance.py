"""The books of each day: opening, in, out, closing; equal to the snapshot, and the same from rollups and journeys."""

from datetime import UTC, date, datetime, timedelta

import pytest

from funnel import balance, flow
from funnel.dimensions import BadQuestion
from funnel.questions import Question
from leads import moves
from leads.lines import Given
from leads.models import Stage
from tests.factories import make_lead
from tests.funnel.deals import counted, deal, go, on

LATER = datetime(2026, 2, 20, 12, tzinfo=UTC)
WEEK = {"start": date(2026, 1, 5), "end": date(2026, 1, 11)}
DAYS = {"start": date(2026, 1, 6), "end": date(2026, 1, 7)}


def books(question, *, lists=False):
    """(group, day, stage) → opening, in, out, closing."""
    told = counted(balance, question, lists=lists)
    return {
        (line.code if place >= _days(told) else "all", line.span, line.stage): tuple(
            line.figures[cell].value for cell in balance.CELLS
        )
        for place, line in enumerate(told.lines)
    }


def _days(told):
    return ((told.question.end - told.question.start).days + 1) * len(Stage)


@pytest.fixture
def leads(sam, mia, max, ada):
    """Offers accepted, rejected and offered again; deals won, lost, recycled; one undone, one skipped past MQL."""
    first = make_lead("mql", owner=sam, at=on(4), source="web")
    go(first, "accept", sam, on(6))
    second = make_lead("mql", owner=sam, at=on(6), source="fair")
    go(second, "reject", sam, on(6, 15))
    moves.move(lead_id=second.pk, step="qualify", by=mia, at=on(9))
    undone = make_lead("mql", owner=sam, at=on(5))
    go(undone, "accept", sam, on(7))
    moves.undo(lead_id=undone.pk, by=max, at=on(8))
    deal(max, on(2), on(7), source="web")
    again = deal(max, on(2), on(8), "lose")
    go(again, "recycle", max, on(10))
    skipping = make_lead("tofu", at=on(1))
    moves.override(lead_id=skipping.pk, to="won", by=ada, at=on(9), given=Given(note="bought at once"))
    make_lead("sal", at=on(6), timing="assumed")


def test_a_day_by_hand(leads):
    told = books(Question(at=LATER, **WEEK))
    assert told["all", date(2026, 1, 6), "mql"] == (2, 1, 2, 1)
    assert told["all", date(2026, 1, 7), "mql"] == (1, 0, 0, 1)  # the acceptance of that day was taken back
    assert told["all", date(2026, 1, 6), "mofu"] == (0, 1, 0, 1)
    assert told["all", date(2026, 1, 9), "won"] == (1, 1, 0, 2)
    assert told["all", date(2026, 1, 10), "lost"] == (1, 0, 1, 0)


def test_opening_plus_in_less_out_is_closing_and_the_next_opening(leads):
    told = books(Question(at=LATER, **WEEK))
    for (_, day, stage), (opening, came, left, closing) in told.items():
        assert opening + came - left == closing
        after = told.get(("all", day + timedelta(days=1), stage))
        assert after is None or after[0] == closing


@pytest.mark.parametrize("raw", [False, True])
def test_every_closing_equals_the_snapshot_of_that_day(leads, raw):
    question = Question(at=LATER, raw=raw, start=date(2026, 1, 1), end=date(2026, 1, 20))
    for (_, day, stage), (_, _, _, closing) in books(question).items():
        asked = question.asking(end=day)
        [found] = flow.snapshot(asked, at=flow.snapshot_at(asked))
        assert found.of(Stage(stage)) == closing, (day, stage)


@pytest.mark.parametrize("by", ["", "owner", "team", "source", "channel"])
@pytest.mark.parametrize("where", [(), (("source", ("web", "fair")),), (("owner", ("",)),)])
def test_rollups_and_journeys_keep_the_same_books(leads, by, where):
    question = Question(at=LATER, by=by, where=where, start=date(2026, 1, 1), end=date(2026, 1, 12))
    assert books(question) == books(question.asking(raw=True))
    assert balance._from_rollups(balance._by_day(question), 0) is not None or (by and where and by != where[0][0])


@pytest.mark.parametrize(
    "asked",
    [
        {"by": "source"}, {"by": "owner"}, {"where": (("source", ("web",)),)}, {"where": (("team", ("",)),)},
        {"at": on(6, 12)}, {"raw": True}, {"live": True},
    ],
)  # fmt: skip
def test_every_list_is_as_long_as_its_number(leads, asked):
    assert any(map(any, books(Question(**{"at": LATER, **DAYS, **asked}), lists=True).values()))


@pytest.mark.parametrize("by", ["owner", "source", "round", "industry"])
def test_groups_add_up_to_the_total(leads, by):
    told = books(Question(at=LATER, by=by, **WEEK))
    for (group, day, stage), numbers in told.items():
        if group == "all":
            groups = [found for (one, *place), found in told.items() if one != "all" and place == [day, stage]]
            assert tuple(map(sum, zip(*groups, strict=True))) == numbers


def test_days_are_the_organisations(sam, settings):
    settings.TIME_ZONE = "America/New_York"
    make_lead("mql", owner=sam, at=datetime(2026, 1, 6, 4, tzinfo=UTC))  # still the 5th there
    told = books(Question(at=LATER, **WEEK))
    assert told["all", date(2026, 1, 5), "mql"] == (0, 1, 0, 1)
    assert told["all", date(2026, 1, 6), "mql"] == (1, 0, 0, 1)


def test_an_sdr_balances_their_own(leads, sam, eve):
    assert books(Question(at=LATER, viewer=sam, **DAYS), lists=True)["all", date(2026, 1, 6), "mql"] == (2, 1, 2, 1)
    assert not any(map(any, books(Question(at=LATER, viewer=eve, **WEEK)).values()))


def test_as_of_an_instant_what_happens_later_that_day_is_not_known(leads):
    told = books(Question(at=on(6, 12), start=date(2026, 1, 6), end=date(2026, 1, 11)))
    assert {day for _, day, _ in told} == {date(2026, 1, 6)}
    assert told["all", date(2026, 1, 6), "mql"] == (2, 1, 1, 2)  # accepted at 9:00, to be rejected at 15:00


@pytest.mark.parametrize("live", [False, True])
def test_without_a_period_it_is_the_last_fourteen_days(leads, live):
    told = books(Question(at=LATER, live=live))
    days = sorted({day for _, day, _ in told})
    assert (days[0], days[-1], len(days)) == (date(2026, 2, 7), date(2026, 2, 20), 14)
    assert not books(Question(at=LATER, start=date(2026, 3, 1)))


@pytest.mark.django_db
def test_too_much_is_refused():
    with pytest.raises(BadQuestion, match="400"):
        balance.answer(Question(at=LATER, start=date(2024, 1, 1)))
    with pytest.raises(BadQuestion):
        balance.answer(Question(at=LATER, unit="lead"))
    for cell in ("in:", "in", "in:sale", "net:mql"):
        with pytest.raises(KeyError):
            balance.behind(Question(at=LATER), cell)
