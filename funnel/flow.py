"""Period flow and snapshot: how many entered each stage in a period, and how many stand where at an instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db.models import Case, CharField, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When

from funnel.models import Journey
from funnel.questions import FUNNEL, PEOPLE, Question, flagged
from leads.models import Stage

if TYPE_CHECKING:
    from datetime import datetime

FLOW_DEFINITION = (
    "Entries into each stage in the period, and their ratio to the entries into {entry} in the same period. "
    "The two are different leads, so the ratio may exceed 100 %. A stage skipped past counts as entered."
)
SNAPSHOT_DEFINITION = "How many leads stand at each stage at the instant shown. A mix, not a conversion."


@dataclass(frozen=True)
class Tally:
    """How many, in one stage."""

    stage: Stage
    n: int
    implied: int = 0


@dataclass(frozen=True)
class Flow:
    """One group's entries by stage; `undated` are entries nobody knows the time of."""

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


def _entered(question: Question, stage: Stage) -> Q:
    return question.during(f"{stage}_at") & ~flagged("assumed", stage)


def total(flows: list[Flow]) -> Flow:
    """All groups together; every cycle is in exactly one of them."""
    entries = [
        Tally(tallies[0].stage, sum(one.n for one in tallies), sum(one.implied for one in tallies))
        for tallies in zip(*(flow.entries for flow in flows), strict=True)
    ]
    return Flow(None, "All", tuple(entries or (Tally(stage, 0) for stage in Stage)))


def flow(question: Question) -> list[Flow]:
    """Entries into every stage in the period, per group; owner and team are those at the entry counted."""
    by = question.by
    first, *others = [_tallied(question, stage, by) for stage in (*FUNNEL, Stage.LOST)]
    found: dict[Any, dict[Stage, Tally]] = {} if by else {None: {}}
    for row in first.union(*others, all=True):
        stage = Stage(row["stage"])
        found.setdefault(row["key"], {})[stage] = Tally(stage, row["n"], row["skipped"])
    flows = [
        Flow(key, question.label(key), tuple(stages.get(stage, Tally(stage, 0)) for stage in (*FUNNEL, Stage.LOST)))
        for key, stages in found.items()
    ]
    return sorted(flows, key=lambda one: (-max(entry.n for entry in one.entries), one.label))


def _tallied(question: Question, stage: Stage, by: str) -> QuerySet[Journey, Any]:
    rows = behind_flow(question, stage)
    return rows.values(key=key_at(stage, by), stage=Value(str(stage))).annotate(
        n=Count("*"), skipped=Count("cycle", filter=flagged("implied", stage))
    )


def key_at(stage: Stage, by: str) -> Any:
    """What entries into a stage are split by; owner and team are those at that entry."""
    if not by:
        return Value(None, output_field=IntegerField(null=True))
    if by in PEOPLE:
        return person_at(by) if stage == Stage.LOST else F(f"{PEOPLE[by]}__{stage.rank - 1}")
    return F(by)


def person_at(by: str, at: datetime | None = None) -> Case:
    """Owner or team at the furthest stage reached, by `at` if given."""
    reached = {stage: {f"{stage}_at__lte": at} if at else {f"{stage}_at__isnull": False} for stage in FUNNEL}
    return Case(*(When(**reached[stage], then=F(f"{PEOPLE[by]}__{stage.rank - 1}")) for stage in reversed(FUNNEL)))


def snapshot_at(question: Question) -> datetime:
    """The instant of the snapshot: the last of the period, or now where that is earlier or no end is given."""
    _, over = question.instants
    return min(over - timedelta.resolution, question.at) if over else question.at


def standing(question: Question, at: datetime) -> Any:
    """The newest cycle of each lead at the instant `at`, with the stage it `stands` in."""
    newer = Journey.objects.filter(lead=OuterRef("lead"), cycle__gt=OuterRef("cycle"), opened_at__lte=at)
    stages = (Stage.LOST, *reversed(FUNNEL))
    stands = Case(*(When(**{f"{stage}_at__lte": at}, then=Value(str(stage))) for stage in stages))
    stands.output_field = CharField()
    rows = question.journeys(partial(standing_key, at))
    return rows.filter(opened_at__lte=at).exclude(Exists(newer)).annotate(stands=stands)


def standing_key(at: datetime, by: str) -> Any:
    """What those who stand somewhere are split by; owner and team are those at the furthest stage reached."""
    return person_at(by, at) if by in PEOPLE else key_at(FUNNEL[0], by)


def snapshot(question: Question, *, at: datetime) -> list[Flow]:
    """How many leads stand at each stage at `at`, per group."""
    by = question.by
    found: dict[Any, dict[Stage, Tally]] = {} if by else {None: {}}
    for row in standing(question, at).values("stands", key=standing_key(at, by)).annotate(n=Count("*")):
        found.setdefault(row["key"], {})[Stage(row["stands"])] = Tally(Stage(row["stands"]), row["n"])
    flows = [
        Flow(key, question.label(key), tuple(stages.get(stage, Tally(stage, 0)) for stage in Stage))
        for key, stages in found.items()
    ]
    return sorted(flows, key=lambda one: (-sum(entry.n for entry in one.entries), one.label))


def behind_flow(question: Question, stage: Stage) -> QuerySet[Journey]:
    """The cycles behind one number of the flow."""
    return question.journeys(partial(key_at, stage)).filter(_entered(question, stage))


def behind_snapshot(question: Question, stage: Stage, at: datetime) -> QuerySet[Journey]:
    """The cycles behind one number of the snapshot, one a lead."""
    rows: QuerySet[Journey] = standing(question, at).filter(stands=stage)
    return rows
