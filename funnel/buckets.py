"""Histograms of how long something took: buckets that add and subtract. Pure: no database, no clock.

The edges are spaced by a factor of 1.15 from one hour to ten years, merged with the windows the product offers, so
that "within N days" is exact for those. A bucket holds the times up to and with its edge, and above the edge before.
"""

from __future__ import annotations

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


def quantiles(histograms: Column, share: float, edges: Column = EDGES) -> Column:
    """Per histogram (…, buckets) the duration in days that `share` of those counted did not exceed.

    It is the smallest t with F(t) >= share, taken as the geometric middle of its bucket, so at most QUANTILE_ERROR off.
    The histograms count the first buckets of `edges`. NaN for an empty histogram.
    """
    sums = np.cumsum(histograms, axis=-1)
    total = sums[..., -1:]
    place = np.sum(sums < np.ceil(share * total - 1e-9), axis=-1)
    upper = edges[np.minimum(place, len(edges) - 1)].astype(float)
    lower = np.where(place > 0, edges[np.maximum(place, 1) - 1], upper / 4)
    return np.where(total[..., 0] > 0, np.sqrt(lower * upper) / DAY, np.nan)
