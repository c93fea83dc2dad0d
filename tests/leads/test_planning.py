"""The times people plan for in one press."""

from datetime import UTC, date, datetime

import pytest

from leads.hours import Calendar
from leads.planning import times

OFFICE = {day: [(9 * 60, 17 * 60)] for day in range(5)}


def at(day, hour, minute=0):
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def test_times_are_openings_in_the_zone_of_the_organisation():
    found = times(Calendar(weekly=OFFICE, zone="Asia/Bangkok"), at=at(3, 12, 7))  # Tuesday, 19:07 there
    assert found["hour"] == at(3, 13, 7)
    assert found["tomorrow"] == at(4, 2)  # 09:00 there
    assert found["days"] == at(6, 2)
    assert found["week"] == at(9, 2)  # Monday


def test_tomorrow_skips_weekends_and_holidays():
    calendar = Calendar(weekly=OFFICE, zone="UTC", holidays=frozenset({date(2026, 3, 9)}))
    assert times(calendar, at=at(6, 12))["tomorrow"] == at(10, 9)  # from a Friday, with the Monday off


@pytest.mark.parametrize("name", ["tomorrow", "days", "week"])
def test_where_nobody_works_it_is_nine_o_clock(name):
    assert times(Calendar(weekly={}, zone="UTC"), at=at(3, 12))[name].hour == 9
