"""Histograms of how long something took: buckets that add and subtract. Pure: no database, no clock.

The edges are spaced by a factor of 1.15 from one hour to ten years, merged with the windows the product offers, so
that "within N days" is exact for those. A bucket holds the times up to and with its edge, and above the edge before.
"""

from __future__ import annotations

from math import sqrt

import numpy as np

from funnel.columns import DAY, Column

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


def quantile(histogram: Column, share: float, edges: Column = EDGES) -> float | None:
    """The duration in days that `share` of those counted did not exceed: the smallest t with F(t) >= share.

    `histogram` counts the first buckets of `edges`. The answer is the geometric middle of that duration's bucket, so
    at most QUANTILE_ERROR off. None for an empty histogram.
    """
    total = int(histogram.sum())
    if not total:
        return None
    place = int(np.searchsorted(np.cumsum(histogram), np.ceil(share * total - 1e-9)))
    upper = float(edges[min(place, len(edges) - 1)])
    lower = float(edges[place - 1]) if place else upper / 4
    return sqrt(lower * upper) / DAY
