"""Marks of server-drawn charts, in the units of their view box. Pure: no database, no clock."""

from dataclasses import dataclass

from funnel.honest import Rate

WIDTH = 100.0


@dataclass(frozen=True)
class Bar:
    """A rate from 0 to 100 and the ends of its interval, in the same units."""

    value: float
    low: float
    high: float


def bar(rate: Rate) -> Bar | None:
    """The bar of a rate, None where there is nothing to draw."""
    if rate.value is None:
        return None
    low, high = rate.interval
    return Bar(round(rate.value * WIDTH, 2), round(low * WIDTH, 2), round(high * WIDTH, 2))
