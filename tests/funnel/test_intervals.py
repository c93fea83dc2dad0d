"""Intervals, tests and corrections, against statsmodels and scipy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint, proportions_ztest

from funnel.intervals import (
    adjusted_p,
    benjamini_hochberg,
    mean_interval,
    newcombe,
    t_quantile,
    two_sided_p,
    wilson,
    wilson_many,
)


@st.composite
def counts(draw):
    n = draw(st.integers(1, 3000))
    return draw(st.integers(0, n)), n


@given(counts())
def test_wilson_equals_statsmodels(pair):
    assert wilson(*pair) == pytest.approx(proportion_confint(*pair, method="wilson"), abs=1e-12)


def test_many_at_once_are_the_same_as_one_by_one():
    hits, n = np.array([[0, 3, 7], [0, 20, 81]]), np.array([[0, 10, 7], [20, 20, 263]])
    low, high = wilson_many(hits, n)
    each = [wilson(int(h), int(m)) for h, m in zip(hits.flat, n.flat, strict=True)]
    assert list(zip(low.flat, high.flat, strict=True)) == each
    assert each[0] == (0, 1)


def test_more_hits_than_trials_are_refused_among_many():
    with pytest.raises(ValueError, match="hits"):
        wilson_many([1, 3], [2, 2])


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [  # R. G. Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 10
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((10, 10, 0, 10), 0.6075, 1.0000),
    ],
)
def test_newcombe_equals_published_values(counts, low, high):
    assert newcombe(*counts) == pytest.approx((low, high), abs=6e-5)


@given(counts(), counts())
def test_newcombe_equals_statsmodels(one, other):
    theirs = confint_proportions_2indep(*one, *other, method="newcomb")
    assert newcombe(*one, *other) == pytest.approx(theirs, abs=1e-9)


def test_a_share_of_nothing_may_differ_by_anything():
    assert newcombe(0, 0, 3, 10) == (-1, 1)
    assert two_sided_p(0, 0, 3, 10) == 1


@given(counts(), counts())
def test_the_pooled_test_equals_statsmodels(one, other):
    (hits1, n1), (hits0, n0) = one, other
    nothing_differs = hits1 + hits0 in (0, n1 + n0)
    theirs = 1 if nothing_differs else proportions_ztest([hits1, hits0], [n1, n0])[1]
    assert two_sided_p(*one, *other) == pytest.approx(theirs, abs=1e-12)


@given(st.lists(st.integers(0, 10_000).map(lambda p: p / 10_000), min_size=1, max_size=30))
def test_the_correction_for_many_equals_statsmodels(p_values):
    _, corrected, _, _ = multipletests(p_values, method="fdr_bh")
    assert adjusted_p(p_values) == pytest.approx(corrected, abs=1e-12)


def test_of_many_only_the_clear_ones_are_believed():
    """The fifteen p-values of Benjamini and Hochberg's own example: four are kept."""
    p_values = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590,
        1,
    ]  # fmt: skip
    assert benjamini_hochberg(p_values[::-1]) == [False] * 11 + [True] * 4
    assert benjamini_hochberg([]) == []


def test_a_p_value_that_is_none_is_refused():
    with pytest.raises(ValueError):
        adjusted_p([0.1, float("nan")])


@pytest.mark.parametrize("df", [*range(1, 40), 99, 100, 399, 400, 401, 402, 1000, 5_000_000])
def test_students_t_equals_scipy(df):
    for p in (0.001, 0.1, 0.5, 0.8, 0.975, 0.9999):
        assert t_quantile(p, df) == pytest.approx(stats.t.ppf(p, df), rel=1e-10, abs=1e-12)


@given(st.lists(st.integers(-(10**6), 10**6), min_size=2, max_size=60, unique=True))
def test_the_interval_of_a_mean_equals_scipy(values):
    theirs = stats.t.interval(0.95, len(values) - 1, loc=np.mean(values), scale=stats.sem(values))
    assert mean_interval(values) == pytest.approx(theirs, rel=1e-9, abs=1e-6)


def test_one_value_has_no_interval():
    assert mean_interval([3.0]) is None
    assert mean_interval([3.0, 3.0]) == (3, 3)


@pytest.mark.parametrize(("p", "df"), [(0, 5), (1, 5), (0.5, 0)])
def test_a_quantile_that_does_not_exist_is_refused(p, df):
    with pytest.raises(ValueError):
        t_quantile(p, df)
