"""How fresh the statistics are."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection


@dataclass(frozen=True)
class Freshness:
    """Lines of the log not counted yet, and when the oldest of them was written."""

    waiting: int
    since: datetime | None


def freshness() -> Freshness:
    """How many log lines wait to be counted now, and since when."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), min(c.recorded_at) FROM leads_unapplied u"
            " JOIN leads_stagechange c ON c.lead_id = u.lead_id AND c.sequence = u.sequence"
        )
        waiting, since = cursor.fetchone()
    return Freshness(waiting, since)
