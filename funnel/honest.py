"""Numbers that say how far they can be trusted. Pure: no database, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from funnel.intervals import wilson

if TYPE_CHECKING:
    from datetime import datetime

WEAK_BELOW = 30
SHARE, COUNT, DAYS, HOURS, MONEY, RATIO, POINTS = "share", "count", "days", "hours", "money", "ratio", "points"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number of a report, never without what makes it honest.

    `value` is in `unit` (a share of 1, a count, days, hours, an amount of `currency`, a ratio, or points, the
    difference of two shares of 1) and None where there is none, which `note` then explains ("not reached yet"). `n` is
    how many it is worked out from, `hits` how many of those the share counts, `interval` its 95 % interval in the same
    unit, `maturity` the share of the cohort that is old enough to be counted (None where nothing has to mature).
    `definition` says in words what it is. `cell` names the list of exactly the leads behind it ('' where the number
    stands for no list), `base` the list behind `n`.
    """

    value: float | None
    n: int
    definition: str
    computed_at: datetime
    unit: str = COUNT
    hits: int | None = None
    interval: tuple[float, float] | None = None
    maturity: float | None = None
    currency: str = ""
    note: str = ""
    cell: str = ""
    base: str = ""

    @property
    def is_weak(self) -> bool:
        """Whether it rests on too few to be more than its counts."""
        return self.unit != COUNT and self.n < WEAK_BELOW

    @property
    def lists(self) -> tuple[tuple[str, int], ...]:
        """The cells it names, each with how many its list has: the hits, or all of n where nothing is hit; and n."""
        counted = self.n if self.hits is None else self.hits
        return tuple((cell, many) for cell, many in ((self.cell, counted), (self.base, self.n)) if cell)

    def as_json(self) -> dict[str, Any]:
        low, high = self.interval or (None, None)
        return {
            "value": self.value, "unit": self.unit, "n": self.n, "hits": self.hits, "low": low, "high": high,
            "weak": self.is_weak, "maturity": self.maturity, "currency": self.currency or None, "note": self.note,
            "cell": self.cell or None, "base": self.base or None, "definition": self.definition,
            "computed_at": self.computed_at.isoformat(),
        }  # fmt: skip


def share(hits: int, n: int, *, definition: str, computed_at: datetime, **more: Any) -> Figure:
    """hits of n as a share of 1 with its Wilson interval; no value for n = 0. `more` are further fields of Figure."""
    value = hits / n if n else None
    return Figure(
        value=value, n=n, hits=hits, interval=wilson(hits, n) if n else None, unit=SHARE,
        definition=definition, computed_at=computed_at, **more,
    )  # fmt: skip


def count(n: int, *, definition: str, computed_at: datetime, **more: Any) -> Figure:
    """How many; a count is exact and has no interval."""
    return Figure(value=n, n=n, definition=definition, computed_at=computed_at, **more)
