"""Leads an import opens: each with its facts, its keys and its whole history at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from leads import history
from leads.importing import keys
from leads.importing.arranging import arrange
from leads.importing.records import CREATED, UNCHANGED, UPDATED, Record, Result
from leads.ledger import NewLead
from leads.models.log import Timing
from leads.models.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leads.importing.arranging import Placed
    from leads.importing.mapping import Mapping
    from leads.importing.records import Claim


def create(records: Sequence[Record], mapping: Mapping, claims: list[Claim], *, at: datetime) -> list[Result]:
    """Open a lead for each record; its keys are added to the `claims` still to be made."""
    opened: list[tuple[NewLead, list[Placed]]] = []
    results: list[Result] = []
    for record in records:
        for entry in record.entries:
            entry.origin = mapping.name
        placed = arrange(record.entries, at=at)
        if record.facts.get("amount") is not None:
            record.facts.setdefault("currency", settings.DEFAULT_CURRENCY)
        extra = json.dumps(record.extra) if record.extra else "{}"
        opened.append((NewLead(**record.facts, extra=extra, occurred_at=at, recorded_at=at), placed))
        results += results_of(record, CREATED, "", flags_of(placed, mapping.name))
    history.begin(opened, at=at)
    numbers = [lead.id for lead, _ in opened]
    claims += [(key, lead_id) for record, lead_id in zip(records, numbers, strict=True) for key in record.keys]
    say_consent(dict(zip(numbers, records, strict=True)), mapping, at=at)
    return results


def say_consent(records: dict[int, Record], mapping: Mapping, *, at: datetime) -> set[int]:
    """Record what rows say of consent; returns the leads for which that was news."""
    if mapping.consent is None:
        return set()
    said = [
        (lead_id, record.consent[0], record.consent[1] or at) for lead_id, record in records.items() if record.consent
    ]
    return keys.consent(said, wording=mapping.consent.wording, source=mapping.name, at=at)


def flags_of(placed: Sequence[Placed], origin: str) -> list[str]:
    """What is doubtful about the times of a part's lines."""
    flags = []
    for each in placed:
        if each.timing != Timing.EXACT and each.origin == origin:
            words = _("%(stage)s: %(note)s, before the step before it")
            if each.timing == Timing.ASSUMED:
                words = _("%(stage)s: no date, time assumed")
            flags.append(words % {"stage": Stage(each.stage).label, "note": each.note})
    return flags


def results_of(record: Record, result: str, why: str, flags: Sequence[str]) -> list[Result]:
    """The result of the row, and of the further rows about its lead."""
    results = [Result(record.line, record.key, result, why, (*record.flags, *flags))]
    for other in record.also:
        if result != UNCHANGED and other.adds:
            told = _("adds to line %(line)s") % {"line": record.line}
            results.append(Result(other.line, other.key, UPDATED, told))
        else:
            results.append(
                Result(other.line, other.key, UNCHANGED, _("same lead as line %(line)s") % {"line": record.line})
            )
    return results
