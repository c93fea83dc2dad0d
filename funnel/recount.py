"""The recount: journeys and funnel numbers worked out from the log one line at a time, in plain Python.

Slow on purpose and sharing nothing with the SQL it checks; `verify.py` compares the two. Pure: no database, no clock.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

ORDER = ("tofu", "mofu", "bofu", "mql", "sal", "sql", "won")
DIMENSIONS = ("source", "medium", "campaign", "channel", "industry", "country", "size_band")


@dataclass(frozen=True, slots=True)
class LogLine:
    """What the recount reads of one line of the log."""

    lead_id: int
    sequence: int
    cycle: int
    step: str
    to_stage: str
    occurred_at: datetime
    timing: str
    voids: int | None
    owner_id: int | None
    team_id: int | None
    reason_id: int | None
    entry: dict[str, Any] | None


@dataclass(slots=True)
class Pass:
    """One cycle of one lead, recounted: stage → time, and which of them were implied, assumed or clamped."""

    lead_id: int
    cycle: int
    entry: dict[str, Any]
    at: dict[str, datetime] = field(default_factory=dict)
    flags: dict[str, set[str]] = field(default_factory=lambda: {"implied": set(), "assumed": set(), "clamped": set()})
    owners: list[int | None] = field(default_factory=list)
    teams: list[int | None] = field(default_factory=list)
    outcome: str = "open"
    ended_at: datetime | None = None
    end_step: str = ""
    end_reason_id: int | None = None

    def take(self, line: LogLine) -> None:
        """Walk up to the line's stage; what lies between was passed."""
        if line.to_stage == "lost":
            if not self.at:
                self._reach("tofu", line)
            self.at["lost"] = line.occurred_at
            self._note("lost", line)
            self._end("lost", line)
            return
        while len(self.owners) <= ORDER.index(line.to_stage):
            self._reach(ORDER[len(self.owners)], line)
        if line.to_stage == "won":
            self._end("won", line)
            self.end_step, self.end_reason_id = "win", None

    def _reach(self, stage: str, line: LogLine) -> None:
        self.at[stage] = line.occurred_at
        self.owners.append(line.owner_id)
        self.teams.append(line.team_id)
        self._note(stage, line)

    def _note(self, stage: str, line: LogLine) -> None:
        if stage != line.to_stage:
            self.flags["implied"].add(stage)
        if line.timing != "exact":
            self.flags[line.timing].add(stage)

    def _end(self, outcome: str, line: LogLine) -> None:
        self.outcome, self.ended_at = outcome, line.occurred_at
        self.end_step, self.end_reason_id = line.step, line.reason_id

    def recycled_by(self, line: LogLine) -> None:
        if self.outcome == "open":
            self._end("recycled", line)


def valid_lines(lines: Iterable[LogLine]) -> list[LogLine]:
    """A lead's lines without the undone and the undoing."""
    lines = list(lines)
    voided = {line.voids for line in lines if line.step == "undo"}
    return [line for line in lines if line.step != "undo" and line.sequence not in voided]


def passes_of(lines: Iterable[LogLine]) -> list[Pass]:
    """The cycles of one lead, from its lines in order of sequence."""
    passes: list[Pass] = []
    for line in valid_lines(lines):
        if not passes or passes[-1].cycle != line.cycle:
            if passes:
                passes[-1].recycled_by(line)
            passes.append(Pass(line.lead_id, line.cycle, line.entry or {}))
        passes[-1].take(line)
    return passes


def recount(lines: Iterable[LogLine]) -> Iterator[Pass]:
    """The cycles of all leads, from the log ordered by lead and sequence."""
    for _, of_one_lead in groupby(lines, key=lambda line: line.lead_id):
        yield from passes_of(of_one_lead)


def conversion(passes: Iterable[Pass], entry: str, target: str, *, window: timedelta, at: datetime) -> tuple[int, int]:
    """(hits, n) of the mature cycles that entered `entry` and reached `target` within the window."""
    hits = n = 0
    for one in passes:
        began = one.at.get(entry)
        if began is None or entry in one.flags["assumed"] or began + window > at or target in one.flags["assumed"]:
            continue
        n += 1
        reached = one.at.get(target)
        hits += reached is not None and reached <= began + window
    return hits, n
