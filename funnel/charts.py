"""Marks of server-drawn charts, in the units of their view box. Pure: no database, no clock."""

from dataclasses import dataclass

from funnel.honest import Figure

WIDTH = 100.0


@dataclass(frozen=True)
class Bar:
    """A rate from 0 to 100 and the ends of its interval, in the same units."""

    value: float
    low: float
    high: float

    @property
    def range(self) -> str:
        """The path of the interval's mark, in a bar 8 units high."""
        return f"M{self.low} 1v6M{self.low} 4H{self.high}M{self.high} 1v6"


def bar(rate: Figure) -> Bar | None:
    """The bar of a rate, None where there is nothing to draw."""
    if rate.value is None:
        return None
    low, high = rate.interval or (0.0, 1.0)
    return Bar(round(rate.value * WIDTH, 2), round(low * WIDTH, 2), round(high * WIDTH, 2))
