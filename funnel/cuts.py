"""A period cut into the months and days that rollups have."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from funnel import rollups
from funnel.columns import NEVER, Column, instant
from funnel.periods import day_of, day_start, days, month_of
from funnel.rollups import Part, Read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from funnel.questions import Question

UNDATED = -1
FIRST = rollups.UNDATED + 1
"""Before any day: the beginning of time."""


def span_of(day: Column, grain: str) -> Column:
    """The first day of the span each day lies in; weeks begin on Monday, and without a grain there is one span, 0."""
    if grain == "month":
        return month_of(day)
    if grain == "week":
        return np.asarray(day - (day + 5) % 7)  # 2000-01-01 was a Saturday
    return day if grain else np.zeros(len(day), np.int64)


def cut(begin: int, over: int, zone: str, *, by_month: bool) -> tuple[list[tuple[int, int]], tuple[int, int]] | None:
    """The days, and the months if wanted, that the instants from `begin` up to and without `over` are made of.

    Each is a first and the one after the last; `begin` is -NEVER for the beginning of time. None where the instants
    are not whole days.
    """
    if begin >= over:
        return [], (0, 0)
    first, end = FIRST if begin == -NEVER else _day(begin, zone), _day(over, zone)
    if _start(end, zone) != over or (begin != -NEVER and _start(first, zone) != begin):
        return None
    months = (first if first == FIRST else _next_month(first), _month(end)) if by_month else (0, 0)
    if months[0] >= months[1]:
        return [(first, end)], (0, 0)
    return [(first, months[0]), (months[1], end)], months


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

    def between(self, ranks: Sequence[int], bounds: Sequence[int]) -> Read | None:
        """What happened in each interval between the ascending `bounds`; None where they are not whole days.

        A row's `tag` is the number of its interval; what nobody knows the time of has the tag UNDATED.
        """
        by_month = self.question.grain in ("", "month")
        parts = [Part(UNDATED, rollups.UNDATED, rollups.UNDATED + 1, is_month=True)]
        for tag, (begin, over) in enumerate(pairwise(bounds)):
            pieces = cut(begin, over, self.question.zone, by_month=by_month)
            if pieces is None:
                return None
            parts += [Part(tag, *days) for days in pieces[0]] + [Part(tag, *pieces[1], is_month=True)]
        found = rollups.read(self.generation, self.kind, ranks, parts, self.values)
        span = np.where(found.tag != UNDATED, span_of(found.span, self.question.grain), rollups.UNDATED)
        return replace(found, span=span, value=found.value if self.question.by else np.zeros_like(found.value))
