"""The pure parts: intervals, days, honest numbers, environment."""

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from funnel import charts, env
from funnel.honest import share
from funnel.intervals import wilson
from funnel.periods import day_after, day_start


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [  # R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (20, 20, 1 - 0.1611, 1.0),
    ],
)
def test_wilson_equals_published_values(hits, n, low, high):
    assert wilson(hits, n) == pytest.approx((low, high), abs=6e-5)


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_wilson_holds_the_share_and_stays_inside(hits, more):
    n = hits + more
    low, high = wilson(hits, n)
    assert 0 <= low <= high <= 1
    assert n == 0 or low <= hits / n <= high


def test_more_hits_than_trials_are_refused():
    with pytest.raises(ValueError):
        wilson(3, 2)


def test_a_rate_of_nothing_is_no_number_and_a_small_one_is_weak():
    told = {"definition": "a share", "computed_at": datetime(2026, 3, 4, tzinfo=UTC)}
    assert share(0, 0, **told).value is None
    assert share(3, 29, **told).is_weak
    assert not share(3, 30, **told).is_weak
    assert charts.bar(share(0, 0, **told)) is None


@pytest.mark.parametrize(
    ("zone", "day", "begins", "hours"),
    [
        ("UTC", date(2026, 3, 8), datetime(2026, 3, 8, tzinfo=UTC), 24),
        ("Asia/Bangkok", date(2026, 3, 8), datetime(2026, 3, 7, 17, tzinfo=UTC), 24),
        ("America/New_York", date(2026, 3, 8), datetime(2026, 3, 8, 5, tzinfo=UTC), 23),
        ("America/New_York", date(2026, 11, 1), datetime(2026, 11, 1, 4, tzinfo=UTC), 25),
    ],
)
def test_days_are_cut_in_the_organisations_zone(zone, day, begins, hours):
    assert day_start(day, zone) == begins
    assert (day_after(day, zone) - begins).total_seconds() == hours * 3600


@pytest.mark.parametrize(
    ("read", "value"),
    [(env.flag, "maybe"), (lambda name: env.integer(name, 1), "ten"), (lambda name: env.time_zone(name, ""), "Mars")],
)
def test_nonsense_in_the_environment_is_refused_loudly(monkeypatch, read, value):
    monkeypatch.setenv("SOME_KEY", value)
    with pytest.raises(ImproperlyConfigured, match="SOME_KEY"):
        read("SOME_KEY")


def test_a_required_key_that_is_missing_is_named(monkeypatch):
    monkeypatch.delenv("SOME_KEY", raising=False)
    with pytest.raises(ImproperlyConfigured, match="SOME_KEY"):
        env.required("SOME_KEY")
