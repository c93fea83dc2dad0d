"""When a lead counts as stalled: its stage's days are over without a step or a touch, and nothing is planned."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Q

from leads.models.policy import StagePolicy
from leads.models.stage import OPEN

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leads.models.lead import Lead

type Days = Mapping[str, int | None]


def stale_days() -> Days:
    """Days without a step or a touch after which a lead is stalled, by stage; None for never."""
    return dict(StagePolicy.objects.values_list("stage", "stale_days"))


def stalled_leads(at: datetime, days: Days) -> Q:
    """The leads that are stalled at `at`; `is_stalled` says the same of one lead.

    One condition a stage, so that each can run along the index of who waits longest in it.
    """
    late = Q(pk__in=[])
    for stage in OPEN:
        limit = days.get(stage)
        if limit is not None:
            cut = at - timedelta(days=limit)
            untouched = Q(touched_at=None) | Q(touched_at__lte=cut)
            late |= Q(stage=stage, stage_since__lte=cut) & untouched
    return late & (Q(next_at=None) | Q(next_at__lte=at)) & Q(erased_at=None, merged_into=None)


def is_stalled(lead: Lead, *, at: datetime, days: Days) -> bool:
    """Whether this one lead is stalled at `at`: a planned activity that lies ahead pauses its clock."""
    limit = days.get(lead.stage)
    if limit is None or lead.stage not in OPEN or lead.erased_at or lead.merged_into_id:
        return False
    if lead.next_at is not None and lead.next_at > at:
        return False
    last = max(moment for moment in (lead.stage_since, lead.touched_at) if moment)
    return last <= at - timedelta(days=limit)
