"""A lead's story: the path through the stages, and everything that happened. Pure; reads rows already fetched."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from leads import rules
from leads.models import Lead
from leads.models.stage import OPEN, RANKS, Stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from leads.models import Consent, StageChange, Touch


@dataclass(frozen=True)
class Stay:
    """One stage of the path: done, current, skipped or ahead; when it was entered, and how many days it took."""

    stage: str
    state: str
    since: datetime | None = None
    days: int | None = None


@dataclass(frozen=True)
class Entry:
    """One thing that happened to a lead: a move, a touch or a consent event.

    `from_merged` is the number of the lead it happened to, where that was merged into this one.
    """

    at: datetime
    kind: str
    order: int = 0
    line: StageChange | None = None
    touch: Touch | None = None
    consent: Consent | None = None
    title: str = ""
    undone: bool = False
    undoable: bool = False
    from_merged: int | None = None


def valid(lines: Sequence[StageChange]) -> list[StageChange]:
    """The lines of one or more leads that count, in the order given: neither an undo nor taken back by one."""
    voided = {(line.lead_id, line.voids) for line in lines}
    return [line for line in lines if line.step != "undo" and (line.lead_id, line.sequence) not in voided]


def path(lead: Lead, lines: Sequence[StageChange], *, at: datetime) -> list[Stay]:
    """The stages of the lead's current cycle, from its log lines, newest first."""
    own = [line for line in reversed(valid(lines)) if line.cycle == lead.cycle]
    entered = {line.to_stage: line.occurred_at for line in own}
    left = {line.to_stage: following.occurred_at for line, following in pairwise(own)}
    stays = []
    for stage in (*OPEN, Stage.LOST if lead.stage == Stage.LOST else Stage.WON):
        since = entered.get(stage)
        if stage == lead.stage:
            state, since, until = "current", lead.stage_since, at
        elif since:
            state, until = "done", left.get(stage, at)
        else:
            state, until = ("skipped" if RANKS[stage] < RANKS[lead.stage] else "ahead"), at
        stays.append(Stay(stage.value, state, since, (until - since).days if since else None))
    return stays


def as_left_by(line: StageChange) -> Lead:
    """The lead as far as this line knows it: its stage then, its owner and their team."""
    lead = Lead(pk=line.lead_id, stage=line.to_stage, owner_id=line.owner_id)
    lead.owner_team_id = line.team_id
    return lead


def undoable(lines: Sequence[StageChange]) -> StageChange | None:
    """The newest line that counts, unless it is the lead's first."""
    counting = valid(lines)
    return counting[0] if len(counting) > 1 else None


def timeline(
    lead: Lead,
    *,
    lines: Sequence[StageChange],
    touches: Iterable[Touch],
    consents: Iterable[Consent],
    origins: Mapping[tuple[str, str], int],
    may_undo: StageChange | None = None,
) -> list[Entry]:
    """Everything that happened to a lead and those merged into it, newest first; `lines` come newest first too.

    `origins` says which touches came with a merge, as `merging.origins_of_touches` does.
    """
    counting = {(line.lead_id, line.sequence) for line in valid(lines)}

    def other(lead_id: int) -> int | None:
        return None if lead_id == lead.pk else lead_id

    entries = [
        Entry(
            at=line.occurred_at, kind="move", order=line.sequence, line=line,
            title=rules.LABELS.get(line.step, line.step), from_merged=other(line.lead_id),
            undone=(line.lead_id, line.sequence) not in counting and line.step != "undo", undoable=line is may_undo,
        )
        for line in lines
    ]  # fmt: skip
    for touch in touches:
        origin = origins.get((touch.occurred_at.isoformat(), touch.key)) or other(touch.lead_id)
        entries.append(Entry(at=touch.occurred_at, kind="touch", touch=touch, from_merged=origin))
    for consent in consents:
        said_to = other(consent.lead_id)
        entries.append(Entry(at=consent.occurred_at, kind="consent", consent=consent, from_merged=said_to))
    return sorted(entries, key=lambda entry: (entry.at, entry.order), reverse=True)
