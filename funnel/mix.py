"""Why a rate changed: other segments came, or the same segments convert differently. Pure: no database, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping


@dataclass(frozen=True)
class Part:
    """One segment's part in a change, both as shares of 1: `mix` by its weight, `rate` by its own conversion.

    `grown` is by how much its weight grew, a share of 1.
    """

    mix: float
    rate: float
    grown: float = 0.0

    @property
    def change(self) -> float:
        return self.mix + self.rate


@dataclass(frozen=True)
class Split[Segment: Hashable]:
    """The change of a rate, `after` - `before` (shares of 1), as the sum of its parts by segment."""

    before: float
    after: float
    parts: dict[Segment, Part]

    @property
    def change(self) -> float:
        return self.after - self.before

    @property
    def mix(self) -> float:
        """What the change would be if each segment had kept its rate: the composition moved."""
        return fsum(part.mix for part in self.parts.values())

    @property
    def rate(self) -> float:
        """What the change would be if the composition had stayed: segments convert differently."""
        return fsum(part.rate for part in self.parts.values())

    @property
    def centred(self) -> dict[Segment, Part]:
        """The parts with each mix told against the mean rate: (w₁ - w₀)·((r₀ + r₁)/2 - (before + after)/2).

        So more of a segment that converts better than all together adds, and less of it takes away. What is taken off
        cancels over the segments, for they cannot all grow, and mix and rate sum to the change as before.
        """
        mean = (self.before + self.after) / 2
        return {
            segment: Part(part.mix - part.grown * mean, part.rate, part.grown) for segment, part in self.parts.items()
        }


def split[Segment: Hashable](
    before: Mapping[Segment, tuple[int, int]], after: Mapping[Segment, tuple[int, int]]
) -> Split[Segment] | None:
    """Split the change of a rate between two periods, each given as (hits, n) by segment, exactly in two.

    Mix Σ (w₁ - w₀)(r₀ + r₁)/2 and rate Σ (r₁ - r₀)(w₀ + w₁)/2, with w a segment's share of the n of its period and r
    its hits/n. Source: E. M. Kitagawa, "Components of a difference between two rates", JASA 50 (1955). A segment that
    is empty in one period has no rate there; it is taken to equal the other period's, so that all of it is mix.
    Segments come in the order of `before`, then the new ones. None where a period is empty and so has no rate.
    Raises ValueError unless 0 <= hits <= n everywhere.
    """
    if any(not 0 <= hits <= n for period in (before, after) for hits, n in period.values()):
        raise ValueError("more hits than n, or fewer than none")
    n0, n1 = (sum(n for _, n in period.values()) for period in (before, after))
    if not n0 or not n1:
        return None
    hits0, hits1 = (sum(hits for hits, _ in period.values()) for period in (before, after))
    nothing = (0, 0)
    parts = {
        segment: _part(before.get(segment, nothing), n0, after.get(segment, nothing), n1)
        for segment in [*before, *(new for new in after if new not in before)]
    }
    return Split(hits0 / n0, hits1 / n1, parts)


def _part(before: tuple[int, int], total0: int, after: tuple[int, int], total1: int) -> Part:
    (hits0, n0), (hits1, n1) = before, after
    if not n0 and not n1:
        return Part(0.0, 0.0)
    rate0 = hits0 / n0 if n0 else hits1 / n1
    rate1 = hits1 / n1 if n1 else rate0
    weight0, weight1 = n0 / total0, n1 / total1
    return Part(
        mix=(weight1 - weight0) * (rate0 + rate1) / 2,
        rate=(rate1 - rate0) * (weight0 + weight1) / 2,
        grown=weight1 - weight0,
    )
