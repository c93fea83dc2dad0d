"""Counts kept per entry day and month: how many entered a stage, and a histogram of how long each later one took.

A cycle adds one to a few cells of the row of its entry day, for itself as a whole and for each value of the main
dimensions; what it added can be taken away again, so moves, undo, backdating and merges are all a difference of two
contributions. Rows are written by the transaction that writes the journeys, under one lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from django.db import connection

from funnel.buckets import BUCKETS, bucket
from funnel.columns import FORWARD, NEVER, Column, Columns, rows
from funnel.periods import days, month_of
from funnel.reading import binary

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

KINDS = ("", "source", "channel", "owner", "team")  # "" is everybody
ENTERED, PASSED, FIRST_TARGET = 0, 1, 2
IMPLIED_BIT, ASSUMED_BIT = 1, 2
PER_TARGET = 4 * BUCKETS + 1  # a histogram per flavour, then those nobody knows the time of
CELLS = FIRST_TARGET + 6 * PER_TARGET
CELL = np.dtype([("cell", "<u2"), ("n", "<i4")])


def target_cells(rank: int) -> int:
    """The first cell of the target stage of this rank, 2 to 7."""
    return FIRST_TARGET + (rank - 2) * PER_TARGET


def known_times(journeys: Columns) -> list[Column]:
    """Per forward stage, when it or one beyond it was reached at a time that is known; NEVER where it was not."""
    times: list[Column] = []
    for k in range(len(FORWARD), 0, -1):
        own = np.where(journeys["assumed"] & (1 << (k - 1)), NEVER, journeys[FORWARD[k - 1]])
        times.append(np.minimum(own, times[-1]) if times else own)
    return times[::-1]


def contributions(journeys: Columns, anchor: int, known: Sequence[Column]) -> tuple[Column, Column]:
    """(row, cell) of each one that the journeys add to the rows of `anchor`, the rank of the stage entered."""
    bit = 1 << (anchor - 1)
    entered = np.flatnonzero((journeys[FORWARD[anchor - 1]] != NEVER) & ~(journeys["assumed"] & bit).astype(bool))
    at = journeys[FORWARD[anchor - 1]][entered]
    who, cells = [entered], [np.zeros(len(entered), np.int64)]
    passed = entered[(journeys["implied"][entered] & bit) != 0]
    who.append(passed)
    cells.append(np.full(len(passed), PASSED))
    for rank in range(anchor + 1, len(FORWARD) + 1):
        own, reached_at = 1 << (rank - 1), known[rank - 1][entered]
        reached = reached_at != NEVER
        assumed = (journeys["assumed"][entered] & own) != 0
        flavour = IMPLIED_BIT * ((journeys["implied"][entered] & own) != 0) + ASSUMED_BIT * assumed
        place = flavour[reached] * BUCKETS + bucket(reached_at[reached] - at[reached])
        lost_sight = entered[assumed & ~reached]
        who += [entered[reached], lost_sight]
        cells += [target_cells(rank) + place, np.full(len(lost_sight), target_cells(rank) + PER_TARGET - 1)]
    return np.concatenate(who), np.concatenate(cells)


@dataclass(frozen=True)
class Rows:
    """Rollup rows, aligned: which row each cell belongs to and what is in it. `index` ascends."""

    kind: Column
    anchor: Column
    value: Column
    month: Column
    span: Column
    index: Column
    cell: Column
    n: Column

    def __len__(self) -> int:
        return len(self.kind)


class Tally:
    """Counts cells of many journeys, some added and some taken away, and says what changed per row."""

    def __init__(self, zone: str) -> None:
        self.zone = zone
        self.parts: dict[tuple[int, int], list[tuple[Column, Column, Column, Column]]] = {}

    def count(self, journeys: Columns, sign: int) -> None:
        """Add (+1) or take away (-1) what the journeys contribute."""
        if not rows(journeys):
            return
        known = known_times(journeys)
        for anchor in range(1, len(FORWARD)):
            who, cell = contributions(journeys, anchor, known)
            entered = np.flatnonzero(journeys[FORWARD[anchor - 1]] != NEVER)
            day = np.zeros(rows(journeys), np.int64)
            day[entered] = days(journeys[FORWARD[anchor - 1]][entered], self.zone)
            for kind, name in enumerate(KINDS):
                value = self._values(journeys, name, anchor)
                self._add(kind, anchor, (value[who], day[who], cell, np.full(len(who), sign)))

    @staticmethod
    def _values(journeys: Columns, name: str, anchor: int) -> Column:
        if name in ("owner", "team"):
            people: Column = journeys[f"{name}s"][:, anchor - 1]
            return people
        return journeys[name].astype(np.int64) if name else np.zeros(rows(journeys), np.int64)

    def _add(self, kind: int, anchor: int, found: tuple[Column, Column, Column, Column]) -> None:
        parts = self.parts.setdefault((kind, anchor), [])
        parts.append(_summed(*found))
        if len(parts) > 8:
            self.parts[kind, anchor] = [_summed(*(np.concatenate(column) for column in zip(*parts, strict=True)))]

    def changes(self) -> Iterator[Rows]:
        """The rows that change and by how much, days and months, a part per kind and anchor."""
        for (kind, anchor), parts in self.parts.items():
            value, day, cell, n = _summed(*(np.concatenate(column) for column in zip(*parts, strict=True)))
            for is_month in (False, True):
                span = month_of(day) if is_month else day
                if len(value):
                    yield _rows(kind, anchor, is_month, _summed(value, span, cell, n))


def _summed(value: Column, span: Column, cell: Column, n: Column) -> tuple[Column, Column, Column, Column]:
    """The sum of `n` of each (value, span, cell), sorted by them, zeros left out."""
    if not len(value):
        return value, span, cell, n
    values, place = np.unique(value, return_inverse=True)
    least, width = span.min(), int(span.max() - span.min()) + 1
    keys = (place * width + (span - least)) * CELLS + cell
    keys, place = np.unique(keys, return_inverse=True)
    sums = np.bincount(place, weights=n).astype(np.int64)
    keys, sums = keys[sums != 0], sums[sums != 0]
    spans = keys // CELLS
    return values[spans // width], least + spans % width, keys % CELLS, sums


def _rows(kind: int, anchor: int, is_month: bool, summed: tuple[Column, Column, Column, Column]) -> Rows:
    value, span, cell, n = summed
    opens = np.ones(len(value), bool)
    opens[1:] = (np.diff(value) != 0) | (np.diff(span) != 0)
    first, index = np.flatnonzero(opens), np.cumsum(opens) - 1
    many = len(first)
    return Rows(
        np.full(many, kind), np.full(many, anchor), value[first], np.full(many, is_month), span[first], index, cell, n
    )


def pack(cell: Column, n: Column, ends: Column) -> list[bytes]:
    """Cells of row after row as bytes: per cell its number (2 bytes) and its count (4), little-endian."""
    packed = np.empty(len(cell), CELL)
    packed["cell"], packed["n"] = cell, n
    body, starts = packed.tobytes(), np.concatenate(([0], ends[:-1])) * CELL.itemsize
    return [body[a:b] for a, b in zip(starts.tolist(), (ends * CELL.itemsize).tolist(), strict=True)]


def unpack(cells: Sequence[bytes]) -> tuple[Column, Column, Column]:
    """(row, cell, n) of packed rows."""
    found = np.frombuffer(b"".join(cells), CELL)
    lengths = np.fromiter(map(len, cells), np.int64, len(cells)) // CELL.itemsize
    return np.repeat(np.arange(len(cells)), lengths), found["cell"].astype(np.int64), found["n"].astype(np.int64)


_KEY = "kind, anchor, value, is_month, span"
_WANTED = "unnest(%b::int2[], %b::int2[], %b::int8[], %b::bool[], %b::int4[]) WITH ORDINALITY"
_FETCH = f"""
    SELECT (wanted.place - 1)::int4, cells FROM {_WANTED} AS wanted({_KEY}, place)
    JOIN funnel_rollup USING ({_KEY}) WHERE generation = %s ORDER BY 1
