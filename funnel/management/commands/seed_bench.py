"""`./run manage seed_bench`: fill a database with millions of leads, to measure on."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from funnel.bulk import seeding
from funnel.management.arguments import instant, positive


class Command(BaseCommand):
    help = "Load leads of benchmark size with their log, by COPY. Count them afterwards with rebuild_stats."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--leads", type=positive, required=True, help="how many")
        parser.add_argument("--months", type=positive, default=24, help="length of the history (default 24)")
        parser.add_argument("--seed", type=int, default=1, help="the same seed and --at give the same leads")
        parser.add_argument("--at", type=instant, help="when the history ends (default now)")
        parser.add_argument("--append", action="store_true", help="add to the leads that are there")
        parser.add_argument("--unapplied", action="store_true", help="leave every line to be counted, as the gate does")
        parser.add_argument("--identities", action="store_true", help="give every lead an e-mail")

    def handle(self, *args: Any, **options: Any) -> None:
        names = ("leads", "months", "seed", "append", "unapplied", "identities")
        wanted = seeding.Wanted(at=options["at"] or timezone.now(), **{name: options[name] for name in names})
        try:
            seeded = seeding.seed(wanted, tell=self.stdout.write)
        except seeding.SeedRefused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(
            f"{seeded.leads:,} leads, {seeded.changes:,} changes, {seeded.seconds:.1f} s, "
            f"{seeded.changes / seeded.seconds:,.0f} changes/s"
        )
