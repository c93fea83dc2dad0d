"""Leads an import finds: their facts, keys and part of the history made what the file says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leads import history
from leads.history import MovedByHand, Plan
from leads.importing import facts
from leads.importing.creating import flags_of, results_of, say_consent
from leads.importing.keys import Taken
from leads.importing.records import REFUSED, UNCHANGED, UPDATED, Record, Result
from leads.lines import FACTS
from leads.models import Lead

if TYPE_CHECKING:
    from datetime import datetime

    from leads.importing.mapping import Mapping
    from leads.importing.records import Claim, Key


def update(
    records: dict[int, Record], known: dict[Key, int], mapping: Mapping, claims: list[Claim], *, at: datetime
) -> list[Result]:
    """Write what each record changes of its lead; new keys are added to the `claims` still to be made.

    A row whose history is refused changes nothing at all. Raises Taken when a lead was merged or erased meanwhile:
    its keys are elsewhere now.
    """
    if not records:
        return []
    plans = history.plan({lead_id: record.entries for lead_id, record in records.items()}, origin=mapping.name, at=at)
    if Lead.objects.filter(pk__in=records).exclude(merged_into=None, erased_at=None).exists():
        raise Taken
    results: list[Result] = []
    going: dict[int, Plan] = {}
    for lead_id, record in records.items():
        plan = plans[lead_id]
        if isinstance(plan, MovedByHand):
            results += [Result(one.line, one.key, REFUSED, str(plan), (), one.cells) for one in (record, *record.also)]
        else:
            going[lead_id] = plan
    records = {lead_id: records[lead_id] for lead_id in going}
    changes = _write_facts(records, going)
    history.carry_out(list(going.values()), origin=mapping.name, at=at)
    wanted = [(key, lead_id) for lead_id, record in records.items() for key in record.keys if key not in known]
    claims += wanted
    named = {lead_id for _, lead_id in wanted}
    consented = say_consent(records, mapping, at=at)
    for lead_id, record in records.items():
        plan = going[lead_id]
        what = sorted(name.removesuffix("_id") for name in changes[lead_id])
        what += ["history"] * plan.changes + ["identity"] * (lead_id in named) + ["consent"] * (lead_id in consented)
        flags = flags_of(plan.wanted, mapping.name)
        results += results_of(record, UPDATED if what else UNCHANGED, ", ".join(what), flags)
    return results


def _write_facts(records: dict[int, Record], plans: dict[int, Plan]) -> dict[int, dict[str, Any]]:
    """Write changed facts, on the plans' leads too; returns what changed of each lead."""
    known = facts.of(list(records))
    changes = {lead_id: facts.changed_by(record, known[lead_id]) for lead_id, record in records.items()}
    facts.write({lead_id: {**known[lead_id], **changed} for lead_id, changed in changes.items() if changed})
    for lead_id, changed in changes.items():
        for name in FACTS:
            if name in changed:
                setattr(plans[lead_id].lead, name, changed[name])
    return changes
