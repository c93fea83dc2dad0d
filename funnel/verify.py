"""Do the statistics equal the log? Recounts everything in one snapshot and lists each difference."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone

from funnel import cohorts, flow, journeys
from funnel.models import Journey
from funnel.questions import DIMENSIONS, FUNNEL, PEOPLE, Question
from funnel.recount import DIMENSIONS as TEXTS
from funnel.recount import LogLine, Pass, conversion, passes_of, valid_lines
from leads.models import Lead, Stage, StageChange, Unapplied

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOG = tuple(field.name for field in fields(LogLine))
_MASKS = ("implied", "assumed", "clamped")


@dataclass
class Verification:
    """What was compared, and every difference found, in words."""

    lines: int = 0
    leads: int = 0
    journeys: int = 0
    numbers: int = 0
    waiting: int = 0
    differences: list[str] = field(default_factory=list)

    def expect(self, what: str, found: object, counted: object) -> None:
        self.numbers += 1
        if found != counted:
            self.differences.append(f"{what}: statistics say {found}, the log says {counted}")


def verify(*, at: datetime | None = None, reports: bool = True) -> Verification:
    """Count what waits, then recount the log in one snapshot and compare leads, journeys and, if asked, report numbers.

    Leads that move meanwhile are counted as waiting and left out; they are no difference.
    """
    journeys.apply_waiting()
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return _compare(at or timezone.now(), reports=reports)


def _compare(at: datetime, *, reports: bool) -> Verification:
    result = Verification()
    waiting = set(Unapplied.objects.values_list("lead_id", flat=True))
    result.waiting = len(waiting)
    passes = _compare_rows(result, waiting)
    if reports and not waiting:
        _compare_cohorts(result, passes, at)
        _compare_flow(result, passes)
        _compare_snapshot(result, at)
    return result


def _compare_rows(result: Verification, waiting: set[int]) -> list[Pass]:
    """Each lead against its last line, each journey against its recount; returns the recounted cycles."""
    leads = {lead.pk: lead for lead in Lead.objects.only("stage", "stage_since", "cycle", "version").iterator()}
    kept = {(journey.lead_id, journey.cycle): journey for journey in Journey.objects.iterator()}
    result.leads, result.journeys = len(leads), len(kept)
    passes: list[Pass] = []
    for lead_id, group in groupby(_log(), key=lambda line: line.lead_id):
        lines = list(group)
        result.lines += len(lines)
        lead = leads.pop(lead_id, None)
        recounted = passes_of(lines)
        journeys_of_lead = [kept.pop((lead_id, one.cycle), None) for one in recounted]
        _compare_lead(result, lead, lines)
        if lead_id in waiting:
            continue
        passes += recounted
        for one, journey in zip(recounted, journeys_of_lead, strict=True):
            _compare_journey(result, one, journey)
    result.differences += [f"lead {lead_id} has no line in the log" for lead_id in leads]
    result.differences += [
        f"journey {cycle} of lead {lead_id} has no line in the log"
        for lead_id, cycle in kept if lead_id not in waiting
    ]  # fmt: skip
    return passes


def _log() -> Iterator[LogLine]:
    rows = StageChange.objects.order_by("lead_id", "sequence").values_list(*_LOG)
    for row in rows.iterator(chunk_size=5_000):
        yield LogLine(*row)


def _compare_lead(result: Verification, lead: Lead | None, lines: list[LogLine]) -> None:
    name = f"lead {lines[0].lead_id}"
    result.expect(f"{name} numbers its lines", [line.sequence for line in lines], list(range(1, len(lines) + 1)))
    last = valid_lines(lines)[-1]
    stands = (lead.stage, lead.cycle, lead.version, lead.stage_since) if lead else None
    result.expect(f"{name} stands", stands, (last.to_stage, last.cycle, lines[-1].sequence, last.occurred_at))


def _compare_journey(result: Verification, one: Pass, journey: Journey | None) -> None:
    name = f"journey {one.cycle} of lead {one.lead_id}"
    if journey is None:
        result.expect(name, None, "a cycle")
        return
    times = {stage: time for stage in Stage.values if (time := getattr(journey, f"{stage}_at"))}
    masks = [getattr(journey, mask) for mask in _MASKS]
    counted_masks = [sum(1 << (Stage(stage).rank - 1) for stage in one.flags[mask]) for mask in _MASKS]
    result.expect(f"{name}, times", times, one.at)
    result.expect(f"{name}, flags", masks, counted_masks)
    result.expect(f"{name}, people", (journey.owners, journey.teams), (one.owners, one.teams))
    end = (journey.outcome, journey.ended_at, journey.end_step, journey.end_reason_id)
    result.expect(f"{name}, end", end, (one.outcome, one.ended_at, one.end_step, one.end_reason_id))
    dimensions = {name: getattr(journey, name) for name in TEXTS}
    result.expect(f"{name}, dimensions", dimensions, {name: one.entry.get(name, "") for name in TEXTS})


def _compare_cohorts(result: Verification, passes: list[Pass], at: datetime) -> None:
    for entry in FUNNEL[:-1]:
        for days in (30, 90):
            question = Question(at=at, entry=entry, window=timedelta(days=days))
            _compare_cohort(result, cohorts.total(question), passes, question)
        for by in DIMENSIONS:
            _compare_groups(result, Question(at=at, entry=entry, by=by), passes)


def _compare_groups(result: Verification, question: Question, passes: list[Pass]) -> None:
    groups: dict[Any, list[Pass]] = {}
    for one in passes:
        if question.entry in one.at:
            groups.setdefault(_value(one, question.by, question.entry.rank), []).append(one)
    found = cohorts.groups(question)
    what = f"{question.by} values of those who entered {question.entry}"
    result.expect(what, {cohort.key for cohort in found}, set(groups))
    for cohort in found:
        _compare_cohort(result, cohort, groups.get(cohort.key, []), question)


def _value(one: Pass, by: str, rank: int) -> Any:
    if by in PEOPLE:
        people = getattr(one, PEOPLE[by])
        return people[rank - 1]
    return one.cycle if by == "cycle" else one.entry.get(by, "")


def _compare_cohort(result: Verification, cohort: cohorts.Cohort, passes: list[Pass], question: Question) -> None:
    for conversion_ in cohort.conversions:
        counted = conversion(passes, question.entry, conversion_.stage, window=question.window, at=question.at)
        what = f"{question.entry} → {conversion_.stage} in {question.window.days} days, {cohort.label}"
        result.expect(what, (conversion_.rate.hits, conversion_.rate.n), counted)


def _compare_flow(result: Verification, passes: list[Pass]) -> None:
    found = flow.flow(Question(at=timezone.now()))[0]
    for entry in found.entries:
        counted = sum(1 for one in passes if entry.stage in one.at and entry.stage not in one.flags["assumed"])
        result.expect(f"entries into {entry.stage}", entry.n, counted)


def _compare_snapshot(result: Verification, at: datetime) -> None:
    if Lead.objects.filter(stage_since__gt=at).exists():
        return
    found = flow.snapshot(Question(at=at), at=at)[0]
    standing = dict(Lead.objects.values_list("stage").annotate(n=Count("*")))
    for entry in found.entries:
        result.expect(f"leads at {entry.stage}", entry.n, standing.get(str(entry.stage), 0))
