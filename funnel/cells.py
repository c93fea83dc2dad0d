"""What one cycle adds to the counts of a cohort: the rule of conversion, written once. Pure: no database, no clock.

The cells of a cohort are how many entered, how many only passed, and per later stage a histogram of how long it took
to reach it or one beyond. Cells add up and subtract, so they serve a row of the rollups as well as an ad-hoc group.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from funnel.buckets import EDGES
from funnel.columns import FORWARD, NEVER, STAGES, Column, Columns

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

ENTERED, PASSED, _FIRST = 0, 1, 2
_IMPLIED, _ASSUMED = 1, 2
_TARGETS = len(FORWARD) - 1


@dataclass(frozen=True)
class Cells:
    """The layout for histograms with these upper edges (microseconds, ascending).

    Per target stage there are four histograms (reached outright; skipped past; at a time assumed; both), and a cell
    for those that reached it at a time nobody knows.
    """

    edges: tuple[int, ...]

    @cached_property
    def array(self) -> Column:
        return np.array(self.edges, np.int64)

    @property
    def buckets(self) -> int:
        return len(self.edges) + 1

    @property
    def per_target(self) -> int:
        return 4 * self.buckets + 1

    @property
    def size(self) -> int:
        return _FIRST + _TARGETS * self.per_target

    def first(self, rank: int) -> int:
        """The first cell of the target of this rank, 2 to 7."""
        return _FIRST + (rank - 2) * self.per_target

    def of(self, journeys: Columns, anchor: int, known: Mapping[int, Column], entered: Column) -> tuple[Column, Column]:
        """(row, cell) of each one that the journeys at the positions `entered` add, having entered `anchor`.

        `anchor` is the rank of a stage, 8 for lost, from which nothing follows; `known` is what `known_times` says.
        """
        bit = 1 << (anchor - 1)
        at = journeys[STAGES[anchor - 1]][entered]
        passed = entered[(journeys["implied"][entered] & bit) != 0]
        who = [entered, passed]
        cells = [np.full(len(entered), ENTERED), np.full(len(passed), PASSED)]
        for rank in range(anchor + 1, len(FORWARD) + 1):
            own, reached_at = 1 << (rank - 1), known[rank][entered]
            reached = reached_at != NEVER
            assumed = (journeys["assumed"][entered] & own) != 0
            flavour = _IMPLIED * ((journeys["implied"][entered] & own) != 0) + _ASSUMED * assumed
            bucket = np.searchsorted(self.array, reached_at[reached] - at[reached], side="left")
            lost_sight = entered[assumed & ~reached]
            who += [entered[reached], lost_sight]
            cells += [
                self.first(rank) + flavour[reached] * self.buckets + bucket,
                np.full(len(lost_sight), self.first(rank) + self.per_target - 1),
            ]
        return np.concatenate(who), np.concatenate(cells)

    def within(self, window: timedelta) -> int:
        """How many buckets lie within the window. Raises ValueError where no edge is exactly there."""
        return self.edges.index(_microseconds(window)) + 1

    def reached(self, cells: Column, rank: int, window: timedelta) -> Reached:
        """What the cells (…, size) of mature cycles say of one target."""
        flavours = cells[..., self.first(rank) : self.first(rank) + 4 * self.buckets]
        flavours = flavours.reshape((*cells.shape[:-1], 4, self.buckets))
        in_time = flavours[..., : self.within(window)]
        hits = in_time.sum(axis=-1)
        assumed = flavours[..., _ASSUMED:, :].sum(axis=(-2, -1)) + cells[..., self.first(rank) + self.per_target - 1]
        unknown = assumed - hits[..., _ASSUMED:].sum(axis=-1)
        return Reached(
            hits=hits.sum(axis=-1),
            n=cells[..., ENTERED] - unknown,
            implied=hits[..., _IMPLIED::2].sum(axis=-1),
            times=in_time[..., 0, :],
        )


@dataclass(frozen=True)
class Reached:
    """Of `n` mature cycles `hits` reached a target in time, `implied` of those by skipping past it.

    `times` is the histogram of how long those took that stood in it; nobody's guess and nobody skipping is in it.
    """

    hits: Column
    n: Column
    implied: Column
    times: Column


STANDARD = Cells(tuple(int(edge) for edge in EDGES))


def cells_for(*windows: timedelta) -> Cells:
    """The standard cells where each window is one of their edges, else cells that have them all for edges."""
    edges = {*STANDARD.edges, *map(_microseconds, windows)}
    return STANDARD if len(edges) == len(STANDARD.edges) else Cells(tuple(sorted(edges)))


def _microseconds(window: timedelta) -> int:
    return round(window.total_seconds() * 1_000_000)


def known_times(journeys: Columns, first: int = 1) -> dict[int, Column]:
    """Per rank of a forward stage, from the `first` on, when it or one beyond it was reached at a time that is known.

    NEVER where it was not.
    """
    times: dict[int, Column] = {}
    vague = journeys["assumed"].any()
    for k in range(len(FORWARD), first - 1, -1):
        own = journeys[FORWARD[k - 1]]
        own = np.where(journeys["assumed"] & (1 << (k - 1)), NEVER, own) if vague else own
        times[k] = np.minimum(own, times[k + 1]) if k < len(FORWARD) else own
    return times


def entrants(journeys: Columns, anchor: int) -> tuple[Column, Column]:
    """Positions of those that entered the stage of this rank at a known time, and at one that nobody knows."""
    entered = journeys[STAGES[anchor - 1]] != NEVER
    assumed = (journeys["assumed"] & (1 << (anchor - 1))) != 0
    return np.flatnonzero(entered & ~assumed), np.flatnonzero(entered & assumed)


def summed(value: Column, span: Column, cell: Column, n: Column) -> tuple[Column, Column, Column, Column]:
    """The sum of `n` of each (value, span, cell), sorted by them, zeros left out."""
    if not len(value):
        return value, span, cell, n
    values, place = np.unique(value, return_inverse=True)
    least, width = span.min(), int(span.max() - span.min()) + 1
    many = int(cell.max()) + 1
    keys = (place * width + (span - least)) * many + cell
    keys, sums = summed_by(keys, n)
    spans = keys // many
    return values[spans // width], least + spans % width, keys % many, sums


def summed_by(keys: Column, n: Column) -> tuple[Column, Column]:
    """The sum of `n` of each key, by ascending key, zeros left out."""
    if not len(keys):
        return keys, n
    if (n == n[0]).all():  # sorting the keys alone is several times as fast
        keys = np.sort(keys)
        first = _first_of_each(keys)
        return keys[first], np.diff(first, append=len(keys)) * n[0]
    order = np.argsort(keys)
    keys = keys[order]
    first = _first_of_each(keys)
    sums = np.add.reduceat(n[order], first)
    return keys[first][sums != 0], sums[sums != 0]


def merged(keys: Column, sums: Column, more: Column, by: Column) -> tuple[Column, Column]:
    """Sums by ascending key with a few more added, which ascend too; zeros left out. Sorting them all would be slow."""
    place = np.searchsorted(keys, more)
    there = np.zeros(len(more), bool)
    inside = place < len(keys)
    there[inside] = keys[place[inside]] == more[inside]
    sums = sums.copy()
    sums[place[there]] += by[there]
    keys, sums = (
        np.insert(old, place[~there], new[~there]) for old, new in ((keys, more), (sums, by.astype(sums.dtype)))
    )
    left = sums != 0
    return keys[left], sums[left]


def _first_of_each(keys: Column) -> Column:
    return np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