"""
_WRITE = f"""
    INSERT INTO funnel_rollup (generation, {_KEY}, cells)
    SELECT %s, * FROM unnest(%b::int2[], %b::int2[], %b::int8[], %b::bool[], %b::int4[], %b::bytea[])
    ON CONFLICT (generation, kind, anchor, value, is_month, span) DO UPDATE SET cells = EXCLUDED.cells
"""
_EMPTY = f"""
    DELETE FROM funnel_rollup USING {_WANTED} AS wanted({_KEY}, place)
    WHERE generation = %s AND {" AND ".join(f"funnel_rollup.{name} = wanted.{name}" for name in _KEY.split(", "))}
"""


def add(changes: Rows, generation: int) -> None:
    """Add to the rows of a generation. The caller holds the rollups' lock."""
    key = [changes.kind, changes.anchor, changes.value, changes.month, changes.span]
    with connection.cursor() as cursor:
        there = binary(cursor, _FETCH, [*(column.tolist() for column in key), generation])
        place = np.array([number for number, _ in there], np.int64)
        index, cell, n = unpack([cells for _, cells in there])
        keys = np.concatenate((changes.index, place[index])) * CELLS + np.concatenate((changes.cell, cell))
        keys, where = np.unique(keys, return_inverse=True)
        sums = np.bincount(where, weights=np.concatenate((changes.n, n))).astype(np.int64)
        keys, sums = keys[sums != 0], sums[sums != 0]
        many = np.bincount(keys // CELLS, minlength=len(changes))
        full, empty = np.flatnonzero(many), np.flatnonzero(many == 0)
        if len(empty):
            cursor.execute(_EMPTY, [*(column[empty].tolist() for column in key), generation])
        packed = pack(keys % CELLS, sums, np.cumsum(many[full]))
        if packed:
            cursor.execute(_WRITE, [generation, *(column[full].tolist() for column in key), packed])


def difference(gone: Columns, come: Columns, zone: str) -> Tally:
    """What replacing some journeys by others changes."""
    tally = Tally(zone)
    tally.count(gone, -1)
    tally.count(come, +1)
    return tally


