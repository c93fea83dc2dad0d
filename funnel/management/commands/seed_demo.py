"""`./run manage seed_demo`: fill an installation with a believable company, or take it away again."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from funnel import journeys
from funnel.demo import removal, seeding


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text} is not a number of at least 1.")
    return int(text)


def _instant(text: str) -> datetime:
    """An ISO date or instant; without an offset in the organisation's time zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text} is not an ISO date or instant such as 2026-03-04T12:00Z.") from None
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


class Command(BaseCommand):
    help = "Write a demo company with people, leads and their history, all flagged as demo; or remove exactly that."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--leads", type=_positive, default=5000, help="how many (default 5000)")
        parser.add_argument("--months", type=_positive, default=18, help="length of the history (default 18)")
        parser.add_argument("--seed", type=int, default=1, help="the same seed and --at give the same demo")
        parser.add_argument("--at", type=_instant, help="when the history ends (default now)")
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
