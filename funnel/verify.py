"""Do the statistics equal the log? Recounts everything in one snapshot and lists each difference."""

from __future__ import annotations

from dataclasses import fields
from itertools import groupby
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils import timezone

from funnel import journeys, verify_reports
from funnel.models import Journey
from funnel.recount import DIMENSIONS as TEXTS
from funnel.recount import LogLine, Pass, passes_of, valid_lines
from funnel.verification import Verification
from leads.models import Lead, Stage, StageChange, Unapplied

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_LOG = tuple(field.name for field in fields(LogLine))
_STANDS = ("stage", "stage_since", "cycle", "version", "merged_into")
_MASKS = ("implied", "assumed", "clamped")


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
    if reports:
        verify_reports.compare(result, passes, at)
    return result


def _compare_rows(result: Verification, waiting: set[int]) -> list[Pass]:
    """Each lead against its last line, each journey against its recount; returns the recounted cycles.

    A lead merged into another has a log and a place like any, but no cycle: its survivor's count for both.
    """
    leads = {lead.pk: lead for lead in Lead.objects.only(*_STANDS).iterator()}
    kept = {(journey.lead_id, journey.cycle): journey for journey in Journey.objects.iterator()}
    result.leads, result.journeys = len(leads), len(kept)
    passes: list[Pass] = []
    for lead_id, group in groupby(_log(), key=lambda line: line.lead_id):
        lines = list(group)
        result.lines += len(lines)
        lead = leads.pop(lead_id, None)
        recounted = [] if lead and lead.merged_into_id else passes_of(lines)
        journeys_of_lead = [kept.pop((lead_id, one.cycle), None) for one in recounted]
        _compare_lead(result, lead, lines)
        if lead_id in waiting:
            continue
        passes += recounted
        for one, journey in zip(recounted, journeys_of_lead, strict=True):
            _compare_journey(result, one, journey)
    result.differences += [f"lead {lead_id} has no line in the log" for lead_id in leads]
    result.differences += [
        f"journey {cycle} of lead {lead_id} has no line in the log that counts"
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
    result.expect(f"{name}, times", (journey.opened_at, times), (one.opened_at, one.at))
    result.expect(f"{name}, flags", masks, counted_masks)
    result.expect(f"{name}, people", (journey.owners, journey.teams), (one.owners, one.teams))
    end = (journey.outcome, journey.ended_at, journey.end_step, journey.end_reason_id)
    result.expect(f"{name}, end", end, (one.outcome, one.ended_at, one.end_step, one.end_reason_id))
    dimensions = {name: getattr(journey, name) for name in TEXTS}
    result.expect(f"{name}, dimensions", dimensions, {name: one.entry.get(name, "") for name in TEXTS})
