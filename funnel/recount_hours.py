"""The recount of working time: the organisation's days walked one by one. Pure: no database, no clock."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

NONE = timedelta(0)
DAY = timedelta(days=1)
LAST_MINUTE = time(23, 59)  # stands for the end of the day, which a time of day cannot say


class Opening(NamedTuple):
    """One opening of a weekday (0 = Monday), by the clock on the wall, to the minute."""

    weekday: int
    opens: time
    closes: time


class Shift(NamedTuple):
    """One stretch of work, as instants (UTC), and how much work lay before it."""

    begins: datetime
    ends: datetime
    before: timedelta


class Hours:
    """All stretches of work from a day to a day, both included."""

    def __init__(
        self, openings: Sequence[Opening], holidays: Container[date], zone: str, first: date, last: date
    ) -> None:
        self.shifts: list[Shift] = []
        worked = NONE
        for begins, ends in _joined(_walked(openings, holidays, ZoneInfo(zone), first, last)):
            self.shifts.append(Shift(begins, ends, worked))
            worked += ends - begins
        self._begins = [shift.begins for shift in self.shifts]

    def worked(self, until: datetime) -> timedelta:
        """How much work there was from the first day until an instant."""
        place = bisect_right(self._begins, until) - 1
        if place < 0:
            return NONE
        shift = self.shifts[place]
        return shift.before + min(until, shift.ends) - shift.begins

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much work there was from one instant to another."""
        return self.worked(end) - self.worked(start)

    def due(self, start: datetime, limit: timedelta) -> datetime | None:
        """The first instant by which so much work has passed since `start`; None when not by the last day."""
        if not limit:
            return start
        wanted = self.worked(start) + limit
        for shift in self.shifts[max(bisect_right(self._begins, start) - 1, 0) :]:
            if shift.before + (shift.ends - shift.begins) >= wanted:
                return shift.begins + (wanted - shift.before)
        return None


def _walked(
    openings: Sequence[Opening], holidays: Container[date], zone: ZoneInfo, first: date, last: date
) -> Iterator[tuple[datetime, datetime]]:
    day = first
    while day <= last:
        for opening in sorted(openings):
            if opening.weekday == day.weekday() and day not in holidays:
                yield _instant(day, opening.opens, zone), _closing(day, opening.closes, zone)
        day += DAY


def _closing(day: date, closes: time, zone: ZoneInfo) -> datetime:
    if closes >= LAST_MINUTE:
        return _instant(day + DAY, time(), zone)
    return _instant(day, closes, zone)


def _instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """A time that a change of the clocks skips is that of the old clock; of one that comes twice, the first."""
    return datetime.combine(day, wall.replace(second=0, microsecond=0), zone).astimezone(UTC)


def _joined(shifts: Iterator[tuple[datetime, datetime]]) -> Iterator[tuple[datetime, datetime]]:
    """The stretches without what an earlier one already covers."""
    over = datetime.min.replace(tzinfo=UTC)
    for begins, ends in shifts:
        if ends > max(begins, over):
            yield max(begins, over), ends
            over = ends
