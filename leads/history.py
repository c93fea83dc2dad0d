"""Stage history that comes from elsewhere: arranged into one pass after another, and written through the ledger.

A lead's history has parts: each import (its `origin`) owns the lines it brought. Recording a part replaces that part
alone: what the other parts brought is kept, the whole is arranged anew, and only from the first difference on are
lines taken back by undo lines and written again. The same part twice writes nothing.

Every line is an override of kind *import*: it may enter any stage from any other, by nobody, with no facts asked.
What it may not do is go behind what people did in the product: a lead moved by hand keeps those lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection

from leads import ledger
from leads.due import Clock
from leads.importing.arranging import ASSUMED, CLAMPED, EXACT, Entry, Placed, arrange
from leads.ledger import Line, NewLead
from leads.lines import facts_of
from leads.models.stage import Stage, opens_cycle
from leads.standing import lock_leads

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leads.models import Lead

type Facts = tuple[Any, ...]  # a lead's columns a move can set, as `leads.lines.FACTS` orders them
_NOTE = re.compile(r"dated (\S+) in the source")


@dataclass(slots=True)
class Recorded(Placed):
    """A line of the log that counts."""

    sequence: int
    cycle: int
    step: str


@dataclass(slots=True)
class Past:
    """What the log says of one lead: the lines that count, and whether this part was taken back by hand."""

    lines: list[Recorded] = field(default_factory=list)
    undone_by_hand: set[str] = field(default_factory=set)


class MovedByHand(Exception):
    """People moved this lead in the product, in a way that the import's history cannot be reconciled with."""


def begin(leads: Sequence[tuple[NewLead, list[Placed]]], *, at: datetime) -> None:
    """Open leads with their whole history: two statements for all of them. Each NewLead gets its `id`."""
    clock = Clock()
    for lead, placed in leads:
        first = placed[0]
        lead.step, lead.stage, lead.occurred_at = "import", first.stage, first.at
        lead.timing, lead.origin, lead.recorded_at = first.timing, first.origin, at
        lead.due_at = clock.due(first.stage, first.at)
    ledger.open_leads([lead for lead, _ in leads])
    lines: list[Line] = []
    for lead, placed in leads:
        if len(placed) > 1:
            facts = (lead.owner_id, lead.amount, lead.currency, lead.expected_close_on, lead.urgency, "", None)
            lines += _timed(_lines(End(lead.id, 1, placed[0].stage), placed[1:], facts, at=at), clock)
    ledger.write(lines)


@dataclass(slots=True)
class Plan:
    """What recording a part would do to one lead: keep its first `kept` lines, take back the rest, write `rest`."""

    lead: Lead
    recorded: list[Recorded]
    wanted: list[Placed]
    kept: int
    rest: list[Placed]

    @property
    def changes(self) -> bool:
        return bool(self.rest) or self.kept < len(self.recorded)


def plan(parts: Mapping[int, Sequence[Entry]], *, origin: str, at: datetime) -> dict[int, Plan | MovedByHand]:
    """What it takes to make each lead's part of `origin` say these entries, or why it cannot be.

    Locks the leads for the caller's transaction and writes nothing. Raises LostRace.
    """
    plans: dict[int, Plan | MovedByHand] = {}
    leads = lock_leads(sorted(parts), step="import")
    pasts = pasts_of([lead.pk for lead in leads])
    for lead in leads:
        past = pasts[lead.pk]
        try:
            plans[lead.pk] = Plan(lead, past.lines, *_difference(past, parts[lead.pk], origin, at))
        except MovedByHand as refused:
            plans[lead.pk] = refused
    return plans


def carry_out(plans: Sequence[Plan], *, origin: str, at: datetime) -> None:
    """Write the plans by one statement, in the transaction that made them.

    Facts of the leads are written before, in the database and on `plan.lead`: a line that opens a cycle keeps them.
    """
    clock = Clock()
    lines: list[Line] = []
    for each in plans:
        if each.changes:
            lines += _timed(_rewritten(each, origin=origin, at=at), clock)
    ledger.write(lines)


def _timed(lines: list[Line], clock: Clock) -> list[Line]:
    """The lines of one lead, the newest saying when the step out of where it leaves the lead is due."""
    lines[-1].due_at = clock.due(lines[-1].to_stage, lines[-1].stage_since)
    return lines


def _difference(past: Past, part: Sequence[Entry], origin: str, at: datetime) -> tuple[list[Placed], int, list[Placed]]:
    """What the imported history is to be, how many recorded lines stay, what follows them. Raises MovedByHand."""
    if origin in past.undone_by_hand:
        raise MovedByHand("its imported history was taken back by hand; nothing is written over that")
    wanted = rest = _wanted(past, part, origin, at)
    by_hand = [number for number, line in enumerate(past.lines, start=1) if line.step != "import"]
    kept = by_hand[-1] if by_hand else 0
    if kept:
        rest = _after_hand(past.lines[:kept], wanted)
    while rest and kept < len(past.lines) and rest[0].says(past.lines[kept]):
        rest = rest[1:]
        kept += 1
    return wanted, kept, rest


