"""Do the statistics equal the log? Recounts everything in one snapshot and lists each difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from funnel import journeys, verify_measures, verify_reports, verify_rows, verify_stores
from funnel.freshness import one_moment
from funnel.verification import Verification
from leads.models import Unapplied

if TYPE_CHECKING:
    from datetime import datetime


def verify(*, at: datetime | None = None, reports: bool = True) -> Verification:
    """Count what waits, then recount the log in one snapshot: leads, journeys, columns, rollups and, if asked, reports
    and measures.

    Leads that move meanwhile are counted as waiting and left out of what is compared with the log; they are no
    difference.
    """
    journeys.apply_waiting()
    with one_moment() as now:
        result = Verification()
        waiting = set(Unapplied.objects.values_list("lead_id", flat=True))
        result.waiting = len(waiting)
        passes = verify_rows.compare(result, waiting)
        verify_stores.compare(result)
        if reports:
            verify_reports.compare(result, passes, at or now)
            verify_measures.compare(result, passes, at or now)
        return result
