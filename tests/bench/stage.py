"""Leads for the benchmarks to move."""

from datetime import datetime

from django.db import connection

from leads import ledger
from leads.ledger import NewLead


def leads_at(stage: str, count: int, *, at: datetime) -> list[int]:
    """Open `count` leads at a stage; returns their numbers."""
    leads = [NewLead(stage=stage, occurred_at=at, recorded_at=at, source="bench") for _ in range(count)]
    for start in range(0, count, 5_000):
        ledger.open_leads(leads[start : start + 5_000])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE leads_lead, leads_stagechange, leads_unapplied")
    return [lead.id for lead in leads]


def clear() -> None:
    """Leave an empty record behind."""
    with connection.cursor() as cursor:
        cursor.execute("SET leads.truncation = 'on'")
        cursor.execute("TRUNCATE leads_lead, funnel_rollup, funnel_chunk, funnel_stale, funnel_rebuild CASCADE")
