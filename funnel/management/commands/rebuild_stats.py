"""`rebuild_stats`: derive every statistic from the log anew."""

from typing import Any

from django.core.management.base import BaseCommand

from funnel.rebuild import rebuild


class Command(BaseCommand):
    help = (
        "Derive journeys, rollups and columns from the log anew. Moves go on meanwhile, the old numbers answer until"
        " the new ones are complete, and a run that was killed is taken up where it stopped by the next."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        leads = rebuild(self._tell)
        self.stdout.write(f"Statistics of {leads:,} leads derived anew.")

    def _tell(self, done: int, total: int) -> None:
        self.stderr.write(f"  up to lead {done:,} of {total:,} ({done / max(total, 1):.0%})")
