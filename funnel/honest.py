"""Numbers that say how far they can be trusted. Pure: no database, no clock."""

from dataclasses import dataclass
from typing import Any

from funnel.intervals import wilson

WEAK_BELOW = 30


@dataclass(frozen=True)
class Rate:
    """hits of n, as a share of 1, with its 95 % Wilson interval; weak below n = 30."""

    hits: int
    n: int

    @property
    def value(self) -> float | None:
        return self.hits / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.hits, self.n)

    @property
    def is_weak(self) -> bool:
        return self.n < WEAK_BELOW

    def as_json(self) -> dict[str, Any]:
        low, high = self.interval
        return {"value": self.value, "hits": self.hits, "n": self.n, "low": low, "high": high, "weak": self.is_weak}
