"""Cells of cohorts by group: from the rollups where they cover the question, else from the journeys.

Both ways give the same counts. The rollups answer for whole months and days; a question that ends within a day, as one
about a past instant does, is for the journeys.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from funnel import dimensions, frames, generations, rollups
from funnel.cells import ENTERED, STANDARD, Cells, cells_for, entrants, known_times, summed
from funnel.columns import STAGES, Column, Columns, rows, take
from funnel.cuts import UNDATED, Reader, span_of
from funnel.periods import days

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from funnel.questions import Question

type Found = tuple[Column, Column, Column, Column]  # value, span, cell, n


@dataclass(frozen=True)
class Table:
    """`until[number, group, cell]` counts those that entered before the bound of that number, the first one's being 0.

    A group is a `value` of the dimension and a `span` of entry: the first day of the month, week or day as a number, 0
    without a grain. `undated[group]` counts those that entered at a time nobody knows, whose span is `rollups.UNDATED`.
    """

    layout: Cells
    value: Column
    span: Column
    until: Column
    undated: Column

    @cached_property
    def whole(self) -> Table:
        """All groups as one."""
        none = np.zeros(1, np.int64)
        return Table(self.layout, none, none, self.until.sum(axis=1, keepdims=True), self.undated.sum(keepdims=True))


def tabled(question: Question, rank: int, bounds: Sequence[int], windows: Sequence[timedelta]) -> Table:
    """Cells of those that entered the stage of `rank`, in the intervals between the ascending `bounds`.

    `bounds` are instants, and each interval is from one up to and without the next.
    """
    layout = cells_for(*windows)
    reader = reader_for(question) if layout is STANDARD else None
    found = _from_rollups(reader, rank, bounds) if reader else None
    return found or _dense(layout, *_from_journeys(question, rank, bounds, layout))


def reader_for(question: Question) -> Reader | None:
    """What reads the question's rollups; None where they do not cover it."""
    kind = _kind(question)
    generation = generations.to_read() if kind is not None else None
    return None if kind is None or generation is None else Reader(question, kind, generation, _values(question))


def _kind(question: Question) -> str | None:
    """The kind of rollup that covers the question: split and narrowed by one main dimension at the most."""
    asked = {question.by, *(name for name, _ in question.where)} - {""}
    if question.raw or len(asked) > 1 or question.unit != "cycle" or question.leads is not None or question.without:
        return None
    kind = asked.pop() if asked else ""
    return kind if kind in rollups.KINDS else None


def _from_journeys(question: Question, rank: int, bounds: Sequence[int], layout: Cells) -> tuple[list[Found], Found]:
    intervals: list[list[Found]] = [[] for _ in bounds[1:]]
    undated: list[Found] = []
    column = STAGES[rank - 1]
    ends = np.array(bounds, np.int64)
    for some in frames.chosen_parts(question, frames.facts_from(rank), rank):
        entered, lost_sight = entrants(some, rank)
        interval = np.searchsorted(ends, some[column][entered], side="right") - 1
        for number in range(len(intervals)):
            inside = take(some, entered[interval == number])
            if rows(inside):
                intervals[number].append(_cells(question, inside, rank, layout))
        undated.append(_undated(question, some, rank, lost_sight))
    return [everything(found) for found in intervals], everything(undated)


def _cells(question: Question, part: Columns, rank: int, layout: Cells) -> Found:
    """What these cycles add, all of which entered at a known time."""
    who, cell = layout.of(part, rank, known_times(part, rank), np.arange(rows(part)))
    value = dimensions.of(question.by, part, rank)[who]
    span = np.zeros(len(who), np.int64)
    if question.grain:
        span = span_of(days(part[STAGES[rank - 1]][who], question.zone), question.grain)
    return summed(value, span, cell, np.ones(len(who), np.int64))


def _undated(question: Question, part: Columns, rank: int, who: Column) -> Found:
    value = dimensions.of(question.by, part, rank)[who]
    ones = np.ones(len(who), np.int64)
    return summed(value, ones * rollups.UNDATED, ones * ENTERED, ones)


def everything(found: list[Found]) -> Found:
    if not found:
        none = np.zeros(0, np.int64)
        return none, none, none, none
    return summed(*(np.concatenate(column) for column in zip(*found, strict=True)))


def _from_rollups(reader: Reader, rank: int, bounds: Sequence[int]) -> Table | None:
    """The table from the rollups; None where they do not have its days."""
    read = reader.between([rank], bounds)
    if read is None:
        return None
    values, spans, keys, group = _groups(read.value, read.span)
    until = np.zeros((len(bounds), len(keys), STANDARD.size), np.int32)
    dated = read.tag[read.row] != UNDATED
    place = ((read.tag + 1) * len(keys) + group) * STANDARD.size
    np.add.at(until.reshape(-1), (place[read.row] + read.cell)[dated], read.n[dated].astype(np.int32))
    undated = np.bincount(group[read.row][~dated], weights=read.n[~dated], minlength=len(keys)).astype(np.int64)
    return Table(STANDARD, values, spans, _running(until), undated)


def _running(until: Column) -> Column:
    """The sums up to each bound, of what lies between them; in place, which is several times as fast as a copy."""
    for number in range(1, len(until)):
        until[number] += until[number - 1]
    return until


def _groups(value: Column, span: Column) -> tuple[Column, Column, Column, Column]:
    """Value and span of each group there is, one number per group, and the group of each (value, span) given."""
    values, spans = np.unique(value), np.unique(span)
    pairs = np.searchsorted(values, value) * max(len(spans), 1) + np.searchsorted(spans, span)
    keys, group = np.unique(pairs, return_inverse=True)
    many = max(len(spans), 1)
    return values[keys // many], spans[keys % many], keys, group


def _values(question: Question) -> list[int] | None:
    """The values of the one dimension the question is narrowed to; None for all."""
    wanted: set[int] | None = None
    for _, values in question.codes:
        wanted = set(values) if wanted is None else wanted & set(values)
    return None if wanted is None else sorted(wanted)


def _dense(layout: Cells, intervals: list[Found], undated: Found) -> Table:
    value, span = (np.concatenate([found[place] for found in (*intervals, undated)]) for place in (0, 1))
    values, spans, keys, group = _groups(value, span)
    until = np.zeros((len(intervals) + 1, len(keys), layout.size), np.int32)
    ends = np.cumsum([0, *(len(found[0]) for found in intervals)])
    for number, (_, _, cell, n) in enumerate(intervals):
        until[number + 1, group[ends[number] : ends[number + 1]], cell] = n
    lost_sight = np.bincount(group[ends[-1] :], weights=undated[3], minlength=len(keys)).astype(np.int64)
    return Table(layout, values, spans, _running(until), lost_sight)
