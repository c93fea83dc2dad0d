"""Times, ways out and ages of the B2B sales data, against lifelines and pandas over the file."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from lifelines import AalenJohansenFitter, KaplanMeierFitter
from lifelines.utils import median_survival_times

from funnel import ageing, exits, stage_times
from funnel.answers import key_of, narrowed
from funnel.questions import Question
from leads.models import Stage
from tests.funnel.reports import check_lists, line_of, values

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
THEN = datetime(2017, 6, 30, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def file(deals):
    return pd.read_csv(deals, parse_dates=["engage_date", "close_date"])


def in_days(spans):
    return spans.dt.total_seconds() / 86_400


def reached(fitted, share):
    """When the share had left by lifelines' curve; a product of factors may miss the half that it is by a rounding."""
    curve = fitted.survival_function_.iloc[:, 0]
    below = curve[curve <= 1 - share + 1e-9]
    return below.index[0] if len(below) else None


def known(file, at):
    """The engaged deals as known at an instant: days so far, and 1 won, 2 lost, 0 open."""
    now = pd.Timestamp(at).tz_localize(None)
    found = file[file.engage_date <= now].copy()
    closed = found.close_date <= now
    found["days"] = in_days(found.close_date.where(closed, now) - found.engage_date)
    found["cause"] = np.where(closed, found.deal_stage.map({"Won": 1, "Lost": 2}).fillna(0), 0).astype(int)
    return found


@pytest.mark.parametrize("at", [NOW, THEN])
def test_time_in_stage_equals_lifelines_now_and_as_of_a_past_day(file, at):
    deals = known(file, at)
    fitted = KaplanMeierFitter().fit(deals.days, deals.cause > 0)
    found = line_of(stage_times.answer(Question(at=at)), "sql").figures
    for name, share in {"median": 0.5, "p75": 0.75, "p90": 0.9}.items():
        assert found[name].value == pytest.approx(reached(fitted, share))
        assert found[name].n == len(deals)
    band = median_survival_times(fitted.confidence_interval_).to_numpy()[0]
    assert found["median"].interval == pytest.approx(tuple(band))
    assert (found["left"].n, found["staying"].n) == ((deals.cause > 0).sum(), (deals.cause == 0).sum())


def test_time_in_stage_by_owner_in_a_quarter_equals_lifelines(file):
    deals = known(file, NOW)
    deals = deals[deals.engage_date.between("2017-04-01", "2017-06-30")]
    question = Question(at=NOW, by="owner", start=date(2017, 4, 1), end=date(2017, 6, 30))
    lines = [line for line in stage_times.answer(question).lines if line.stage == "sql" and not line.whole]
    assert {line.label for line in lines} == set(deals.sales_agent)
    for line in lines:
        own = deals[deals.sales_agent == line.label]
        fitted = KaplanMeierFitter().fit(own.days, own.cause > 0)
        assert line.figures["median"].value == pytest.approx(reached(fitted, 0.5))
        assert line.figures["stays"].n == len(own)
    narrow = narrowed(question, key=key_of(question, lines[0]))
    assert stage_times.behind(narrow, "sql:left").count() == lines[0].figures["left"].n


@pytest.mark.parametrize("at", [NOW, THEN])
@pytest.mark.parametrize(("way", "cause"), [("advance", 1), ("lose", 2)])
def test_ways_out_equal_lifelines_and_an_open_count(file, at, way, cause):
    deals = known(file, at)
    answer = exits.answer(Question(at=at, entry=Stage.SQL))
    # lifelines parts days that many share by chance, by so little that no day becomes another
    fitted = AalenJohansenFitter(jitter_level=1e-6, seed=1, calculate_variance=False)
    curve = fitted.fit(deals.days, deals.cause, event_of_interest=cause).cumulative_density_.iloc[:, 0]
    for age in (7, 30, 90):
        figure = line_of(answer, part=f"within {age} days").figures[way]
        assert figure.value == pytest.approx(curve[curve.index <= age + 0.01].iloc[-1], abs=1e-4)
        assert figure.hits == ((deals.cause == cause) & (deals.days <= age)).sum()


@pytest.mark.parametrize("by", ["", "team"])
def test_ages_equal_pandas_at_the_end_of_a_past_day(file, by):
    end = pd.Timestamp("2017-06-30 23:59:59.999999")
    here = file[(file.engage_date <= end) & ~(file.close_date <= end)]
    days = in_days(end - here.engage_date).sort_values()
    found = line_of(ageing.answer(Question(at=NOW, end=date(2017, 6, 30), by=by)), "sql").figures
    assert found["standing"].n == len(here)
    assert found["median"].value == pytest.approx(days.quantile(0.5, interpolation="lower"))
    assert found["p90"].value == pytest.approx(days.iloc[int(np.ceil(0.9 * len(days))) - 1])
    assert (found["oldest"].value, found["over30"].n) == (pytest.approx(days.max()), (days > 30).sum())
    worst = ageing.worst(Question(at=NOW, end=date(2017, 6, 30)), limit=5)
    assert [one.age_days for one in worst] == pytest.approx(days[::-1][:5].tolist())


def test_rows_without_a_date_stand_there_and_have_no_time(deals):
    soon = datetime.now(UTC) + timedelta(minutes=1)
    times, ages = values(stage_times.answer(Question(at=soon)), "sal"), values(ageing.answer(Question(at=soon)), "sal")
    assert (times["stays"], times["vague"], times["median"]) == (0, 500, None)
    assert (ages["standing"], ages["dated"], ages["vague"], ages["oldest"]) == (500, 0, 500, None)


@pytest.mark.parametrize("report", [stage_times, ageing])
def test_lists_of_the_imported_data_are_as_long_as_their_numbers(deals, report):
    assert check_lists(report, Question(at=THEN, start=date(2017, 1, 1), by="team"))
