"""Curves of leaving, against lifelines, published answers and exact fractions."""

import csv
import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifelines import AalenJohansenFitter, KaplanMeierFitter
from lifelines.utils import median_survival_times

from funnel.survival import aalen_johansen, kaplan_meier
from tests.leads.importing import shared

# file, column of the duration, column that is 1 for an exit
SETS = [
    ("waltons", "T", "E"),
    ("leukemia", "t", "status"),
    ("lung", "time", "status"),
    ("rossi", "week", "arrest"),
    ("macs", "T", "D"),
]
# entry of reference.json, its file, the column and value that pick its rows
PUBLISHED = [
    ("waltons_km_control", "waltons", ("group", "control")),
    ("waltons_km_miR-137", "waltons", ("group", "miR-137")),
    ("leukemia_km_Rx0", "leukemia", ("Rx", "0")),
    ("leukemia_km_Rx1", "leukemia", ("Rx", "1")),
    ("lung_km", "lung", None),
    ("rossi_km", "rossi", None),
]
EXITS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), max_size=40)


def columns(name, only=None):
    """(durations, left) of one of the sets, or of those of its rows that have a value."""
    _, duration, left = next(row for row in SETS if row[0] == name)
    with shared(f"survival/{name}.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if only is None or row[only[0]] == only[1]]
    return np.array([float(row[duration]) for row in rows]), np.array([row[left] == "1" for row in rows])


def exact(pairs):
    """The same by definition, for (duration, cause): [(time, S, {cause: F})] for each exit time."""
    survival, shares, curve = Fraction(1), {1: Fraction(), 2: Fraction(), 3: Fraction()}, []
    for time in sorted({duration for duration, cause in pairs if cause}):
        at_risk = sum(duration >= time for duration, _ in pairs)
        left = [cause for duration, cause in pairs if cause and duration == time]
        shares = {cause: share + survival * left.count(cause) / at_risk for cause, share in shares.items()}
        survival *= 1 - Fraction(len(left), at_risk)
        curve.append((time, survival, shares))
    return curve


def unzipped(pairs):
    return [duration for duration, _ in pairs], [cause for _, cause in pairs]


@pytest.mark.parametrize(("entry", "name", "only"), PUBLISHED)
def test_kaplan_meier_equals_the_published_answers(entry, name, only):
    answer = json.loads(shared("survival/reference.json").read_text())[entry]
    durations, left = columns(name, only)
    curve = kaplan_meier(durations, left)
    assert (curve.n, left.sum()) == (answer["n"], answer["events"])
    assert curve.quantile(0.5) == answer.get("median")
    assert [curve.at(float(t))[0] for t in answer["S"]] == pytest.approx(list(answer["S"].values()), abs=1e-12)
    for t, band in answer.get("ci95_log_log_at", {}).items():
        assert curve.at(float(t))[1:] == pytest.approx(tuple(band), abs=1e-9)


@pytest.mark.parametrize("name", [name for name, _, _ in SETS])
def test_curve_band_and_median_equal_lifelines(name):
    durations, left = columns(name)
    curve, fitted = kaplan_meier(durations, left), KaplanMeierFitter().fit(durations, left)
    inside = curve.survival > 0
    times = curve.times[inside]
    assert curve.survival == pytest.approx(fitted.survival_function_at_times(curve.times).to_numpy(), abs=1e-12)
    band = fitted.confidence_interval_.loc[times].to_numpy()
    assert np.column_stack([curve.low, curve.high])[inside] == pytest.approx(band, abs=1e-9)
    assert (curve.quantile(0.5) or np.inf) == fitted.median_survival_time_
    ends = median_survival_times(fitted.confidence_interval_).to_numpy()[0]
    assert [end or np.inf for end in curve.quantile_interval(0.5)] == list(ends)


@given(EXITS)
def test_curves_equal_exact_fractions_where_many_leave_at_once(pairs):
    durations, causes = unzipped(pairs)
    found = aalen_johansen(durations, causes)
    answers = exact(pairs)
    assert list(found.times) == [time for time, _, _ in answers]
    for time, survival, shares in answers:
        assert kaplan_meier(durations, np.array(causes, dtype=int) > 0).at(time)[0] == pytest.approx(float(survival))
        assert [found.at(time, k)[0] for k in shares] == pytest.approx([float(share) for share in shares.values()])


@given(EXITS)
def test_a_quantile_is_reached_exactly_when_the_fraction_is(pairs):
    durations, causes = unzipped(pairs)
    curve = kaplan_meier(durations, np.array(causes, dtype=int) > 0)
    for tenths in (1, 5, 9):
        reached = [time for time, survival, _ in exact(pairs) if survival <= 1 - Fraction(tenths, 10)]
        assert curve.quantile(tenths / 10) == (reached[0] if reached else None)


@given(EXITS)
def test_shares_and_survival_add_up_to_one_inside_their_bands(pairs):
    found = aalen_johansen(*unzipped(pairs))
    total = sum(found.incidence.values(), found.survival)
    assert total == pytest.approx(np.ones(len(found.times)), abs=1e-12)
    for k, share in found.incidence.items():
        assert (found.low[k] <= share).all()
        assert (share <= found.high[k]).all()


@given(EXITS)
def test_one_cause_alone_is_what_kaplan_meier_leaves(pairs):
    durations, causes = unzipped(pairs)
    left = np.array(causes, dtype=int) > 0
    curve, found = kaplan_meier(durations, left), aalen_johansen(durations, left.astype(int))
    assert all(found.at(t, 1)[0] == pytest.approx(1 - curve.at(t)[0], abs=1e-12) for t in range(11))


@pytest.mark.parametrize("cause", [1, 2])
def test_shares_and_their_band_equal_lifelines_where_nobody_leaves_at_once(cause):
    random = np.random.default_rng(7)
    durations, causes = random.permutation(300) + 1.0, random.integers(0, 3, 300)
    durations[durations > 250], causes[durations > 250] = 250.5, 0
    found = aalen_johansen(durations, causes)
    fitted = AalenJohansenFitter(jitter_level=0).fit(durations, causes, event_of_interest=cause)
    inside = found.incidence[cause] > 0
    times = found.times[inside]
    ours = np.column_stack([found.incidence[cause], found.low[cause], found.high[cause]])[inside]
    theirs = np.column_stack([fitted.cumulative_density_.loc[times], fitted.confidence_interval_.loc[times]])
    assert ours == pytest.approx(np.sort(theirs, axis=1)[:, [1, 0, 2]], abs=1e-9)


def test_half_is_half_whatever_the_factors():
    curve = kaplan_meier([1, 2, 3, 4, 5, 6], [True] * 6)
    assert list(curve.survival) == [5 / 6, 4 / 6, 3 / 6, 2 / 6, 1 / 6, 0]
    assert curve.quantile(0.5) == 3


def test_what_is_not_reached_yet_is_no_number():
    curve = kaplan_meier([1, 2, 3, 4], [True, False, False, False])
    assert curve.quantile(0.5) is None
    assert curve.quantile_interval(0.5) == (1, None)
    assert curve.followed == 4


def test_nobody_gives_an_empty_curve():
    curve, found = kaplan_meier([], []), aalen_johansen([], [])
    assert (curve.at(5), curve.quantile(0.5), curve.n) == ((1, 1, 1), None, 0)
    assert (found.at(5, 1), len(found.times), found.n) == ((0, 0, 0), 0, 0)


def test_the_band_stays_open_where_nobody_is_left():
    curve, found = kaplan_meier([1, 2, 3], [True] * 3), aalen_johansen([1, 2, 3], [1, 1, 1])
    assert curve.at(3) == (0, 0, curve.high[1])
    assert found.at(3, 1) == (1, found.low[1][1], 1)
    assert kaplan_meier([1], [True]).at(1) == (0, 0, 1)
    assert aalen_johansen([1], [1]).at(1, 1) == (1, 0, 1)


@pytest.mark.parametrize(
    ("durations", "causes"),
    [([-1], [1]), ([np.nan], [1]), ([np.inf], [0]), ([1, 2], [1]), ([[1]], [[1]]), ([1], [-1])],
)
def test_nonsense_is_refused(durations, causes):
    with pytest.raises(ValueError):
        aalen_johansen(durations, causes)


def test_questions_without_an_answer_are_refused():
    with pytest.raises(ValueError):
        kaplan_meier([1], [True]).quantile(1)
    with pytest.raises(ValueError):
        aalen_johansen([1], [1]).at(1, 0)
