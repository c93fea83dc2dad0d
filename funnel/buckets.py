"""Histograms of how long something took: buckets that add and subtract. Pure: no database, no clock.

The edges are spaced by a factor of 1.15 from one hour to ten years, merged with the windows the product offers, so
that "within N days" is exact for those. A bucket holds the times up to and with its edge, and above the edge before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from funnel.columns import DAY, Column

if TYPE_CHECKING:
    from datetime import timedelta

OFFERED = (1, 3, 7, 14, 30, 60, 90, 180, 365)  # windows in days
FACTOR = 1.15
_HOUR = DAY // 24
_LONGEST = 3_650 * DAY

QUANTILE_ERROR = FACTOR**0.5 - 1
"""How far a quantile from a histogram can be off, as a share of itself, above one hour; below, it is off an hour."""


def _edges() -> Column:
    steps = int(np.ceil(np.log(_LONGEST / _HOUR) / np.log(FACTOR)))
    spaced = [round(_HOUR * FACTOR**step) for step in range(steps + 1)]
    return np.array(sorted({*spaced, *(days * DAY for days in OFFERED)}), np.int64)


EDGES = _edges()
"""Upper edges, in microseconds, ascending; one more bucket follows for what took longer."""
BUCKETS = len(EDGES) + 1
_MIDDLES = np.concatenate(([_HOUR / 2], np.sqrt(EDGES[:-1] * EDGES[1:].astype(float)), [float(EDGES[-1])]))


def bucket(durations: Column) -> Column:
    """The bucket of each duration in microseconds."""
    return np.searchsorted(EDGES, durations, side="left")


def edge_of(window: timedelta) -> int | None:
    """The last bucket within the window, None where no edge is exactly there."""
    microseconds = round(window.total_seconds() * 1_000_000)
    place = int(np.searchsorted(EDGES, microseconds))
    return place if place < len(EDGES) and EDGES[place] == microseconds else None


def quantile(histogram: Column, share: float) -> float | None:
    """The duration in days that `share` of those counted did not exceed: the smallest t with F(t) >= share.

    It is the geometric middle of that duration's bucket, so at most QUANTILE_ERROR off. None for an empty histogram.
    """
    total = int(histogram.sum())
    if not total:
        return None
    place = int(np.searchsorted(np.cumsum(histogram), np.ceil(share * total - 1e-9)))
    return float(_MIDDLES[place]) / DAY
