"""Days of the organisation as instants, one by one and by the million. Pure: no database, no clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from funnel.columns import EPOCH, Column, instant, moment

FIRST_DAY = EPOCH.date()


def day_start(day: date, zone: str) -> datetime:
    """The instant (UTC) at which `day` begins in the time zone; where midnight is skipped, the first moment after."""
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


def day_after(day: date, zone: str) -> datetime:
    """The instant (UTC) at which `day` is over in the time zone."""
    return day_start(day + timedelta(days=1), zone)


def day_number(day: date) -> int:
    """Days since 2000-01-01."""
    return (day - FIRST_DAY).days


def day_of(number: int) -> date:
    """The day of a number that `day_number` or `days` gave."""
    return FIRST_DAY + timedelta(days=int(number))


def month_of(numbers: Column) -> Column:
    """The number of the first day of each day's month."""
    days = np.datetime64(FIRST_DAY) + numbers
    first: Column = (days.astype("M8[M]").astype("M8[D]") - np.datetime64(FIRST_DAY)).astype(np.int64)
    return first


@lru_cache(maxsize=32)
def _starts(zone: str, first_year: int, last_year: int) -> tuple[int, Column]:
    """The number of the first day, and the instant at which it and each day after it begin."""
    first, last = date(first_year, 1, 1), date(last_year, 12, 31)
    days = (first + timedelta(days=number) for number in range((last - first).days + 2))
    return day_number(first), np.array([instant(day_start(day, zone)) for day in days], np.int64)


def days(instants: Column, zone: str) -> Column:
    """The number of the day in the time zone that each instant (microseconds of `columns.EPOCH`) lies in."""
    if not len(instants):
        return np.zeros(0, np.int64)
    first, last = moment(instants.min()).year - 1, moment(instants.max()).year + 1
    number, starts = _starts(zone, first - first % 10, last + 9 - last % 10)
    return number + np.searchsorted(starts, instants, side="right") - 1
