"""Working hours: how much of a time is business time, and when so much of it is over. Pure: no database, no clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    Instants = NDArray[np.int64]
    type _Key = tuple[tuple[tuple[int, tuple[tuple[int, int], ...]], ...], str, frozenset[date]]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1)
MINUTES_A_DAY = 24 * 60
FIRST_LOOK_DAYS = 14


class NeverOpen(ValueError):
    """No weekday has working hours, so that nothing is ever due."""


@dataclass(frozen=True)
class Calendar:
    """When an organisation works.

    `weekly` gives the openings of each weekday (0 = Monday) as (opens, closes) in minutes of the local day, 0 .. 1440,
    several a day, overlapping or none; `holidays` are the local dates without any; `zone` is an IANA name. A time that
    a change of the clocks skips counts as the same time by the old clock, one that comes twice as the first of them.
    Raises ValueError for a weekday or minute that does not exist, ZoneInfoNotFoundError for such a zone.
    """

    weekly: Mapping[int, Sequence[tuple[int, int]]]
    zone: str
    holidays: frozenset[date] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        ZoneInfo(self.zone)
        for weekday, openings in self.weekly.items():
            if not 0 <= weekday <= 6 or any(not 0 <= opens <= closes <= MINUTES_A_DAY for opens, closes in openings):
                raise ValueError(f"weekday {weekday} cannot be open {openings}")

    @property
    def key(self) -> _Key:
        """The same for calendars that say the same."""
        weekly = tuple((weekday, tuple(self.weekly[weekday])) for weekday in sorted(self.weekly))
        return weekly, self.zone, self.holidays

    def elapsed(self, start: ArrayLike, end: ArrayLike) -> NDArray[np.float64]:
        """Seconds of business time from start to end, both int64 microseconds UTC since 1970, of shapes that broadcast.

        Negative where end lies before start.
        """
        starts, ends = np.asarray(start, dtype=np.int64), np.asarray(end, dtype=np.int64)
        if not starts.size or not ends.size:
            return np.zeros(np.broadcast_shapes(starts.shape, ends.shape))
        hours = _Openings.of(self, int(min(starts.min(), ends.min())), int(max(starts.max(), ends.max())))
        return (hours.worked_until(ends) - hours.worked_until(starts)) / 1e6

    def due(self, start: datetime, hours: float) -> datetime:
        """The first instant, in UTC, by which so many business hours have passed since start; start itself for none.

        Raises NeverOpen where no weekday has hours, OverflowError past the year 9999, ValueError for a start without
        a time zone and for hours below 0.
        """
        if start.tzinfo is None:
            raise ValueError(f"{hours} business hours after {start!r}")
        [due] = self.all_due(np.array([_microseconds(start)]), hours)
        return EPOCH + int(due) * MICROSECOND

    def all_due(self, starts: Instants, hours: float) -> Instants:
        """What `due` says of each start, all int64 microseconds UTC since 1970. Raises like it."""
        if hours < 0:
            raise ValueError(f"{hours} business hours")
        wanted = round(hours * 3600 * 1_000_000)
        if wanted == 0 or not len(starts):
            return starts
        if not any(opens < closes for openings in self.weekly.values() for opens, closes in openings):
            raise NeverOpen("no weekday has working hours")
        days = FIRST_LOOK_DAYS
        while True:
            openings = _Openings.of(self, int(starts.min()), int(starts.max()) + days * (DAY // MICROSECOND))
            targets = openings.worked_until(starts) + wanted
            if targets.max() <= openings.worked[-1]:
                return openings.instants_of(targets)
            days *= 2

    def due_before(self, end: datetime, hours: float) -> datetime:
        """The instant, in UTC, such that what was due by then has been so for that many business hours at `end`.

        Raises like `due`, and OverflowError before the year 1.
        """
        wanted = round(hours * 3600 * 1_000_000)
        if wanted == 0:
            return end
        if not any(opens < closes for openings in self.weekly.values() for opens, closes in openings):
            raise NeverOpen("no weekday has working hours")
        ends = np.array([_microseconds(end)])
        days = FIRST_LOOK_DAYS
        while True:
            openings = _Openings.of(self, int(ends[0]) - days * (DAY // MICROSECOND), int(ends[0]))
            left = openings.worked_until(ends) - wanted
            if left[0] > 0:
                return EPOCH + int(openings.instants_of(left)[0]) * MICROSECOND
            days *= 2


@dataclass(frozen=True, eq=False)
class _Openings:
    """Business time as a function of the instant: flat while closed, rising while open, in whole microseconds.

    `bounds` int64[2m] alternate between opening and closing, never falling; `worked` int64[2m] is the business time
    since the first of them.
    """

    bounds: Instants
    worked: Instants

    @classmethod
    def of(cls, calendar: Calendar, first: int, last: int) -> _Openings:
        """The openings of all local days that touch the instants first .. last."""
        zone = ZoneInfo(calendar.zone)
        given = _all_bounds(calendar.key, _day(first, zone), _day(last, zone))
        # Never falling: what overlaps an opening before it, or lies in the hour that the clocks skip, has no length.
        bounds = np.maximum.accumulate(given) if len(given) else np.array([first, first])
        lengths = np.diff(bounds, prepend=bounds[0])
        lengths[::2] = 0
        return cls(bounds, np.cumsum(lengths))

    def worked_until(self, instants: Instants) -> Instants:
        """Business microseconds until each instant; 0 before the first opening."""
        at = np.searchsorted(self.bounds, instants, side="right") - 1
        begun = np.maximum(at, 0)
        since = np.where((at >= 0) & (at % 2 == 0), instants - self.bounds[begun], 0)
        return self.worked[begun] + since

    def instants_of(self, worked: Instants) -> Instants:
        """The first instants by which so much business time, above 0 and at most all of it, has passed."""
        closing = np.searchsorted(self.worked, worked, side="left")
        return self.bounds[closing] - (self.worked[closing] - worked)


@lru_cache(maxsize=256)
def _all_bounds(calendar: _Key, first: date, last: date) -> Instants:
    """The `_bounds` of some days, laid out once: every page with a clock asks for those of the same few months."""
    return np.fromiter(_bounds(calendar, first, last), dtype=np.int64)


def _bounds(calendar: _Key, first: date, last: date) -> Iterator[int]:
    """Opening and closing of every opening of the local days first .. last, in microseconds, by opening."""
    openings, name, holidays = calendar
    weekly, zone = dict(openings), ZoneInfo(name)
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        if day in holidays:
            continue
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
        for opening in sorted(weekly.get(day.weekday(), ())):
            for minutes in opening:
                # Adding to a local time moves the clock on the wall, as it should here.
                yield _microseconds(midnight + timedelta(minutes=minutes))


def _day(instant: int, zone: ZoneInfo) -> date:
    return (EPOCH + instant * MICROSECOND).astimezone(zone).date()


def _microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND
