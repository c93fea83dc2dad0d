"""The recount of sales: what velocity is made of, and what the open deals are worth. Pure: no database, no clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from funnel.recount_stays import ADVANCED, LOST, STAYING, Curve, Ending, curve_of, is_sure

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from funnel.recount import Pass, Period
    from funnel.recount_stays import Stay

BANDS = (("over-90", 91), ("31-90", 31), ("8-30", 8), ("0-7", 0))
"""Age bands in whole days, the oldest first: name, first day."""


class Deal(NamedTuple):
    """What an instant knows of a cycle in or past SQL, for a period: which of velocity's inputs it is in."""

    of: Pass
    is_open: bool
    is_won: bool
    is_lost: bool
    is_skipped: bool
    ending: Ending | None

    @property
    def currency(self) -> str:
        return self.of.deal[1] or "none"

    @property
    def counts(self) -> bool:
        return self.is_open or self.is_won or self.is_lost or self.is_skipped or self.ending is not None


def deal_of(one: Pass, stays: Sequence[Stay], *, period: Period, known: datetime) -> Deal:
    """What is known of a cycle at an instant; `stays` are its own."""
    won, lost = (_closed(one, stage, period) for stage in ("won", "lost"))
    stay = next((stay for stay in stays if stay.stage == "sql"), None)
    if stay is None:
        return Deal(one, False, False, False, won, None)
    if stay.came > known:
        return Deal(one, False, False, False, False, None)
    way = stay.way_at(known)
    ending = (max(stay.lasted(known), timedelta(0)), way) if stay.is_sure_at(known) else None
    return Deal(one, way == STAYING, way == ADVANCED and won, way == LOST and lost, False, ending)


def _closed(one: Pass, stage: str, period: Period) -> bool:
    return stage in one.at and stage not in one.flags["assumed"] and period.holds(one.at[stage])


class Velocity(NamedTuple):
    """Velocity's inputs: how many are open, were won and lost, the amounts of the won (hundredths), how
    many won at all, skipping SQL or at a time that is sure, and how long those in SQL took."""

    open: int
    won: int
    lost: int
    amounts: list[int]
    skipped: int
    wins: int
    times: Curve

    @property
    def amount(self) -> Fraction | None:
        """The mean won amount, in units of the currency."""
        return Fraction(sum(self.amounts), 100 * len(self.amounts)) if self.amounts else None

    @property
    def days(self) -> Fraction | None:
        """The median days of those that ever win."""
        median = self.times.median_of(ADVANCED)
        return None if median is None else in_days(median)

    @property
    def a_day(self) -> Fraction | None:
        """Money a day, N·W·A ÷ L; None where one of them is missing."""
        closed, amount, days = self.won + self.lost, self.amount, self.days
        return (
            self.open * Fraction(self.won, closed) * amount / days if closed and amount is not None and days else None
        )


def velocity_of(deals: Iterable[Deal]) -> Velocity:
    deals = list(deals)
    won = [deal.of.deal[0] for deal in deals if deal.is_won]
    endings = [deal.ending for deal in deals if deal.ending]
    return Velocity(
        open=sum(deal.is_open for deal in deals),
        won=len(won),
        lost=sum(deal.is_lost for deal in deals),
        amounts=[cents for cents in won if cents is not None],
        skipped=sum(deal.is_skipped for deal in deals),
        wins=sum(way == ADVANCED for _, way in endings),
        times=curve_of(endings),
    )


def in_days(time: timedelta) -> Fraction:
    """A length of time as days, exactly."""
    return Fraction(time // timedelta.resolution, timedelta(days=1) // timedelta.resolution)


class OpenDeal(NamedTuple):
    """A cycle in an open stage at an instant: how long it has stood there, and whether that is known."""

    of: Pass
    stage: str
    age: timedelta
    is_sure: bool

    @property
    def band(self) -> str:
        return next(name for name, first in BANDS if self.age.days >= first)

    @property
    def currency(self) -> str:
        return self.of.deal[1] or "none"


def open_deal(stays: Iterable[Stay], at: datetime) -> OpenDeal | None:
    """Where a cycle with these stays stands at an instant; None where it is closed, or not open yet."""
    for stay in stays:
        if stay.came <= at and stay.way_at(at) == STAYING and stay.stage not in ("won", "lost"):
            return OpenDeal(stay.of, stay.stage, at - stay.came, stay.came_is_sure)
    return None


def chances(stays: Iterable[Stay], at: datetime) -> Curve:
    """What became of the cycles that stood in one stage, by time since: won, lost, recycled, or open as yet."""
    return curve_of(end for stay in stays if stay.came <= at and (end := _end_of(stay, at)))


def _end_of(stay: Stay, at: datetime) -> Ending | None:
    """How long after entering the stage the cycle ended, and how; None where a date is not known."""
    one = stay.of
    outcome = one.outcome if one.ended_at is not None and one.ended_at <= at else "open"
    if not stay.came_is_sure or (outcome in ("won", "lost") and not is_sure(one, outcome)):
        return None
    if outcome == "open" or one.ended_at is None:
        return at - stay.came, STAYING
    return one.ended_at - stay.came, outcome


def chance(curve: Curve, age: timedelta) -> Decimal:
    """The chance still to be won of a deal of this age: (F(end) - F(age)) / S(age)."""
    if not curve.points:
        return Decimal(0)
    here = curve.at(age)
    to_come = curve.points[-1].left.get("won", Decimal(0)) - here.left.get("won", Decimal(0))
    return to_come / here.staying if here.staying else Decimal(0)
