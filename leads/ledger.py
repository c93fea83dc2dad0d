"""The one statement that writes moves: where each lead stands, its log lines, and that they wait to be counted.

Only `moves.py`, `history.py` and the demo call it, after the rules have spoken. It serves one lead as ten thousand.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django.db import connection

from leads.models.company import LARGEST_BAND, SIZE_BANDS
from leads.prepared import execute


@dataclass(slots=True)
class Line:
    """One log line to be written, with what the lead's columns are after it."""

    lead_id: int
    sequence: int
    cycle: int
    step: str
    from_stage: str
    to_stage: str
    occurred_at: datetime
    stage_since: datetime
    recorded_at: datetime
    timing: str
    voids: int | None
    by_id: int | None
    owner_id: int | None
    reason_id: int | None
    note: str
    origin: str
    opens: bool
    changed: str | None
    amount: Decimal | None
    currency: str
    expected_close_on: date | None
    urgency: str
    competitor: str
    wake_on: date | None
    due_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class NewLead:
    """A lead to be opened: what is known of it, and its first line."""

    name: str = ""
    title: str = ""
    title_since: date | None = None
    company_id: int | None = None
    source: str = ""
    medium: str = ""
    campaign: str = ""
    channel: str = ""
    asset_id: int | None = None
    owner_id: int | None = None
    score: int = 0
    amount: Decimal | None = None
    currency: str = ""
    expected_close_on: date | None = None
    urgency: str = ""
    extra: str = "{}"
    is_demo: bool = False
    id: int = 0
    step: str = "create"
    stage: str = "tofu"
    occurred_at: datetime
    recorded_at: datetime
    timing: str = "exact"
    by_id: int | None = None
    origin: str = ""
    due_at: datetime | None = None


_TYPES = {
    "id": "bigint", "lead_id": "bigint", "sequence": "int", "cycle": "int", "voids": "int", "by_id": "bigint",
    "owner_id": "bigint", "company_id": "bigint", "asset_id": "bigint", "reason_id": "bigint", "score": "int",
    "occurred_at": "timestamptz", "stage_since": "timestamptz", "recorded_at": "timestamptz", "opens": "boolean",
    "is_demo": "boolean", "changed": "jsonb", "extra": "jsonb", "amount": "numeric", "expected_close_on": "date",
    "title_since": "date", "wake_on": "date", "due_at": "timestamptz",
}  # fmt: skip
_KEYS = ("id", "lead_id")


def _one(row: type) -> str:
    """`SELECT` of one row, a parameter per field: what the planner finds easiest."""
    return "SELECT " + ", ".join(f"%s::{_TYPES.get(field.name, 'text')} AS {field.name}" for field in fields(row))


def _many(rows: Sequence[Any]) -> tuple[str, list[Any]]:
    """`SELECT` of many rows, and its parameters: an array per field, or one value where all rows have the same."""
    same, arrays, varying, params = [], [], [], []
    names = [field.name for field in fields(rows[0])]
    for name, values in zip(names, zip(*map(attrgetter(*names), rows), strict=True), strict=True):
        kind = _TYPES.get(name, "text")
        if name not in _KEYS and values.count(values[0]) == len(values):
            same.append(f"%s::{kind} AS {name}")
            params.append(values[0])
        else:
            varying.append(name)
            arrays.append((kind, list(values)))
    source = ", ".join(f"%s::{kind}[]" for kind, _ in arrays)
    select = f"SELECT {', '.join(same + varying)} FROM unnest({source}) AS varying({', '.join(varying)})"
    return select, params + [values for _, values in arrays]


_SIZE_BAND = " ".join(f"WHEN company.employees <= {limit} THEN '{label}'" for limit, label in SIZE_BANDS)
_ENTRY = f"""
    jsonb_build_object(
        'source', lead.source, 'medium', lead.medium, 'campaign', lead.campaign, 'channel', lead.channel,
        'asset', lead.asset_id, 'industry', COALESCE(company.industry, ''), 'country', COALESCE(company.country, ''),
        'size_band', CASE WHEN company.employees IS NULL THEN '' {_SIZE_BAND} ELSE '{LARGEST_BAND}' END)
"""

