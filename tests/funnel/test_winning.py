"""How long winners take and what age leaves of the chance, against worked examples, a bootstrap and known truths."""

import numpy as np
import pytest
from scipy import stats

from funnel.intervals import mean_interval, mean_interval_of, product_interval
from funnel.survival import aalen_johansen
from funnel.winning import chance_at, median_interval, median_of

OPEN, WON, LOST = 0, 1, 2


def test_the_median_of_winners_is_where_half_of_those_who_ever_win_have_won():
    # F_win: 1/4 at 10, 1/2 at 20 (of 4, one lost at 15, one at 30): half of 1/2 is reached at 10.
    found = aalen_johansen([10, 15, 20, 30], [WON, LOST, WON, LOST])
    assert median_of(found, WON) == 10
    assert median_of(found, 3) is None
    assert median_interval(found, 3) == (None, None)


def test_what_is_left_of_the_chance_by_age():
    # Of 4: won at 10, lost at 15, won at 20, open at 30. F_win(end) = 1/2; S = 3/4, 1/2, 1/4.
    found = aalen_johansen([10, 15, 20, 30], [WON, LOST, WON, OPEN])
    assert chance_at(found, WON, [0, 9, 10, 15, 20, 99]) == pytest.approx([1 / 2, 1 / 2, 1 / 3, 1 / 2, 0, 0])
    assert chance_at(found, 3, [0, 1]).tolist() == [0, 0]


def sales(random, n):
    """Deals over 180 days; 40 % win, after an exponential time of 30 days' mean, the others are lost after 60."""
    age, wins = random.uniform(0, 180, n), random.random(n) < 0.4
    stay = np.where(wins, random.exponential(30, n), random.exponential(60, n))
    return np.minimum(stay, age), np.where(stay > age, OPEN, np.where(wins, WON, LOST))


def test_the_median_and_the_chance_find_the_truth():
    found = aalen_johansen(*sales(np.random.default_rng(1), 200_000))
    assert median_of(found, WON) == pytest.approx(30 * np.log(2), rel=0.03)
    ages = np.array([10.0, 40.0])
    wins, loses = 0.4 * np.exp(-ages / 30), 0.6 * np.exp(-ages / 60)
    assert chance_at(found, WON, ages) == pytest.approx(wins / (wins + loses), abs=0.01)


def test_the_interval_of_the_median_holds_the_truth_that_often():
    random, held = np.random.default_rng(2), 0
    for _ in range(1000):
        low, high = median_interval(aalen_johansen(*sales(random, 300)), WON)
        held += low <= 30 * np.log(2) <= high
    assert 0.93 <= held / 1000 <= 0.97


def test_the_interval_of_the_median_equals_the_bootstraps():
    random = np.random.default_rng(3)
    durations, causes = sales(random, 2000)
    low, high = median_interval(aalen_johansen(durations, causes), WON)
    again = []
    for _ in range(400):
        who = random.integers(0, 2000, 2000)
        again.append(median_of(aalen_johansen(durations[who], causes[who]), WON))
    assert (low, high) == pytest.approx(np.quantile(again, [0.025, 0.975]), rel=0.06)


def test_a_mean_from_its_sums_has_the_same_interval():
    values = [3.0, 4.5, 9.0, 1.0]
    assert mean_interval_of(4, float(np.mean(values)), float(np.std(values, ddof=1))) == pytest.approx(
        mean_interval(values)
    )
    assert mean_interval_of(4, np.mean(values), np.std(values, ddof=1)) == pytest.approx(
        stats.t.interval(0.95, 3, np.mean(values), stats.sem(values))
    )
    assert mean_interval_of(1, 3.0, 0.0) is None


def test_a_product_of_one_keeps_its_interval_and_a_limit_at_zero_goes_to_zero():
    assert product_interval([(0.5, (0.4, 0.7))], []) == pytest.approx((0.4, 0.7))
    assert product_interval([], [(2.0, (1.0, 4.0))]) == pytest.approx((0.25, 1.0))
    assert product_interval([(0.5, (0.0, 0.7)), (2.0, (1.0, 3.0))], [])[0] == 0
    low, high = product_interval([(0.5, (0.4, 0.7)), (10.0, (9.0, 12.0))], [(2.0, (1.5, 3.0))])
    assert low < 2.5 < high
