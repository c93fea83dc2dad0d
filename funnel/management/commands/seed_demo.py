"""`./run manage seed_demo`: fill an installation with a believable company, or take it away again."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from funnel import journeys
from funnel.demo import removal, seeding
from funnel.management.arguments import instant, positive


class Command(BaseCommand):
    help = "Write a demo company with people, leads and their history, all flagged as demo; or remove exactly that."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--leads", type=positive, default=5000, help="how many (default 5000)")
        parser.add_argument("--months", type=positive, default=18, help="length of the history (default 18)")
        parser.add_argument("--seed", type=int, default=1, help="the same seed and --at give the same demo")
        parser.add_argument("--at", type=instant, help="when the history ends (default now)")
        parser.add_argument("--remove", action="store_true", help="remove the demo, leaving everything real")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._remove() if options["remove"] else self._seed(options)
        except seeding.DemoRefused as refused:
            raise CommandError(str(refused)) from refused

    def _seed(self, options: dict[str, Any]) -> None:
        if seeding.is_there():
            self.stdout.write("The demo is already there; nothing was changed. Remove it with --remove.")
            return
        written = seeding.seed(
            leads=options["leads"], months=options["months"], seed=options["seed"], at=options["at"] or timezone.now()
        )
        journeys.apply_waiting()
        self.stdout.write(
            f"Wrote {written.leads:,} demo leads with {written.lines:,} log lines and {written.touches:,} touches. "
            "Log in as sam, mia, alex, max or ada; the password is demo."
        )

    def _remove(self) -> None:
        gone = removal.remove()
        for table, count in gone.items():
            self.stdout.write(f"{count:>8,}  {table}")
        self.stdout.write("The demo is gone." if gone else "There was no demo; nothing was changed.")
