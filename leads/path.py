"""Where a lead stands on its way, and what of its log still counts. Pure; reads lines already fetched."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from leads.models import Lead
from leads.models.stage import OPEN, RANKS, Stage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leads.models import StageChange

CONVERSIONS = frozenset({Stage.MQL, Stage.WON})


@dataclass(frozen=True)
class Stay:
    """One stage of the path: done, current, skipped or ahead; when it was entered, and how many days it took."""

    stage: str
    state: str
    since: datetime | None = None
    days: int | None = None


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


def converted_at(lines: Sequence[StageChange]) -> datetime | None:
    """When the lead last became an MQL or was won, None when it never did."""
    return next((line.occurred_at for line in valid(lines) if line.to_stage in CONVERSIONS), None)
