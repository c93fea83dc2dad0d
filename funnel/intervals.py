"""Intervals on rates, differences and means, and which of many differences to believe. Pure: no database, no clock."""

from __future__ import annotations

from math import atan, cos, erfc, exp, inf, lgamma, log, log1p, pi, sin, sqrt
from statistics import NormalDist, fmean, stdev
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

Z95 = NormalDist().inv_cdf(0.975)
SERIES_UP_TO = 400  # degrees of freedom; above it, the expansion around the normal is right to twelve digits


def wilson(hits: int, n: int, z: float = Z95) -> tuple[float, float]:
    """Wilson score interval of hits/n, as shares of 1; (0, 1) for n = 0. Raises ValueError unless 0 <= hits <= n."""
    low, high = wilson_many(hits, n, z)
    return float(low), float(high)


def wilson_many(hits: ArrayLike, n: ArrayLike, z: float = Z95) -> tuple[Floats, Floats]:
    """Wilson score intervals of many hits/n at once: (low, high), shares of 1, of the arguments' shape.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
    Raises ValueError unless 0 <= hits <= n everywhere.
    """
    found, tried = np.asarray(hits, dtype=np.float64), np.asarray(n, dtype=np.float64)
    if not ((found >= 0) & (found <= tried)).all():
        raise ValueError(f"{hits!r} hits of {n!r}")
    trials = np.maximum(tried, 1)
    share = found / trials
    scale = 1 + z * z / trials
    middle = (share + z * z / (2 * trials)) / scale
    half = z * np.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials)) / scale
    return np.where(found == 0, 0.0, middle - half), np.where(found == tried, 1.0, middle + half)


def newcombe(hits1: int, n1: int, hits0: int, n0: int) -> tuple[float, float]:
    """95 % interval of the difference hits1/n1 - hits0/n0 of two independent shares; (-1, 1) where one is of nothing.

    Source: R. G. Newcombe, "Interval estimation for the difference between independent proportions", Statistics in
    Medicine 17 (1998), method 10. Raises ValueError unless 0 <= hits <= n in both.
    """
    (low1, high1), (low0, high0) = wilson(hits1, n1), wilson(hits0, n0)
    if not n1 or not n0:
        return -1.0, 1.0
    share1, share0 = hits1 / n1, hits0 / n0
    below = sqrt((share1 - low1) ** 2 + (high0 - share0) ** 2)
    above = sqrt((high1 - share1) ** 2 + (share0 - low0) ** 2)
    return share1 - share0 - below, share1 - share0 + above


def two_sided_p(hits1: int, n1: int, hits0: int, n0: int) -> float:
    """How likely two equal shares are to differ at least as much: the pooled score test, two-sided.

    Source: J. L. Fleiss, "Statistical Methods for Rates and Proportions" (1981), section 2.2, without continuity
    correction. 1 where nothing can differ: a share of nothing, or all or none of both.
    """
    n, hits = n1 + n0, hits1 + hits0
    if not n1 or not n0 or hits in (0, n):
        return 1.0
    spread = sqrt(hits / n * (1 - hits / n) * (1 / n1 + 1 / n0))
    return erfc(abs(hits1 / n1 - hits0 / n0) / spread / sqrt(2))


def adjusted_p(p_values: Sequence[float]) -> list[float]:
    """Each p-value corrected for how many there are: the least false discovery rate at which it would be kept.

    Source: Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate", JRSS B 57 (1995): min over the larger
    ones of p·m/rank, at most 1. Raises ValueError for a p-value outside 0 .. 1.
    """
    given = np.asarray(p_values, dtype=np.float64)
    if not ((given >= 0) & (given <= 1)).all():
        raise ValueError("a p-value outside 0 .. 1")
    order = np.argsort(given)
    scaled = given[order] * len(given) / np.arange(1, len(given) + 1)
    adjusted = np.empty(len(given))
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted.tolist()


def benjamini_hochberg(p_values: Sequence[float], q: float = 0.05) -> list[bool]:
    """Which of many differences to believe, so that about a share q of the believed ones is noise; see adjusted_p."""
    return [p <= q for p in adjusted_p(p_values)]


def mean_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """95 % interval of the mean, in the unit of the values, by Student's t; None below 2 values.

    Source: Student, "The probable error of a mean", Biometrika 6 (1908).
    """
    return mean_interval_of(len(values), fmean(values), stdev(values)) if len(values) > 1 else None


def mean_interval_of(n: int, mean: float, spread: float) -> tuple[float, float] | None:
    """mean_interval of n values of this mean and standard deviation (n - 1 in its denominator); None below 2 values."""
    if n < 2:
        return None
    half = t_quantile(0.975, n - 1) * spread / sqrt(n)
    return mean - half, mean + half


def product_interval(
    factors: Sequence[tuple[float, tuple[float, float]]], divisors: Sequence[tuple[float, tuple[float, float]]]
) -> tuple[float, float]:
    """95 % interval of a product of `factors` over a product of `divisors`, each (value above 0, its own interval).

    Source: G. Y. Zou and A. Donner, "Construction of confidence limits about effect measures", Statistics in
    Medicine 27 (2008), on the logarithms: distances of the limits add up as squares. The inputs count as independent.
    0 or infinity where a limit that would have to be above 0 is not, or is infinite.
    """
    logs = [(log(value), *map(_log, ends)) for value, ends in factors]
    logs += [(-log(value), -_log(ends[1]), -_log(ends[0])) for value, ends in divisors]
    middle = sum(value for value, _, _ in logs)
    below = sqrt(sum((value - low) ** 2 for value, low, _ in logs))
    above = sqrt(sum((high - value) ** 2 for value, _, high in logs))
    return exp(middle - below), exp(middle + above)


def _log(value: float) -> float:
    return log(value) if value > 0 else -inf


def t_quantile(p: float, df: int) -> float:
    """The value that Student's t with df degrees of freedom stays below with probability p.

    Newton's method from the normal quantile. For p > 1/2 that lies below the answer and the distribution function is
    concave there, so each step comes closer from below and none overshoots.
    Raises ValueError unless 0 < p < 1 and df >= 1.
    """
    if not 0 < p < 1 or df < 1:
        raise ValueError(f"no quantile {p} of Student's t with {df} degrees of freedom")
    if p < 0.5:
        return -t_quantile(1 - p, df)
    z = NormalDist().inv_cdf(p)
    if df > SERIES_UP_TO:
        return _expanded(z, df)
    t = z
    for _ in range(100):
        step = ((2 * p - 1) - _within(t, df)) / 2 / _density(t, df)
        t += step
        if abs(step) <= 1e-14 * max(t, 1.0):
            break
    return t


def _within(t: float, df: int) -> float:
    """Probability of -t .. t. Source: M. Abramowitz and I. Stegun, "Handbook of Mathematical Functions", 26.7.3-4."""
    angle = atan(t / sqrt(df))
    odd = df % 2
    term, total = (cos(angle), 0.0) if odd else (1.0, 0.0)
    for step in range(2 + odd, df + 1, 2):
        total += term
        term *= cos(angle) ** 2 * (step - 1) / step
    return 2 / pi * (angle + sin(angle) * total) if odd else sin(angle) * total


def _density(t: float, df: int) -> float:
    scale = lgamma((df + 1) / 2) - lgamma(df / 2)
    return exp(scale - (df + 1) / 2 * log1p(t * t / df)) / sqrt(df * pi)


def _expanded(z: float, df: int) -> float:
    """The quantile from the normal one, by powers of 1/df. Source: Abramowitz and Stegun, 26.7.5."""
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / float(df) ** power for power, term in enumerate(terms, start=1))
