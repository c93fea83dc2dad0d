"""Period flow and snapshot: how many entered each stage in a period, and how many stand where at an instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
from django.utils.translation import gettext_lazy as _

from funnel import dimensions, frames, rollups, wording
from funnel.cells import ENTERED, PASSED, summed
from funnel.columns import NEVER, STAGES, Column, Columns, instant
from funnel.periods import day_after
from funnel.stays import COLUMNS, forward_rank, standing
from funnel.tables import Found, everything, reader_for
from leads.models import Stage

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from funnel.models import Journey
    from funnel.questions import Question

FLOW_DEFINITION = _(
    "Entries into each stage in the period, and their ratio to the entries into {entry} in the same period. "
    "The two are different leads, so the ratio may exceed 100 %. A stage skipped past counts as entered."
)
SNAPSHOT_DEFINITION = _("How many leads stand at each stage at the instant shown. A mix, not a conversion.")
_ALL_RANKS = range(1, 8)
_STAGE_RANKS = range(1, len(STAGES) + 1)


@dataclass(frozen=True)
class Tally:
    """How many, in one stage; `implied` of them only passed it."""

    stage: Stage
    n: int
    implied: int = 0


@dataclass(frozen=True)
class Flow:
    """One group's counts by stage."""

    code: int
    key: Any
    label: str
    entries: tuple[Tally, ...]

    def of(self, stage: Stage) -> int:
        return next(entry.n for entry in self.entries if entry.stage == stage)

    def as_json(self, entry: Stage) -> dict[str, Any]:
        base = self.of(entry)
        stages = [
            {"stage": str(e.stage), "n": e.n, "implied": e.implied, "ratio": e.n / base if base else None}
            for e in self.entries
        ]
        return {"key": self.key, "label": self.label, "entries": stages}


def total(flows: list[Flow]) -> Flow:
    """All groups together; every cycle is in exactly one of them."""
    entries = [
        Tally(tallies[0].stage, sum(one.n for one in tallies), sum(one.implied for one in tallies))
        for tallies in zip(*(flow.entries for flow in flows), strict=True)
    ]
    return Flow(0, None, dimensions.everything(), tuple(entries or (Tally(stage, 0) for stage in Stage)))


def flow(question: Question) -> list[Flow]:
    """Entries into every stage in the period, per group; owner and team are those at the entry counted."""
    reader = reader_for(question)
    if reader:
        read = reader.between(list(_STAGE_RANKS), question.instants)
        if read:
            counted = (read.cell <= PASSED) & (read.tag[read.row] == 0)
            row = read.row[counted]
            return _flows(question, (read.value[row], read.anchor[row], read.cell[counted], read.n[counted]))
    return _flows(question, _entries(question))


def _entries(question: Question) -> Found:
    """The same from the journeys: value, rank, ENTERED or PASSED, how many."""
    found: list[Found] = []
    for part in frames.parts(question, frames.FACTS, ranks=_ALL_RANKS):
        last = forward_rank(part)
        for rank in _STAGE_RANKS:
            who = _rank_at(rank, last)
            entered = np.flatnonzero(_entered(question, part, Stage.values[rank - 1]))
            passed = entered[(part["implied"][entered] & (1 << (rank - 1))) != 0]
            rows = np.concatenate((entered, passed))
            cell = np.repeat((ENTERED, PASSED), (len(entered), len(passed)))
            value = dimensions.of(question.by, part, who)[rows]
            found.append(summed(value, np.full(len(rows), rank), cell, np.ones(len(rows), np.int64)))
    return everything(found)


def _rank_at(rank: int, last: Column) -> int | Column:
    """At whose entry owner and team are asked for: the stage's own, and for lost the furthest reached."""
    return last if rank == len(STAGES) else rank


def _entered(question: Question, part: Columns, stage: str) -> Column:
    """Mask of the question's cycles that entered or passed the stage in the period, at a known time."""
    begin, over = question.instants
    rank = Stage(stage).rank
    chosen = frames.chosen_by(question, part, _rank_at(rank, forward_rank(part)))
    known = (part["assumed"] & (1 << (rank - 1))) == 0
    mask: Column = chosen & known & (part[stage] >= begin) & (part[stage] < over) & (part[stage] != NEVER)
    return mask


def _flows(question: Question, found: Found) -> list[Flow]:
    """Flows from (value, rank, ENTERED or PASSED, how many), largest first."""
    tallies: dict[int, dict[int, list[int]]] = {} if question.by else {0: {}}
    for value, rank, cell, n in zip(*(column.tolist() for column in found), strict=True):
        tallies.setdefault(value, {}).setdefault(rank, [0, 0])[cell] += n
    labels, words = dimensions.labels(question.by, tallies), dimensions.words(question.by, tallies)
    flows = [
        Flow(
            value, dimensions.key_of(question.by, value, words), labels[value],
            tuple(Tally(stage, *ranks.get(stage.rank, (0, 0))) for stage in Stage),
        )
        for value, ranks in tallies.items()
        if not question.by or any(n for n, _ in ranks.values())
    ]  # fmt: skip
    return sorted(flows, key=lambda one: (-max(entry.n for entry in one.entries), one.label))


def snapshot_at(question: Question) -> datetime:
    """The instant of the snapshot: the last of the period, or now where that is earlier or no end is given."""
    if question.end is None:
        return question.at
    return min(day_after(question.end, question.zone) - timedelta.resolution, question.at)


def snapshot_on(question: Question) -> str:
    """That instant in words, in the organisation's time zone."""
    return wording.moment(snapshot_at(question).astimezone(ZoneInfo(question.zone)))


def snapshot(question: Question, *, at: datetime) -> list[Flow]:
    """How many leads stand at each stage at `at`, per group; owner and team are those at the furthest stage reached."""
    question = question.asking(unit="cycle")
    over = question.known_until if question.live and at == question.at else instant(at) + 1
    reader = reader_for(question)
    if reader:
        read = reader.between([rollups.STANDING + rank for rank in _STAGE_RANKS], (-NEVER, over))
        if read:
            net = np.where(read.cell == rollups.CAME, read.n, -read.n)
            rank = read.anchor[read.row] - rollups.STANDING
            return _flows(question, (read.value[read.row], rank, np.zeros_like(rank), net))
    return _flows(question, _standing(question, at))


def _standing(question: Question, at: datetime) -> Found:
    found: list[Found] = []
    for part in frames.parts(question, COLUMNS, ranks=_ALL_RANKS):
        reached = forward_rank(part, instant(at))
        rank = np.where(frames.chosen_by(question, part, reached), standing(part, instant(at)), 0)
        rows = np.flatnonzero(rank)
        value = dimensions.of(question.by, part, reached)[rows]
        none, ones = np.zeros(len(rows), np.int64), np.ones(len(rows), np.int64)
        found.append(summed(value, rank[rows], none, ones))
    return everything(found)


def behind_flow(question: Question, stage: Stage) -> QuerySet[Journey]:
    """The cycles behind one number of the flow."""
    return frames.behind(question, frames.FACTS, lambda part: _entered(question, part, str(stage)), ranks=_ALL_RANKS)


def behind_snapshot(question: Question, stage: Stage, at: datetime) -> QuerySet[Journey]:
    """The cycles behind one number of the snapshot, one a lead."""

    question = question.asking(unit="cycle")

    def rule(part: Columns) -> Column:
        chosen = frames.chosen_by(question, part, forward_rank(part, instant(at)))
        mask: Column = chosen & (standing(part, instant(at)) == stage.rank)
        return mask

    return frames.behind(question, COLUMNS, rule, ranks=_ALL_RANKS)
