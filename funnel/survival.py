"""How long leads stay, and which way they leave, when some have not left yet. Pure: no database, no clock.

Leads still there are right-censored: they are at risk up to their age and say nothing about later. At equal times exits
come before censorings. Durations are in whatever unit the caller uses, and times come back in that unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from funnel.intervals import Z95

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

# A product of a million rounded factors may miss the half that it equals by about this much, and 1 - 0.9 misses 0.1.
CLOSE = 1e-9


@dataclass(frozen=True, eq=False, kw_only=True)
class Curve:
    """Kaplan-Meier: the share S still there after `times`, which are the m distinct times of an exit, ascending.

    All arrays are float64[m], but for `at_risk`, int64[m]: how many were there just before. `low` and `high` are the
    95 % log-log band at each time by itself. Where nobody is left (S = 0) the band has no formula and keeps its last
    upper end. `n` is how many the curve rests on, `followed` the longest duration seen: beyond it nothing is known
    and the curve only repeats its last value.
    """

    times: Floats
    survival: Floats
    low: Floats
    high: Floats
    at_risk: NDArray[np.int64]
    n: int
    followed: float

    def at(self, t: float) -> tuple[float, float, float]:
        """(S, low, high) right after time t; all 1 before the first exit."""
        return _at(self.times, t, (self.survival, self.low, self.high), before=1.0)

    def quantile(self, q: float) -> float | None:
        """The time by which a share q has left, min{t : S(t) <= 1 - q}; None when that is not reached yet.

        The median is quantile(0.5). Raises ValueError unless 0 < q < 1.
        """
        return _first(self.times, self.survival, q)

    def quantile_interval(self, q: float) -> tuple[float | None, float | None]:
        """The 95 % interval of quantile(q): where the band crosses 1 - q; an end is None when not reached yet.

        Source: R. Brookmeyer and J. Crowley, "A confidence interval for the median survival time", Biometrics 38
        (1982), with the log-log band. Raises ValueError unless 0 < q < 1.
        """
        return _first(self.times, self.low, q), _first(self.times, self.high, q)


@dataclass(frozen=True, eq=False, kw_only=True)
class Incidence:
    """Aalen-Johansen: the share that has left by each of the causes 1 .. K after `times` (m distinct exit times).

    `incidence`, `low` and `high` hold float64[m] by cause; at each time the shares and `survival` add up to 1. `low`
    and `high` are the 95 % log-log band at each time by itself, (0, 0) before the first exit of that cause. Where all
    have left by one cause (F = 1) the band has no formula and keeps its last lower end. `at_risk`, `n` and `followed`
    are as in Curve.
    """

    times: Floats
    survival: Floats
    incidence: dict[int, Floats]
    low: dict[int, Floats]
    high: dict[int, Floats]
    at_risk: NDArray[np.int64]
    n: int
    followed: float

    def at(self, t: float, k: int) -> tuple[float, float, float]:
        """(F, low, high) of cause k right after time t; all 0 before the first exit and for a cause that never came.

        Raises ValueError for a cause below 1.
        """
        if k < 1:
            raise ValueError(f"{k} is no cause of exit")
        if k not in self.incidence:
            return 0.0, 0.0, 0.0
        return _at(self.times, t, (self.incidence[k], self.low[k], self.high[k]), before=0.0)


def kaplan_meier(durations: ArrayLike, left: ArrayLike) -> Curve:
    """The curve of durations float64[n]; left bool[n] is False for those still there (right-censored).

    Sources: E. L. Kaplan and P. Meier, "Nonparametric estimation from incomplete observations", JASA 53 (1958);
    variance S² Σ dᵢ/(nᵢ(nᵢ - dᵢ)), M. Greenwood, "The natural duration of cancer" (1926); band J. D. Kalbfleisch and
    R. L. Prentice, "The Statistical Analysis of Failure Time Data" (1980).
    Raises ValueError for durations that are negative or not finite, and for lengths that differ.
    """
    stays, gone = _columns(durations, left, np.bool_)
    risk = _Risk.of(stays, gone)
    survival = risk.survival
    low, high = _log_log(survival, survival**2 * np.cumsum(risk.hazard_variance))
    if len(survival) and survival[-1] == 0:
        high[-1] = high[-2] if len(high) > 1 else 1.0
    return Curve(
        times=risk.times, survival=survival, low=low, high=high, at_risk=risk.at_risk,
        n=len(stays), followed=_longest(stays),
    )  # fmt: skip


def aalen_johansen(durations: ArrayLike, causes: ArrayLike) -> Incidence:
    """The shares of durations float64[n] that left by each of causes int[n]: 0 still there, 1 .. K the ways out.

    F_k(t) = Σ S(tᵢ⁻) d_kᵢ/nᵢ over tᵢ <= t, with S the Kaplan-Meier curve of leaving by any cause. Source: O. O. Aalen
    and S. Johansen, "An empirical transition matrix for non-homogeneous Markov chains based on censored
    observations", Scandinavian Journal of Statistics 5 (1978).
    Raises ValueError for durations that are negative or not finite, causes below 0, and lengths that differ.
    """
    stays, ways = _columns(durations, causes, np.int64)
    if len(ways) and ways.min() < 0:
        raise ValueError("a cause below 0")
    risk = _Risk.of(stays, ways > 0)
    shares, lows, highs = {}, {}, {}
    for k in range(1, int(ways.max(initial=0)) + 1):
        exits = _counts(np.sort(stays[ways == k]), risk.times)
        shares[k] = np.cumsum(exits * risk.weight) / risk.size
        all_of_them = len(exits) > 0 and risk.survival[-1] == 0 and shares[k][-1] > 1 - CLOSE
        if all_of_them:
            shares[k][-1] = 1.0  # the sum may have missed it by a rounding
        lows[k], highs[k] = _log_log(shares[k], _variance(risk, exits, shares[k]))
        if all_of_them:
            lows[k][-1] = lows[k][-2] if len(exits) > 1 else 0.0
    return Incidence(
        times=risk.times, survival=risk.survival, incidence=shares, low=lows, high=highs, at_risk=risk.at_risk,
        n=len(stays), followed=_longest(stays),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Risk:
    """At each distinct exit time: how many were there, how many left by any cause, and what one of them stands for.

    S(t) is a product of (nᵢ - dᵢ)/nᵢ. Where nobody is censored in between, nᵢ₊₁ = nᵢ - dᵢ and the factors cancel.
    `weight` is what does not cancel, Π (nⱼ - dⱼ)/nⱼ₊₁ over j < i: how many of the `size` at risk at the first exit
    each one still there stands for. So S = (nᵢ - dᵢ)·weightᵢ/size, which is exact as long as nobody is censored.
    """

    times: Floats
    at_risk: NDArray[np.int64]
    exits: NDArray[np.int64]
    weight: Floats
    size: int

    @classmethod
    def of(cls, durations: Floats, left: NDArray[np.bool_]) -> _Risk:
        gone = np.sort(durations[left])
        times = gone[np.flatnonzero(np.diff(gone, prepend=-1.0))]
        at_risk = len(durations) - np.searchsorted(np.sort(durations), times, side="left")
        exits = _counts(gone, times)
        weight = np.ones(len(times))
        weight[1:] = np.cumprod((at_risk - exits)[:-1] / at_risk[1:])
        return cls(times, at_risk, exits, weight, int(at_risk[0]) if len(times) else 1)

    @property
    def survival(self) -> Floats:
        """S right after each time."""
        return (self.at_risk - self.exits) * self.weight / self.size

    @property
    def survival_before(self) -> Floats:
        """S just before each time."""
        return self.at_risk * self.weight / self.size

    @property
    def hazard_variance(self) -> Floats:
        """dᵢ/(nᵢ(nᵢ - dᵢ)), Greenwood's terms; 0 where all left, which every use multiplies by 0."""
        left = self.at_risk - self.exits
        return np.where(left > 0, self.exits / (self.at_risk * np.maximum(left, 1.0)), 0.0)


