"""The recount: journeys and funnel numbers worked out from the log one line at a time, in plain Python.

Slow on purpose and sharing nothing with the SQL it checks; `verify.py` compares the two. Pure: no database, no clock.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
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
    changed: dict[str, list[Any]] | None


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
    next_at: datetime | None = None
    deal: tuple[int | None, str] = (None, "")

    @property
    def opened_at(self) -> datetime:
        return min(self.at.values())

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


def _deal(amount: Any, currency: str | None) -> tuple[int | None, str]:
    """An amount in hundredths, and its currency."""
    return (None if amount is None else int(Decimal(amount) * 100)), currency or ""


def passes_of(lines: Iterable[LogLine], amount: Decimal | None = None, currency: str = "") -> list[Pass]:
    """The cycles of one lead, from its lines in order of sequence, and what its deal is worth now.

    The deal of an earlier cycle is the one that the line which opened the next cycle cleared.
    """
    passes: list[Pass] = []
    for line in valid_lines(lines):
        if not passes or passes[-1].cycle != line.cycle:
            if passes:
                passes[-1].recycled_by(line)
                passes[-1].next_at = line.occurred_at
                before = {name: pair[0] for name, pair in (line.changed or {}).items()} if line.entry else {}
                passes[-1].deal = _deal(before.get("amount"), before.get("currency"))
            passes.append(Pass(line.lead_id, line.cycle, line.entry or {}))
        passes[-1].take(line)
    if passes:
        passes[-1].deal = _deal(amount, currency)
    return passes


def recount(lines: Iterable[LogLine]) -> Iterator[Pass]:
    """The cycles of all leads, from the log ordered by lead and sequence."""
    for _, of_one_lead in groupby(lines, key=lambda line: line.lead_id):
        yield from passes_of(of_one_lead)


@dataclass(frozen=True, slots=True)
class Period:
    """Instants from `begin` up to and without `over`; None is open."""

    begin: datetime | None = None
    over: datetime | None = None

    def holds(self, at: datetime) -> bool:
        return (self.begin is None or self.begin <= at) and (self.over is None or at < self.over)


def enters(one: Pass, stage: str, period: Period) -> bool:
    """Whether the cycle entered or passed the stage in the period, at a time that is known."""
    return stage in one.at and stage not in one.flags["assumed"] and period.holds(one.at[stage])


def conversion(one: Pass, entry: str, target: str, *, window: timedelta) -> bool | None:
    """Whether the cycle reached `target` or beyond within the window of its entry; None when nobody can say."""
    beyond = ORDER[ORDER.index(target) :]
    known = [one.at[stage] for stage in beyond if stage in one.at and stage not in one.flags["assumed"]]
    if known and min(known) <= one.at[entry] + window:
        return True
    return None if target in one.flags["assumed"] else False


def cohort(passes: Iterable[Pass], entry: str, *, period: Period, window: timedelta, ripe: datetime) -> dict[str, Any]:
    """The counts of one cohort: entered, mature, skipped, undated, and (hits, n) per later stage.

    `ripe` is the beginning of the day on which those that entered could not yet all be followed for the window.
    """
    passes = list(passes)
    entered = [one for one in passes if enters(one, entry, period)]
    mature = [one for one in entered if one.at[entry] < ripe]
    counts: dict[str, Any] = {
        "entered": len(entered),
        "mature": len(mature),
        "implied": sum(entry in one.flags["implied"] for one in mature),
        "undated": sum(entry in one.flags["assumed"] for one in passes),
    }
    for target in ORDER[ORDER.index(entry) + 1 :]:
        answers = [conversion(one, entry, target, window=window) for one in mature]
        counts[target] = (answers.count(True), len(answers) - answers.count(None))
    return counts


def standing(one: Pass, at: datetime) -> str | None:
    """The stage the cycle stands in at an instant; None before it opened."""
    reached = [stage for stage in ORDER if stage in one.at and one.at[stage] <= at]
    if "lost" in one.at and one.at["lost"] <= at:
        return "lost"
    return reached[-1] if reached else None


def snapshot(passes: Iterable[Pass], at: datetime) -> list[tuple[Pass, str]]:
    """The newest cycle of each lead at an instant, with where it stands. Cycles come by lead, then number."""
    newest: dict[int, tuple[Pass, str]] = {}
    for one in passes:
        stage = standing(one, at)
        if stage is not None:
            newest[one.lead_id] = (one, stage)
    return list(newest.values())
