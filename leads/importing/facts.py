"""Facts of leads that exist: what an import changes of them, written by one statement."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leads.importing.records import Record

# The columns an import may set, with their types. Where a lead stands is not among them.
COLUMNS = {
    "name": "text", "title": "text", "title_since": "date", "company_id": "bigint", "source": "text", "medium": "text",
    "campaign": "text", "channel": "text", "owner_id": "bigint", "score": "int", "amount": "numeric",
    "currency": "text", "expected_close_on": "date", "urgency": "text", "extra": "jsonb",
}  # fmt: skip

_READ = f"SELECT id, {', '.join(COLUMNS)} FROM leads_lead WHERE id = ANY(%s)"
_WRITE = f"""
    UPDATE leads_lead lead SET {", ".join(f"{name} = given.{name}" for name in COLUMNS)}
    FROM unnest(%s::bigint[], {", ".join(f"%s::{kind}[]" for kind in COLUMNS.values())})
        AS given(id, {", ".join(COLUMNS)})
    WHERE lead.id = given.id
"""


def of(lead_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The facts of leads, by lead."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, [list(lead_ids)])
        result = {number: dict(zip(COLUMNS, row, strict=True)) for number, *row in cursor.fetchall()}
    for facts in result.values():
        if isinstance(facts["extra"], str):
            facts["extra"] = json.loads(facts["extra"])
    return result


def changed_by(record: Record, known: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that the record changes, with their new values. A blank never takes a value away."""
    changes = {name: value for name, value in record.facts.items() if known[name] != value}
    if any(known["extra"].get(name) != text for name, text in record.extra.items()):
        changes["extra"] = {**known["extra"], **record.extra}
    if changes.get("amount") is not None and not (changes.get("currency") or known["currency"]):
        changes["currency"] = settings.DEFAULT_CURRENCY
    return changes


def write(facts: Mapping[int, Mapping[str, Any]]) -> None:
    """Set all facts of these leads, which the caller has locked."""
    if not facts:
        return
    rows = facts.values()
    arrays: list[list[Any]] = [
        [json.dumps(row[name]) if name == "extra" else row[name] for row in rows] for name in COLUMNS
    ]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [list(facts), *arrays])
