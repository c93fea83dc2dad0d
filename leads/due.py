"""When the next step of a lead is due: so many working hours after it came to stand where it stands."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from django.db import DatabaseError, connection, transaction

from leads.calendar import working_calendar
from leads.hours import EPOCH, MICROSECOND, NeverOpen
from leads.identity import is_lost_race
from leads.models import ClockChange, Stage, StagePolicy

if TYPE_CHECKING:
    from datetime import datetime

    from leads.hours import Calendar

BATCH = 10_000
GRACE = timedelta(minutes=5)
"""No request and no task takes longer: by then every move is written that had read the limits before a change."""

_STANDING = """
    SELECT id, stage_since FROM leads_lead WHERE stage = %s AND id > %s {running} ORDER BY id LIMIT %s
    FOR NO KEY UPDATE
"""
_WRITE = """
    UPDATE leads_lead lead SET due_at = said.due_at FROM unnest(%s::bigint[], %s::timestamptz[]) AS said(id, due_at)
    WHERE lead.id = said.id AND lead.due_at IS DISTINCT FROM said.due_at
"""


class Clock:
    """Says when a step is due. Reads the policies and the working hours once each, and only when it has to."""

    @cached_property
    def hours(self) -> dict[str, int | None]:
        return dict(StagePolicy.objects.values_list("stage", "sla_hours"))

    @cached_property
    def calendar(self) -> Calendar:
        return working_calendar()

    def due(self, stage: str, since: datetime) -> datetime | None:
        """When the step out of a stage entered at `since` is due, in UTC; None where the stage has no limit."""
        return self.after(self.hours.get(stage), since)

    def after(self, hours: int | None, since: datetime) -> datetime | None:
        """So many working hours after `since`, in UTC; None for no limit, or where nobody ever works."""
        if hours is None:
            return None
        try:
            return self.calendar.due(since, hours)
        except (NeverOpen, OverflowError):
            return None


def changed(*, at: datetime) -> None:
    """Write down, in the transaction that changes policies, hours or holidays, that all due times follow."""
    ClockChange.objects.create(at=at)


def catch_up(*, at: datetime) -> None:
    """Set the due times anew after such changes: at once, and once more when all that had read the old ones is over.

    Safe to run at any time, by any number of workers. What is locked for too long is left to the next time.
    """
    waiting = list(ClockChange.objects.all())
    settled = [one.pk for one in waiting if at - one.at >= GRACE]
    if not settled and all(one.passed for one in waiting):
        return
    try:
        refresh()
    except DatabaseError as error:
        if is_lost_race(error):
            return
        raise
    ClockChange.objects.filter(pk__in=[one.pk for one in waiting]).update(passed=True)
    ClockChange.objects.filter(pk__in=settled).delete()


def refresh() -> None:
    """Work out anew when each lead's step is due, after policies, working hours or holidays have changed.

    Leads are locked a batch at a time and in ascending order, so that moves go on beside it.
    """
    clock = Clock()
    for stage in Stage.values:
        last: int | None = 0
        while last is not None:
            last = _refresh_some(clock, stage, after=last)


@transaction.atomic
def _refresh_some(clock: Clock, stage: str, *, after: int) -> int | None:
    """The next batch of a stage's leads; returns the number of its last one, None when there are no more."""
    with connection.cursor() as cursor:
        # Where a stage has no limit, only clocks that still run need stopping.
        running = "" if clock.hours.get(stage) is not None else "AND due_at IS NOT NULL"
        cursor.execute(_STANDING.format(running=running), [stage, after, BATCH])
        rows = cursor.fetchall()
        if not rows:
            return None
        ids: list[int] = [number for number, _ in rows]
        cursor.execute(_WRITE, [ids, _all_due(clock, stage, [since for _, since in rows])])
    return ids[-1]


def _all_due(clock: Clock, stage: str, since: list[datetime]) -> list[datetime | None]:
    hours = clock.hours.get(stage)
    nothing: list[datetime | None] = [None] * len(since)
    if hours is None:
        return nothing
    starts = np.array([(moment - EPOCH) // MICROSECOND for moment in since], dtype=np.int64)
    try:
        return [EPOCH + int(due) * MICROSECOND for due in clock.calendar.all_due(starts, hours)]
    except (NeverOpen, OverflowError):
        return nothing