def _wanted(past: Past, part: Sequence[Entry], origin: str, at: datetime) -> list[Placed]:
    """What other parts brought and this part, arranged until what is left of the others no longer changes.

    An entry that the arrangement drops is not in the log next time, so it must not have had a say in it either.
    """
    assumed = {line.stage: line.at for line in past.lines if line.origin == origin and line.timing == ASSUMED}
    own = [replace(entry, origin=origin, recorded=assumed.get(entry.stage)) for entry in part]
    others = [_entry_of(line) for line in past.lines if line.step == "import" and line.origin != origin]
    wanted = arrange(others + own, at=at)
    for _ in range(len(others)):
        left = [_entry_of(line) for line in wanted if line.origin != origin]
        if left == others:
            break
        others = left
        wanted = arrange(others + own, at=at)
    return wanted


def _after_hand(fixed: Sequence[Recorded], wanted: Sequence[Placed]) -> list[Placed]:
    """What is to follow the lines up to the last one made by hand. Raises MovedByHand when those would change."""
    rest = list(wanted)
    last = fixed[-1]
    for line in fixed:
        if line.step == "import":
            if not rest or not rest[0].says(line):
                raise _moved_since(last)
            rest = rest[1:]
    if rest and rest[0].stage == last.stage:
        rest = rest[1:]
    if rest and rest[0].at < last.at:
        raise _moved_since(last)
    return rest


def _moved_since(line: Recorded) -> MovedByHand:
    stage = Stage(line.stage).label
    return MovedByHand(f"moved by hand since: the log has it enter {stage} at {line.at:%Y-%m-%d %H:%M} UTC")


def _entry_of(line: Placed) -> Entry:
    """A recorded line of another part as the entry it was made from."""
    if line.timing == ASSUMED:
        return Entry(line.stage, None, False, line.origin, line.owner_id, line.at)
    if line.timing == CLAMPED and (found := _NOTE.fullmatch(line.note)):
        return Entry(line.stage, datetime.fromisoformat(found[1]), True, line.origin, line.owner_id)
    return Entry(line.stage, line.at, False, line.origin, line.owner_id)


_VALID = """
    SELECT line.lead_id, line.to_stage, line.occurred_at, line.timing, line.origin, line.note, line.owner_id,
        line.sequence, line.cycle, line.step, undo.origin
    FROM leads_stagechange line
    LEFT JOIN leads_stagechange undo ON undo.lead_id = line.lead_id AND undo.voids = line.sequence
    WHERE line.lead_id = ANY(%s) AND line.step <> 'undo'
    ORDER BY line.lead_id, line.sequence
"""


def pasts_of(lead_ids: Sequence[int]) -> dict[int, Past]:
    """What the log says of each lead, by one statement."""
    pasts = {number: Past() for number in lead_ids}
    with connection.cursor() as cursor:
        cursor.execute(_VALID, [list(lead_ids)])
        for lead_id, *line, undone_by in cursor.fetchall():
            if undone_by is None:
                pasts[lead_id].lines.append(Recorded(*line))
            elif undone_by == "":
                pasts[lead_id].undone_by_hand.add(line[3])
    return pasts


def _rewritten(plan: Plan, *, origin: str, at: datetime) -> list[Line]:
    """Undo lines for what does not stay, newest first, then the lines that follow what does.

    A lead's first line can be taken back only to be replaced at once: the line after it begins the log anew.
    """
    lead, recorded = plan.lead, plan.recorded
    facts = tuple(facts_of(lead).values())
    sequence = lead.version
    lines = []
    for number in range(len(recorded) - 1, plan.kept - 1, -1):
        line, before = recorded[number], recorded[max(number - 1, 0)]
        sequence += 1
        lines.append(
            Line(
                lead.pk, sequence, before.cycle, "undo", line.stage, before.stage, at, before.at, at, EXACT,
                line.sequence, None, facts[0], None, "", origin, False, None, *facts[1:],
            )
        )  # fmt: skip
    last = recorded[plan.kept - 1] if plan.kept else None
    end = End(lead.pk, sequence, last.stage, last.cycle) if last else End(lead.pk, sequence)
    return lines + _lines(end, plan.rest, facts, at=at)


@dataclass(slots=True)
class End:
    """Where the log of a lead ends: its newest line, and the stage it leaves the lead at, '' to begin anew."""

    lead_id: int
    sequence: int
    stage: str = ""
    cycle: int = 1


def _lines(end: End, placed: Sequence[Placed], facts: Facts, *, at: datetime) -> list[Line]:
    """The log lines that follow `end`.

    Each keeps the owner its part had; the lead itself keeps its facts, so the last line carries them.
    """
    lines = []
    stage, cycle, sequence = end.stage, end.cycle, end.sequence
    for entry in placed:
        opens = not stage or opens_cycle(source=stage, target=entry.stage)
        cycle += bool(stage) and opens
        sequence += 1
        lines.append(
            Line(
                end.lead_id, sequence, cycle, "import", stage, entry.stage, entry.at, entry.at, at, entry.timing,
                None, None, entry.owner_id or facts[0], None, entry.note, entry.origin, opens, None, *facts[1:],
            )
        )  # fmt: skip
        stage = entry.stage
    if lines:
        lines[-1].owner_id = facts[0]
    return lines