# The lead as it was before this statement is what `entry` keeps: dimensions at entry, owner and team of the line.
_WRITE = """
    WITH line AS ({lines}),
    newest AS (SELECT DISTINCT ON (lead_id) * FROM line ORDER BY lead_id, sequence DESC),
    moved AS (
        UPDATE leads_lead lead SET
            stage = newest.to_stage, stage_since = newest.stage_since, cycle = newest.cycle,
            version = newest.sequence, owner_id = newest.owner_id, amount = newest.amount,
            currency = newest.currency, expected_close_on = newest.expected_close_on, urgency = newest.urgency,
            competitor = newest.competitor, wake_on = newest.wake_on, due_at = newest.due_at
        FROM newest WHERE lead.id = newest.lead_id
    ),
    logged AS (
        INSERT INTO leads_stagechange (
            lead_id, sequence, cycle, step, from_stage, to_stage, occurred_at, recorded_at, timing, voids,
            by_id, owner_id, team_id, reason_id, note, origin, entry, changed)
        SELECT line.lead_id, line.sequence, line.cycle, line.step, line.from_stage, line.to_stage, line.occurred_at,
            line.recorded_at, line.timing, line.voids, line.by_id, line.owner_id, owner.team_id, line.reason_id,
            line.note, line.origin,
            CASE WHEN line.opens THEN (
                SELECT {entry} FROM leads_lead lead LEFT JOIN leads_company company ON company.id = lead.company_id
                WHERE lead.id = line.lead_id) END,
            line.changed
        FROM line LEFT JOIN leads_user owner ON owner.id = line.owner_id
    )
    INSERT INTO leads_unapplied (lead_id, sequence) SELECT lead_id, sequence FROM line
"""
_WRITE_ONE = _WRITE.format(lines=_one(Line), entry=_ENTRY)


_OPEN = """
    WITH fresh AS ({fresh}),
    opened AS (
        INSERT INTO leads_lead (
            id, name, title, title_since, company_id, source, medium, campaign, channel, asset_id, owner_id, score,
            amount, currency, expected_close_on, urgency, extra, is_demo, competitor, stage, stage_since, cycle,
            version, created_at, due_at)
        SELECT id, name, title, title_since, company_id, source, medium, campaign, channel, asset_id, owner_id, score,
            amount, currency, expected_close_on, urgency, extra, is_demo, '', stage, occurred_at, 1, 1, recorded_at,
            due_at
        FROM fresh
    ),
    logged AS (
        INSERT INTO leads_stagechange (
            lead_id, sequence, cycle, step, from_stage, to_stage, occurred_at, recorded_at, timing,
            by_id, owner_id, team_id, note, origin, entry)
        SELECT lead.id, 1, 1, lead.step, '', lead.stage, lead.occurred_at, lead.recorded_at, lead.timing,
            lead.by_id, lead.owner_id, owner.team_id, '', lead.origin, {entry}
        FROM fresh lead
        LEFT JOIN leads_company company ON company.id = lead.company_id
        LEFT JOIN leads_user owner ON owner.id = lead.owner_id
    )
    INSERT INTO leads_unapplied (lead_id, sequence) SELECT id, 1 FROM fresh
"""


def write(lines: Sequence[Line]) -> None:
    """Write lines and move their leads to where the newest of each says. Leads must be locked by the caller."""
    if not lines:
        return
    with connection.cursor() as cursor:
        if len(lines) == 1:
            execute(cursor, _WRITE_ONE, [getattr(lines[0], field.name) for field in fields(Line)])
        else:
            select, params = _many(lines)
            cursor.execute(_WRITE.format(lines=select, entry=_ENTRY), params)


def open_leads(leads: Sequence[NewLead]) -> None:
    """Insert leads with their first lines, and give each its `id`."""
    if not leads:
        return
    with connection.cursor() as cursor:
        numbers = "SELECT nextval(pg_get_serial_sequence('leads_lead', 'id')) FROM generate_series(1, %s)"
        cursor.execute(numbers, [len(leads)])
        for lead, (number,) in zip(leads, cursor.fetchall(), strict=True):
            lead.id = number
        select, params = _many(leads)
        cursor.execute(_OPEN.format(fresh=select, entry=_ENTRY), params)
