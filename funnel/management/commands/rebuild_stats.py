"""`rebuild_stats`: derive every statistic from the log anew."""

from typing import Any

from django.core.management.base import BaseCommand

from funnel import journeys


class Command(BaseCommand):
    help = "Derive every journey from the log anew. Safe while moves go on, and safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        leads = journeys.rebuild()
        self.stdout.write(f"Journeys of {leads:,} leads derived anew.")
