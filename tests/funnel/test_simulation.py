"""Leads whose true rate is known: which questions find it, and how often the intervals hold it.

MQLs arrive evenly over 180 days, stay 45 days on average (exponentially) and 40 % of them are accepted in the end,
whenever that is. All are seen on day 180. The true share accepted within 90 days is 0.4·(1 - e^(-90/45)) = 34.6 %.
"""

from math import exp

import numpy as np
import pytest

from funnel.intervals import wilson
from funnel.survival import aalen_johansen, kaplan_meier

SEEN_ON, MEAN_STAY, IN_THE_END, WINDOW = 180.0, 45.0, 0.4, 90.0
TRUTH = IN_THE_END * (1 - exp(-WINDOW / MEAN_STAY))
HERE, ACCEPTED, DISQUALIFIED = 0, 1, 2
RUNS, A_RUN = 5000, 600


def mqls(random, n):
    """(age on the day they are seen, duration so far, what became of them), each of n."""
    age, stay = random.uniform(0, SEEN_ON, n), random.exponential(MEAN_STAY, n)
    cause = np.where(random.random(n) < IN_THE_END, ACCEPTED, DISQUALIFIED)
    return age, np.minimum(stay, age), np.where(stay <= age, cause, HERE)


@pytest.fixture(scope="module")
def many():
    return mqls(np.random.default_rng(20_260_304), 20_000)


def test_aalen_johansen_finds_the_truth(many):
    _, durations, causes = many
    assert pytest.approx(0.346, abs=5e-4) == TRUTH
    assert aalen_johansen(durations, causes).at(WINDOW, ACCEPTED)[0] == pytest.approx(TRUTH, abs=0.01)


def test_accepted_so_far_of_all_is_too_low(many):
    age, _, causes = many
    assert (causes == ACCEPTED).mean() == pytest.approx(0.305, abs=0.01)
    assert (causes == ACCEPTED)[age <= 30].mean() == pytest.approx(0.106, abs=0.02)


def test_kaplan_meier_with_the_disqualified_as_censored_is_too_high(many):
    _, durations, causes = many
    assert 1 - kaplan_meier(durations, causes == ACCEPTED).at(WINDOW)[0] == pytest.approx(0.556, abs=0.02)


def test_the_mature_cohort_finds_the_truth_too(many):
    age, durations, causes = many
    accepted = (causes == ACCEPTED) & (durations <= WINDOW)
    assert accepted[age >= WINDOW].mean() == pytest.approx(TRUTH, abs=0.02)


def test_both_95_percent_intervals_hold_the_truth_that_often():
    random = np.random.default_rng(95)
    held = np.zeros((RUNS, 2), dtype=bool)
    for run in range(RUNS):
        age, durations, causes = mqls(random, A_RUN)
        _, low, high = aalen_johansen(durations, causes).at(WINDOW, ACCEPTED)
        mature = age >= WINDOW
        hits = (causes == ACCEPTED) & (durations <= WINDOW) & mature
        least, most = wilson(int(hits.sum()), int(mature.sum()))
        held[run] = low <= TRUTH <= high, least <= TRUTH <= most
    assert ((held.mean(axis=0) >= 0.93) & (held.mean(axis=0) <= 0.97)).all(), held.mean(axis=0)
