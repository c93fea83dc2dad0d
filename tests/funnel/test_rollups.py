"""What rollups are made of, with anything hypothesis thinks of: histograms, cells, days and bytes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from funnel import rollups
from funnel.buckets import EDGES, OFFERED, QUANTILE_ERROR, quantiles
from funnel.cells import ENTERED, PASSED, STANDARD, merged
from funnel.columns import (
    DAY,
    NEVER,
    STAGES,
    instant,
    key,
    moment,
    take,
)  # fmt: skip
from funnel.cuts import cut
from funnel.packed import packed, unpacked
from funnel.periods import day_of, day_start, days, month_of
from funnel.recount import passes_of
from tests.funnel.drawn import derived, lives

ZONES = st.sampled_from(
    ["UTC", "Asia/Bangkok", "America/New_York", "Europe/London", "America/Santiago", "Asia/Kolkata"]
)
INSTANTS = st.integers(instant(datetime(1999, 1, 1, tzinfo=UTC)), instant(datetime(2034, 1, 1, tzinfo=UTC)))
AROUND_MIDNIGHT = st.builds(
    lambda day, zone, off: instant(day_start(day, zone)) + off,
    st.dates(date(2005, 1, 1), date(2030, 1, 1)), ZONES, st.integers(-2, 2),
)  # fmt: skip

quickly = settings(deadline=None, max_examples=60)


def histogram(durations):
    bucket = np.searchsorted(EDGES, np.array(durations, np.int64), side="left")
    return np.bincount(bucket, minlength=len(EDGES) + 1)


NEAR_A_WINDOW = st.builds(lambda days, off: max(days * DAY + off, 0), st.sampled_from(OFFERED), st.integers(-2, 2))


@quickly
@given(st.lists(NEAR_A_WINDOW | st.integers(0, 5_000 * DAY), max_size=50), st.sampled_from(OFFERED))
def test_within_a_window_that_is_offered_is_counted_exactly(durations, window):
    within = STANDARD.within(timedelta(days=window))
    assert histogram(durations)[:within].sum() == sum(one <= window * DAY for one in durations)


def test_a_window_that_is_no_edge_is_refused():
    with pytest.raises(ValueError):
        STANDARD.within(timedelta(days=20))


SEEDS, SHARES = st.integers(0, 2**32), st.floats(0.01, 1)
DRAWN = {
    "log-normal": lambda rng, n, scale: rng.lognormal(np.log(scale), 1.5, n),
    "uniform": lambda rng, n, scale: rng.uniform(0, 2 * scale, n),
    "heavy-tailed": lambda rng, n, scale: scale * rng.pareto(0.9, n),
    "all the same": lambda rng, n, scale: np.full(n, scale),
}


@quickly
@given(
    st.sampled_from(sorted(DRAWN)), st.integers(1, 400), st.floats(0.02, 400), st.integers(0, 2**32), st.floats(0.01, 1)
)
def test_a_quantile_is_as_near_as_it_says(kind, n, scale, seed, share):
    drawn = DRAWN[kind](np.random.default_rng(seed), n, scale)
    took = np.sort(np.minimum(drawn, 3_600) * DAY).astype(np.int64)
    true = took[int(np.ceil(share * n - 1e-9)) - 1] / DAY
    off = abs(float(quantiles(histogram(took), share)) - true)
    assert off <= (QUANTILE_ERROR * true + 1e-9 if true > 1 / 24 else 1 / 24)


COUNTS = st.dictionaries(st.integers(0, 40), st.integers(-3, 3).filter(bool), max_size=30)


@quickly
@given(COUNTS, COUNTS)
def test_a_few_counts_are_added_to_many(kept, more):
    one, other = (
        (np.array(sorted(some), np.int64), np.array([some[key] for key in sorted(some)], np.int64))
        for some in (kept, more)
    )
    keys, sums = merged(*one, *other)
    both = {key: kept.get(key, 0) + more.get(key, 0) for key in kept.keys() | more.keys()}
    assert dict(zip(keys.tolist(), sums.tolist(), strict=True)) == {key: n for key, n in both.items() if n}
    assert keys.tolist() == sorted(keys.tolist())


@quickly
@given(lives(), ZONES)
def test_what_is_counted_and_taken_away_leaves_nothing(lines, zone):
    found = derived(lines)
    tally = rollups.Tally(zone)
    tally.count(found, +1)
    assert len(tally.changes()) > 0
    tally.count(take(found, np.argsort(-key(found))), -1)
    assert len(tally.changes()) == 0


@quickly
@given(lives(), lives(), ZONES)
def test_the_difference_of_two_lives_is_the_one_taken_from_the_other(first, second, zone):
    old, new = derived(first), derived(second)
    sums = {}
    for part, sign in ((rollups.difference(old, new, zone), +1), (counted(old, zone), +1), (counted(new, zone), -1)):
        for cell, n in cells_of(part.changes()).items():
            sums[cell] = sums.get(cell, 0) + sign * n
    assert not any(sums.values())


def counted(journeys, zone):
    tally = rollups.Tally(zone)
    tally.count(journeys, +1)
    return tally


def cells_of(changes):
    """(kind, anchor, value, month, span, cell) → n."""
    names = ("kind", "anchor", "value", "month", "span")
    heads = zip(*(getattr(changes, name)[changes.index].tolist() for name in names), changes.cell.tolist(), strict=True)
    return dict(zip(heads, changes.n.tolist(), strict=True))


@quickly
@given(lives(), ZONES)
def test_each_stage_entered_at_a_known_time_is_on_its_day_once(lines, zone):
    wanted = {}
    for one in passes_of(lines):
        for rank, stage in enumerate(STAGES, start=1):
            if stage in one.at and stage not in one.flags["assumed"]:
                day = one.at[stage].astimezone(ZoneInfo(zone)).date()
                for cell in (ENTERED, PASSED) if stage in one.flags["implied"] else (ENTERED,):
                    wanted[rank, day, cell] = wanted.get((rank, day, cell), 0) + 1
    ours = {
        (anchor, day_of(span), cell): n
        for (kind, anchor, _, is_month, span, cell), n in cells_of(counted(derived(lines), zone).changes()).items()
        if kind == 0 and not is_month and anchor <= 8 and cell in (ENTERED, PASSED) and span != rollups.UNDATED
    }
    assert ours == wanted


@quickly
@given(st.lists(st.lists(st.tuples(st.integers(0, 65_535), st.integers(-(2**31), 2**31 - 1)), max_size=5), max_size=8))
def test_packed_cells_are_unpacked_as_they_were(of_rows):
    flat = np.array([cell for row in of_rows for cell in row], np.int64).reshape(-1, 2)
    packed = rollups.pack(flat[:, 0], flat[:, 1], np.cumsum([len(row) for row in of_rows], dtype=np.int64))
    assert len(packed) == len(of_rows)
    row, cell, n = rollups.unpack(packed)
    assert row.tolist() == [number for number, cells in enumerate(of_rows) for _ in cells]
    assert list(zip(cell.tolist(), n.tolist(), strict=True)) == [cell for row in of_rows for cell in row]


def test_every_cell_has_room_in_its_number():
    assert STANDARD.size <= np.iinfo(rollups.CELL["cell"]).max + 1


@quickly
@given(INSTANTS | AROUND_MIDNIGHT, INSTANTS | AROUND_MIDNIGHT, ZONES, st.booleans())
def test_a_cut_covers_the_period_and_nothing_twice(one, other, zone, by_month):
    first, last = (int(days(np.array([at]), zone)[0]) for at in (min(one, other), max(one, other)))
    begin, over = start(first, zone), start(last + 1, zone)
    whole_days, months = cut(begin, over, zone, by_month=by_month)
    parts = sorted((start(one, zone), start(other, zone)) for one, other in (*whole_days, months) if one < other)
    assert (parts[0][0], parts[-1][1]) == (begin, over)
    assert [last for _, last in parts[:-1]] == [first for first, _ in parts[1:]]
    assert by_month or months == (0, 0)
    assert all(month == int(month_of(np.array([month]))[0]) for month in months if months != (0, 0))


@quickly
@given(INSTANTS, ZONES)
def test_a_period_that_ends_within_a_day_cannot_be_cut(over, zone):
    day = int(days(np.array([over]), zone)[0])
    whole = start(day, zone) == over
    assert (cut(start(day - 40, zone), over, zone, by_month=True) is not None) == whole


def start(day, zone):
    return instant(day_start(day_of(day), zone))


@quickly
@given(AROUND_MIDNIGHT | INSTANTS, ZONES)
def test_the_day_of_an_instant_is_the_one_on_the_calendar_there(at, zone):
    assert day_of(days(np.array([at]), zone)[0]) == moment(at).astimezone(ZoneInfo(zone)).date()


@given(hnp.arrays(np.int64, st.integers(0, 40), elements=st.integers(-(10**15), 10**15) | st.just(NEVER)))
def test_times_are_packed_and_unpacked_as_they_were(times):
    assert unpacked(packed(times, is_time=True), "i8").tolist() == times.tolist()


@given(hnp.arrays(np.int32, st.integers(0, 40), elements=st.integers(-(2**31), 2**31 - 1)))
def test_numbers_are_packed_and_unpacked_as_they_were(numbers):
    found = unpacked(packed(numbers), "i4")
    assert (found.tolist(), found.dtype) == (numbers.tolist(), numbers.dtype)
