"""When a lead counts as stalled: its stage's days are over without a step or a touch, and nothing is planned."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import BooleanField, Func

from leads.models.policy import StagePolicy
from leads.models.stage import OPEN

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler

    from leads.models.lead import Lead

type Days = Mapping[str, int | None]


def stale_days() -> Days:
    """Days without a step or a touch after which a lead is stalled, by stage; None for never."""
    return dict(StagePolicy.objects.values_list("stage", "stale_days"))


class Stalled(Func):
    """Whether a lead is stalled at `at`; `is_stalled` says the same of one lead.

    One condition a stage, so that each can run along the index of who waits longest in it. Written out as SQL, because
    lists ask it three times a page and twenty lookups take longer to put together than to answer.
    """

    output_field = BooleanField()

    def __init__(self, at: datetime, days: Days) -> None:
        super().__init__("stage", "stage_since", "touched_at", "next_at", "erased_at", "merged_into")
        self.at, self.days = at, days

    def as_sql(  # type: ignore[override]
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, list[Any]]:
        columns = [compiler.compile(column)[0] for column in self.get_source_expressions()]
        stage, since, touched, planned, erased, merged = columns
        ways, params = [], list[Any]([self.at])
        for one in OPEN:
            limit = self.days.get(one)
            if limit is not None:
                cut = self.at - timedelta(days=limit)
                ways.append(f"({stage} = %s AND {since} <= %s AND ({touched} IS NULL OR {touched} <= %s))")
                params += [one.value, cut, cut]
        live = f"{erased} IS NULL AND {merged} IS NULL AND ({planned} IS NULL OR {planned} <= %s)"
        return f"({live} AND ({' OR '.join(ways) or 'FALSE'}))", params


def is_stalled(lead: Lead, *, at: datetime, days: Days) -> bool:
    """Whether this one lead is stalled at `at`: a planned activity that lies ahead pauses its clock."""
    limit = days.get(lead.stage)
    if limit is None or lead.stage not in OPEN or lead.erased_at or lead.merged_into_id:
        return False
    if lead.next_at is not None and lead.next_at > at:
        return False
    last = max(moment for moment in (lead.stage_since, lead.touched_at) if moment)
    return last <= at - timedelta(days=limit)
