"""Each lead against its last line, and each journey against the recount of the log, a span of leads at a time."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import groupby
from typing import TYPE_CHECKING

from django.db.models import Max

from funnel.models import Journey, Term
from funnel.recount import DIMENSIONS as TEXTS
from funnel.recount import LogLine, Pass, passes_of, valid_lines
from funnel.shards import SPAN
from leads.models import Lead, Stage, StageChange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from funnel.verification import Verification

_LOG = tuple(field.name for field in fields(LogLine))
_MASKS = ("implied", "assumed", "clamped")
KEPT = 200_000


@dataclass(frozen=True)
class Recounted:
    """Recounted cycles to compare reports with: of all leads, or of the first ones where there are too many to hold."""

    passes: list[Pass]
    leads: frozenset[int]
    are_all: bool


def compare(result: Verification, waiting: set[int]) -> Recounted:
    """Compare leads and journeys with the log; returns recounted cycles, none of leads that wait."""
    last = max(model.objects.aggregate(last=Max(name))["last"] or 0 for model, name in _NUMBERS)
    words = dict(Term.objects.values_list("id", "value"))
    kept: list[Pass] = []
    leads: set[int] = set()
    for first in range(0, last + 1, SPAN):
        passes = _compare_span(result, first, waiting, words)
        if len(kept) < KEPT:
            kept += passes
            leads |= {one.lead_id for one in passes}
    result.sampled = len(leads) if result.leads - result.waiting > len(leads) else 0
    return Recounted(kept, frozenset(leads), len(kept) < KEPT)


_NUMBERS = ((Lead, "id"), (Journey, "lead_id"))


def _compare_span(result: Verification, first: int, waiting: set[int], words: dict[int, str]) -> list[Pass]:
    span = {"lead_id__gte": first, "lead_id__lt": first + SPAN}
    some = Lead.objects.filter(id__gte=first, id__lt=first + SPAN)
    leads = {
        lead.pk: lead
        for lead in some.only("stage", "stage_since", "cycle", "version", "amount", "currency", "merged_into_id")
    }
    kept = {(journey.lead_id, journey.cycle): journey for journey in Journey.objects.filter(**span)}
    result.leads += len(leads)
    result.journeys += len(kept)
    passes: list[Pass] = []
    for lead_id, group in groupby(_log(span), key=lambda line: line.lead_id):
        lines = list(group)
        result.lines += len(lines)
        lead = leads.pop(lead_id, None)
        recounted = [] if lead is None or lead.merged_into_id else passes_of(lines, lead.amount, lead.currency)
        journeys = [kept.pop((lead_id, one.cycle), None) for one in recounted]
        _compare_lead(result, lead, lines)
        if lead_id in waiting:
            continue
        passes += recounted
        for one, journey in zip(recounted, journeys, strict=True):
            _compare_journey(result, one, journey, words)
    result.differences += [f"lead {lead_id} has no line in the log" for lead_id in leads]
    result.differences += [
        f"journey {cycle} of lead {lead_id} has no line in the log"
        for lead_id, cycle in kept if lead_id not in waiting
    ]  # fmt: skip
    return passes


def _log(span: dict[str, int]) -> Iterator[LogLine]:
    rows = StageChange.objects.filter(**span).order_by("lead_id", "sequence").values_list(*_LOG)
    for row in rows.iterator(chunk_size=5_000):
        yield LogLine(*row)


def _compare_lead(result: Verification, lead: Lead | None, lines: list[LogLine]) -> None:
    name = f"lead {lines[0].lead_id}"
    result.expect(f"{name} numbers its lines", [line.sequence for line in lines], list(range(1, len(lines) + 1)))
    last = valid_lines(lines)[-1]
    stands = (lead.stage, lead.cycle, lead.version, lead.stage_since) if lead else None
    result.expect(f"{name} stands", stands, (last.to_stage, last.cycle, lines[-1].sequence, last.occurred_at))


def _compare_journey(result: Verification, one: Pass, journey: Journey | None, words: dict[int, str]) -> None:
    name = f"journey {one.cycle} of lead {one.lead_id}"
    if journey is None:
        result.expect(name, None, "a cycle")
        return
    times = {stage: time for stage in Stage.values if (time := getattr(journey, f"{stage}_at"))}
    masks = [getattr(journey, mask) for mask in _MASKS]
    counted_masks = [sum(1 << (Stage(stage).rank - 1) for stage in one.flags[mask]) for mask in _MASKS]
    people = [[number or 0 for number in some] + [0] * (7 - len(some)) for some in (one.owners, one.teams)]
    result.expect(f"{name}, times", (journey.opened_at, times), (one.opened_at, one.at))
    result.expect(f"{name}, flags", masks, counted_masks)
    result.expect(f"{name}, people", [journey.owners, journey.teams], people)
    end = (Journey.Outcome(journey.outcome).name.lower(), journey.ended_at, journey.ended_by, journey.end_reason_id)
    result.expect(f"{name}, end", end, (one.outcome, one.ended_at, one.end_step, one.end_reason_id))
    result.expect(f"{name}, next", journey.next_at, one.next_at)
    result.expect(f"{name}, deal", (journey.cents, journey.currency.strip()), one.deal)
    dimensions = {name: _word(words, getattr(journey, name)) for name in TEXTS} | {"asset": journey.asset}
    counted = {name: one.entry.get(name, "") for name in TEXTS} | {"asset": one.entry.get("asset") or 0}
    result.expect(f"{name}, dimensions", dimensions, counted)


def _word(words: dict[int, str], number: int) -> str:
    return words.get(number, f"term {number}, which there is not") if number else ""