def _variance(risk: _Risk, exits: NDArray[np.int64], share: Floats) -> Floats:
    """Variance of one cause's share F_k after each time, by the delta method.

    Σ (F(t) - F(tᵢ))² dᵢ/(nᵢ(nᵢ - dᵢ)) + Σ S(tᵢ⁻)² d_kᵢ(nᵢ - d_kᵢ)/nᵢ³ - 2 Σ (F(t) - F(tᵢ)) S(tᵢ⁻) d_kᵢ/nᵢ², over
    tᵢ <= t. The brackets are multiplied out, so that each sum is a running one. Source: E. Marubini and
    M. G. Valsecchi, "Analysing Survival Data from Clinical Trials and Observational Studies" (1995), chapter 10.
    """
    n, before, terms = risk.at_risk.astype(float), risk.survival_before, risk.hazard_variance
    cross = before * exits / n**2
    any_exit = share**2 * np.cumsum(terms) - 2 * share * np.cumsum(share * terms) + np.cumsum(share**2 * terms)
    own_exit = np.cumsum(before**2 * exits * (n - exits) / n**3)
    both = share * np.cumsum(cross) - np.cumsum(share * cross)
    return np.maximum(any_exit + own_exit - 2 * both, 0.0)


def _log_log(value: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """The 95 % band value^exp(±z·se/(value·|log value|)), always inside 0 .. 1; where the value is 0 or 1, only it."""
    inside = (value > 0) & (value < 1)
    share = np.where(inside, value, 0.5)
    width = np.exp(Z95 * np.sqrt(variance) / (share * -np.log(share)))
    return np.where(inside, share**width, value), np.where(inside, share ** (1 / width), value)


def _columns(durations: ArrayLike, exits: ArrayLike, kind: type[Any]) -> tuple[Floats, NDArray[Any]]:
    """Both as arrays of one dimension and the same length. Raises ValueError for what they cannot be."""
    stays, ways = np.asarray(durations, dtype=np.float64), np.asarray(exits, dtype=kind)
    if stays.ndim != 1 or stays.shape != ways.shape:
        raise ValueError(f"{stays.shape} durations and {ways.shape} exits")
    if not (np.isfinite(stays) & (stays >= 0)).all():
        raise ValueError("a duration that is negative or not finite")
    return stays, ways


def _counts(ordered: Floats, times: Floats) -> NDArray[np.int64]:
    """How many of the sorted exits fall on each of the times, which hold all of them."""
    return np.diff(np.searchsorted(ordered, times, side="right"), prepend=0)


def _longest(durations: Floats) -> float:
    return float(durations.max(initial=0.0))


def _at(times: Floats, t: float, columns: tuple[Floats, ...], before: float) -> tuple[float, float, float]:
    index = int(np.searchsorted(times, t, side="right")) - 1
    value, low, high = (float(column[index]) if index >= 0 else before for column in columns)
    return value, low, high


def _first(times: Floats, falling: Floats, q: float) -> float | None:
    """The first time at which a falling curve is at most 1 - q; None where it never is."""
    if not 0 < q < 1:
        raise ValueError(f"{q} is no share between 0 and 1")
    reached = falling <= (1 - q) * (1 + CLOSE)
    return float(times[np.argmax(reached)]) if reached.any() else None
