"""A period cut into the whole months and days that rollups have, and the parts of days that they have not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from funnel import rollups
from funnel.columns import NEVER, Column, instant
from funnel.periods import day_of, day_start, days, month_of

if TYPE_CHECKING:
    from funnel.questions import Question

type Found = tuple[Column, Column, Column, Column]  # value, span, cell, n

FIRST = rollups.UNDATED + 1
"""Before any day: the beginning of time."""


def span_of(day: Column, grain: str) -> Column:
    """The first day of the span each day lies in; weeks begin on Monday, and without a grain there is one span, 0."""
    if grain == "month":
        return month_of(day)
    if grain == "week":
        monday: Column = day - (day + 5) % 7  # 2000-01-01 was a Saturday
        return monday
    return day if grain else np.zeros(len(day), np.int64)


@dataclass(frozen=True)
class Cut:
    """Days `first` up to and without `over`, in months where possible, and what is left as pairs of instants."""

    days: tuple[tuple[int, int], ...]
    months: tuple[int, int]
    edges: tuple[tuple[int, int], ...]


def cut(begin: int, over: int, zone: str, *, by_month: bool) -> Cut:
    """Cut the instants from `begin` (-NEVER for the beginning of time) up to and without `over`."""
    first, edges = FIRST, []
    last = _day(over - 1, zone)
    over_day = last + 1 if _start(last + 1, zone) == over else last
    if begin != -NEVER:
        first = _day(begin, zone)
        if _start(first, zone) != begin:
            edges.append((begin, min(over, _start(first + 1, zone))))
            first += 1
    if over_day == last and first <= last:
        edges.append((_start(last, zone), over))
    if first >= over_day:
        return Cut((), (0, 0), tuple(edges))
    months = (first if first == FIRST else _next_month(first), _month(over_day)) if by_month else (0, 0)
    if months[0] >= months[1]:
        return Cut(((first, over_day),), (0, 0), tuple(edges))
    return Cut(((first, months[0]), (months[1], over_day)), months, tuple(edges))


def _day(at: int, zone: str) -> int:
    return int(days(np.array([at]), zone)[0])


def _start(day: int, zone: str) -> int:
    return instant(day_start(day_of(day), zone))


def _month(day: int) -> int:
    return int(month_of(np.array([day]))[0])


def _next_month(day: int) -> int:
    """The first day of a month at or after the day."""
    month = _month(day)
    return day if month == day else _month(month + 31)


@dataclass(frozen=True)
class Reader:
    """Reads the rollups of a kind that hold those that entered the stage of `rank`; `values` narrows to these."""

    question: Question
    rank: int
    kind: str
    generation: int
    values: list[int] | None

    def between(self, begin: int, over: int) -> tuple[Found, tuple[tuple[int, int], ...]]:
        """What entered on the whole days from `begin` up to and without `over`, and the parts of days that are left."""
        if begin >= over:
            return self.rows([], months=False), ()
        pieces = cut(begin, over, self.question.zone, by_month=self.question.grain in ("", "month"))
        found = [self.rows(list(pieces.days), months=False), self.rows([pieces.months], months=True)]
        value, span, cell, n = (np.concatenate(column) for column in zip(*found, strict=True))
        return (value, span_of(span, self.question.grain), cell, n), pieces.edges

    def undated(self) -> Found:
        """Those that entered at a time nobody knows."""
        return self.rows([(rollups.UNDATED, rollups.UNDATED + 1)], months=True)

    def rows(self, spans: list[tuple[int, int]], *, months: bool) -> Found:
        spans = [one for one in spans if one[0] < one[1]]
        value, span, packed = rollups.read(
            self.generation, self.kind, self.rank, spans, months=months, values=self.values
        )
        row, cell, n = rollups.unpack(packed)
        by = value if self.question.by else np.zeros(len(value), np.int64)
        return by[row], span[row], cell, n
