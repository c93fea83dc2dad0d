"""What an Aalen-Johansen estimate says of one way out: how long it takes, and what age leaves of the chance.

Pure: no database, no clock. Times are in whatever unit the estimate was made in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from funnel.intervals import Z95
from funnel.survival import CLOSE

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from funnel.survival import Incidence

    Floats = NDArray[np.float64]


def ever(found: Incidence, cause: int) -> bool:
    """Whether anybody has left by `cause`."""
    return cause in found.incidence and bool(found.incidence[cause][-1] > 0)


def median_of(found: Incidence, cause: int) -> float | None:
    """The median time to leave by `cause` among those that leave by it: min{t : F(t) >= F(end)/2}; None for nobody.

    F(end) is the share as far as anybody was followed, so who is still there counts by what became of the others.
    """
    if not ever(found, cause):
        return None
    share = found.incidence[cause]
    return float(found.times[np.argmax(share >= share[-1] / 2 * (1 - CLOSE))])


def median_interval(found: Incidence, cause: int) -> tuple[float | None, float | None]:
    """The 95 % interval of median_of: the times t at which F(t) - F(end)/2 is within the noise of 0.

    An end is None where it is not reached yet. Source: R. Brookmeyer and J. Crowley, "A confidence interval for the
    median survival time", Biometrics 38 (1982): the test is inverted, here with the variance of `_spread`.
    """
    if not ever(found, cause):
        return None, None
    share = found.incidence[cause]
    beyond, noise = share - share[-1] / 2, Z95 * _spread(found, cause)
    return _first(found.times, beyond + noise >= 0), _first(found.times, beyond - noise >= 0)


def _first(times: Floats, reached: NDArray[np.bool_]) -> float | None:
    return float(times[np.argmax(reached)]) if reached.any() else None


def _spread(found: Incidence, cause: int) -> Floats:
    """Standard error of F(t) - F(end)/2 at each exit time t, by the delta method.

    With D = Σ wᵢ S(tᵢ⁻) aᵢ, where aᵢ = d_kᵢ/nᵢ and w is 1/2 up to t and -1/2 after it, and Rᵢ the sum of D's terms
    after i, the variance is Σ wᵢ² S(tᵢ⁻)² aᵢ(1 - aᵢ)/nᵢ + Σ Rᵢ² hᵢ/((1 - hᵢ)nᵢ) - 2 Σ wᵢ S(tᵢ⁻) Rᵢ aᵢ/nᵢ, the
    multinomial variance of (aᵢ, hᵢ) at each time as in `survival._variance`. The brackets are multiplied out, so that
    each sum is a running one.
    """
    share, n = found.incidence[cause], found.at_risk.astype(float)
    before = np.concatenate(([1.0], found.survival[:-1]))
    own = np.diff(share, prepend=0.0) / before
    staying = found.survival / before
    greenwood = np.where(staying > CLOSE, (1 - staying) / (np.maximum(staying, CLOSE) * n), 0.0)
    cross, later = before * own / n, share[-1] - share
    middle = share - share[-1] / 2
    until = (
        middle**2 * np.cumsum(greenwood) - middle * np.cumsum(share * greenwood) + np.cumsum(share**2 * greenwood) / 4
    ) - (middle * np.cumsum(cross) - np.cumsum(share * cross) / 2)
    after = later**2 * greenwood / 4 - later * cross / 2
    variance = np.sum(before**2 * own * (1 - own) / n) / 4 + until + (after.sum() - np.cumsum(after))
    root: Floats = np.sqrt(np.maximum(variance, 0.0))
    return root


def chance_at(found: Incidence, cause: int, ages: ArrayLike) -> Floats:
    """The probability still to leave by `cause` of those that are there at each age: (F(end) - F(age))/S(age).

    F(end) is the share as far as anybody was followed: what happens beyond is not known and counts as nothing, so an
    age older than every such exit has no chance left. 0 also where nobody is left.
    """
    asked = np.asarray(ages, dtype=np.float64)
    if not ever(found, cause):
        return np.zeros(asked.shape)
    place = np.searchsorted(found.times, asked, side="right")
    share = np.concatenate(([0.0], found.incidence[cause]))
    staying = np.concatenate(([1.0], found.survival))[place]
    left = np.maximum(share[-1] - share[place], 0.0)
    chance: Floats = np.where(staying > CLOSE, np.minimum(left / np.maximum(staying, CLOSE), 1.0), 0.0)
    return chance
