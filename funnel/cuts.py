"""A period cut into the whole months and days that rollups have, and the parts of days that they have not."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from funnel import rollups
from funnel.columns import NEVER, Column, instant
from funnel.periods import day_of, day_start, days, month_of
from funnel.rollups import Part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from funnel.questions import Question

UNDATED_TAG = -1
FIRST = rollups.UNDATED + 1
"""Before any day: the beginning of time."""


def span_of(day: Column, grain: str) -> Column:
    """The first day of the span each day lies in; weeks begin on Monday, and without a grain there is one span, 0."""
    if grain == "month":
        return month_of(day)
    if grain == "week":
        return np.asarray(day - (day + 5) % 7)  # 2000-01-01 was a Saturday
    return day if grain else np.zeros(len(day), np.int64)


@dataclass(frozen=True)
class Edge:
    """A part of a day that belongs to the interval `tag`: from one instant up to and without another."""

    tag: int
    begin: int
    over: int


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
    """Reads the rollups of a kind, for a question that they cover; `values` narrows to these."""

    question: Question
    kind: str
    generation: int
    values: list[int] | None

    def between(self, ranks: Sequence[int], bounds: Sequence[int]) -> tuple[dict[str, Column], list[Edge]]:
        """What happened on the whole days of each interval between the ascending `bounds`, and what days that leaves.

        Columns anchor, value, span, cell, n, and the interval as `tag`; what nobody knows the time of has the tag
        UNDATED_TAG.
        """
        by_month = self.question.grain in ("", "month")
        parts, edges = [Part(UNDATED_TAG, rollups.UNDATED, rollups.UNDATED + 1, is_month=True)], []
        for tag, (begin, over) in enumerate(pairwise(bounds)):
            if begin < over:
                pieces = cut(begin, over, self.question.zone, by_month=by_month)
                parts += [Part(tag, *days) for days in pieces.days] + [Part(tag, *pieces.months, is_month=True)]
                edges += [Edge(tag, *edge) for edge in pieces.edges]
        found = rollups.read(self.generation, self.kind, ranks, parts, self.values)
        dated = found["tag"] != UNDATED_TAG
        found["span"] = np.where(dated, span_of(found["span"], self.question.grain), rollups.UNDATED)
        if not self.question.by:
            found["value"] = np.zeros_like(found["value"])
        return found, edges
