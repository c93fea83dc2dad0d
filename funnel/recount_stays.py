"""The recount of stays: how long each cycle stood where and how it left, and the curves of that, by the textbook.

Slow on purpose and sharing nothing with the measures it checks. Pure: no database, no clock.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from funnel.recount import ORDER, Pass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

STAYING, ADVANCED, LOST, RECYCLED = "staying", "advance", "lose", "recycle"
QUANTILES = {"median": Fraction(1, 2), "p75": Fraction(3, 4), "p90": Fraction(9, 10)}
# The measures count in floats and take what a rounding parts from a half for the half; so it must be here.
ROUNDING = Decimal("1e-9")

type Ending = tuple[timedelta, str]
"""How long a stay lasted, and the way it ended."""


class Stay(NamedTuple):
    """One cycle in one stage: from when to when (None: to this day), the way it left, and whether the log's times of
    coming and leaving are those at which it happened, neither assumed nor corrected."""

    of: Pass
    stage: str
    came: datetime
    left: datetime | None
    way: str
    came_is_sure: bool
    left_is_sure: bool

    def way_at(self, at: datetime) -> str:
        """The way it had left by an instant."""
        return self.way if self.left is not None and self.left <= at else STAYING

    def is_sure_at(self, at: datetime) -> bool:
        """Whether its length is known, as far as it was over at an instant."""
        return self.came_is_sure and (self.left_is_sure or self.way_at(at) == STAYING)

    def lasted(self, at: datetime) -> timedelta:
        """How long it had lasted at an instant after it began."""
        return (at if self.left is None else min(self.left, at)) - self.came


def is_sure(one: Pass, stage: str) -> bool:
    """Whether the cycle's time of entering the stage is when it happened."""
    return stage not in one.flags["assumed"] and stage not in one.flags["clamped"]


def stays_of(one: Pass) -> Iterator[Stay]:
    """The stays of a cycle; stages only passed have none. Each lasts until the next one, the last until the next cycle.

    The opening of the next cycle counts as known: imports put undated entries where they belong, never a step back.
    """
    stood = [stage for stage in (*ORDER, "lost") if stage in one.at and stage not in one.flags["implied"]]
    for stage, after in zip(stood, [*stood[1:], None], strict=True):
        came, sure = one.at[stage], is_sure(one, stage)
        if after is not None:
            yield Stay(
                one, stage, came, one.at[after], LOST if after == "lost" else ADVANCED, sure, is_sure(one, after)
            )
        else:
            yield Stay(one, stage, came, one.next_at, RECYCLED if one.next_at else STAYING, sure, True)


class Point(NamedTuple):
    """Right after an exit: the share still there, and the share left by each way so far."""

    time: timedelta
    staying: Decimal
    left: dict[str, Decimal]


@dataclass(frozen=True)
class Curve:
    """Kaplan-Meier and Aalen-Johansen of `n` stays, a point per distinct time of an exit, ascending; and the longest
    time that any was followed."""

    points: list[Point]
    n: int
    followed: timedelta

    def at(self, time: timedelta) -> Point:
        """What holds right after a time."""
        place = bisect_right(self.points, time, key=lambda point: point.time)
        return self.points[place - 1] if place else Point(timedelta(0), Decimal(1), {})

    def quantile(self, share: Fraction) -> timedelta | None:
        """The first time by which that share has left, whichever way; None when it has not."""
        most = Decimal((1 - share).numerator) / Decimal((1 - share).denominator) * (1 + ROUNDING)
        return next((point.time for point in self.points if point.staying <= most), None)

    def median_of(self, way: str) -> timedelta | None:
        """The first time by which half of those that ever leave this way have; None where nobody does."""
        whole = self.points[-1].left.get(way) if self.points else None
        if not whole:
            return None
        half = whole / 2 * (1 - ROUNDING)
        return next(point.time for point in self.points if point.left.get(way, 0) >= half)


def curve_of(endings: Iterable[Ending]) -> Curve:
    """The curve of stays; those whose way is STAYING are censored, at equal times after the exits.

    S falls by d/n at each time of an exit, and a way's share grows by S before it times its own d/n.
    """
    ordered = sorted(endings)
    points: list[Point] = []
    at_risk, staying, left = len(ordered), Decimal(1), dict[str, Decimal]()
    for time, group in groupby(ordered, key=lambda one: one[0]):
        ways = Counter(way for _, way in group)
        censored, here = ways.pop(STAYING, 0), ways.total()
        if here:
            for way, many in ways.items():
                left[way] = left.get(way, Decimal(0)) + staying * many / at_risk
            staying = staying * (at_risk - here) / at_risk
            points.append(Point(time, staying, dict(left)))
        at_risk -= here + censored
    return Curve(points, len(ordered), ordered[-1][0] if ordered else timedelta(0))


def quantile_of(ages: Sequence[timedelta], share: Fraction) -> timedelta | None:
    """The age that so large a share is not above, everybody being known in full; None for nobody."""
    return sorted(ages)[-(-len(ages) * share.numerator // share.denominator) - 1] if ages else None
