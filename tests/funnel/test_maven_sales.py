"""Velocity, pipeline and balance of the B2B sales data, against pandas' own count over the file."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas
import pytest

from funnel import balance, pipeline, velocity
from funnel.questions import Question
from tests.funnel.deals import counted

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
OPEN, WON, LOST = range(3)


@pytest.fixture(scope="module")
def frame(deals):
    """The file as a frame; its deals are imported and counted."""
    return pandas.read_csv(deals, parse_dates=["engage_date", "close_date"])


def incidence(days, causes):
    """Rows of (t, S(t), F_won(t)), worked out one exit time after the other."""
    survival, won, rows = 1.0, 0.0, []
    for t in sorted(set(days[causes != OPEN])):
        there = (days >= t).sum()
        won += survival * ((days == t) & (causes == WON)).sum() / there
        survival *= 1 - ((days == t) & (causes != OPEN)).sum() / there
        rows.append((t, survival, won))
    return np.array(rows)


def seen_at(frame, instant):
    """Days in SQL and what became of each deal as known at the instant."""
    moment = pandas.Timestamp(instant).tz_localize(None)
    mine = frame[frame.engage_date <= moment]
    closed = mine.close_date <= moment
    days = (mine.close_date.where(closed, moment) - mine.engage_date).dt.total_seconds() / 86_400
    causes = np.where(closed, np.where(mine.deal_stage == "Won", WON, LOST), OPEN)
    return mine, days.to_numpy(), causes


@pytest.mark.parametrize("by", ["", "owner"])
def test_velocity_equals_the_recount(frame, by):
    start, end = date(2017, 4, 1), date(2017, 6, 30)
    told = counted(velocity, Question(at=NOW, start=start, end=end, by=by))
    closed = frame[frame.close_date.between(str(start), str(end))]
    everybody = [("All", closed, frame)]
    for agent in sorted(frame.sales_agent.unique()) if by else ():
        everybody.append((agent, closed[closed.sales_agent == agent], frame[frame.sales_agent == agent]))
    lines = {line.label: line.figures for line in told.lines}
    for name, mine, all_of_them in everybody:
        figures, won = lines[name], mine[mine.deal_stage == "Won"]
        assert (figures["win_rate"].hits, figures["win_rate"].n) == (len(won), len(mine))
        assert figures["amount"].value == pytest.approx(won.close_value.mean())
        engaged = all_of_them[all_of_them.engage_date <= str(end)]
        assert figures["open"].value == (~(engaged.close_date <= str(end))).sum()
        assert figures["days"].value == _median(engaged, end)
        n, w, a, days = (figures[one].value for one in ("open", "win_rate", "amount", "days"))
        assert figures["velocity"].value == pytest.approx(n * w * a / days)
        assert figures["amount"].currency == "USD"


def _median(engaged, end):
    _, days, causes = seen_at(engaged, datetime(end.year, end.month, end.day, 23, 59, 59, 999_999, tzinfo=UTC))
    found = incidence(days, causes)
    return found[found[:, 2] >= found[-1, 2] / 2 * (1 - 1e-9)][0, 0]


def test_the_mean_won_amount_of_all_time_is_not_diluted_by_the_lost(frame):
    told = counted(velocity, Question(at=NOW)).lines[0].figures
    won = frame[frame.deal_stage == "Won"]
    assert told["amount"].value == pytest.approx(won.close_value.mean())
    assert told["amount"].value > 1.5 * frame.close_value.mean()  # the file gives lost deals an amount of 0
    assert (told["win_rate"].hits, told["win_rate"].n) == (4238, 6711)
    assert told["open"].value == (frame.deal_stage == "Engaging").sum()


def test_the_pipeline_equals_the_recount(frame):
    at = datetime(2017, 6, 30, 12, tzinfo=UTC)
    told = counted(pipeline, Question(at=at)).lines[0].figures
    mine, days, causes = seen_at(frame, at)
    found = incidence(days, causes)
    priced = (causes == OPEN) & (mine.deal_stage == "Won").to_numpy()  # the others have no amount to this day
    amounts, value, variance = mine.close_value.to_numpy()[priced], 0.0, 0.0
    for amount, age in zip(amounts, days[priced], strict=True):
        _, survival, won = found[found[:, 0] <= age][-1] if (found[:, 0] <= age).any() else (0, 1, 0)
        chance = (found[-1, 2] - won) / survival
        value, variance = value + amount * chance, variance + amount**2 * chance * (1 - chance)
    assert told["amount"].value == pytest.approx(amounts.sum())
    assert told["weighted"].value == pytest.approx(value)
    low, high = told["weighted"].interval
    assert high - low == pytest.approx(2 * 1.959964 * variance**0.5, rel=1e-6)
    assert told["unpriced"].value == ((causes == OPEN) & ~priced).sum()


def test_today_nothing_open_has_an_amount(frame):
    told = counted(pipeline, Question(at=datetime.now(UTC) + timedelta(minutes=1))).lines[0].figures
    assert (told["weighted"].value, told["deals"].value, told["unpriced"].value) == (0, 0, 500 + 1589)


@pytest.mark.parametrize("raw", [False, True])
def test_the_books_of_a_year_equal_the_recount(frame, raw):
    told = balance.answer(Question(at=NOW, start=date(2017, 1, 1), end=date(2017, 12, 31), raw=raw))
    closing = {(line.span, line.stage): line.figures["closing"].value for line in told.lines}
    for day in pandas.date_range("2017-01-01", "2017-12-31"):
        closed = frame[frame.close_date <= day]
        counts = {
            "sql": (frame.engage_date <= day).sum() - len(closed),
            "won": (closed.deal_stage == "Won").sum(),
            "lost": (closed.deal_stage == "Lost").sum(),
        }
        assert {stage: closing[day.date(), stage] for stage in counts} == counts
