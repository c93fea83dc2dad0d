"""`manage.py import_leads FILE --mapping MAP.toml`: leads from a CSV file, as often as you like."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from leads.importing import run
from leads.importing.errors import Unusable
from leads.importing.loading import load
from leads.importing.output import JsonOutput, Listener, Refusals, TextOutput

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Sequence

    from leads.importing.records import Result

UNUSABLE = 2


class Command(BaseCommand):
    help = "Leads and their stage history from a CSV file; doing it again changes nothing. See docs/importing.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="the CSV file")
        parser.add_argument("--mapping", type=Path, required=True, metavar="MAP.toml", help="what its columns mean")
        parser.add_argument("--dry-run", action="store_true", help="tell what would happen, write nothing")
        parser.add_argument("--json", action="store_true", help="one JSON document with every row's result")
        parser.add_argument("--refused", type=Path, metavar="FILE", help="where refused rows go: <stem>.refused.csv")
        parser.add_argument("--sides", type=Path, metavar="DIR", help="folder of the side files: that of FILE")
        parser.add_argument("--no-limit", action="store_true", help="accept files of more than 200 MB")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        refused = options["refused"] or Path(f"{file.stem}.refused.csv")
        try:
            if refused.resolve() == file.resolve():
                raise Unusable(f"The refused rows would overwrite {file}: name another file with --refused.")
            mapping = load(options["mapping"])
            job = run.prepare(file, mapping, at=timezone.now(), sides=options["sides"], limit=not options["no_limit"])
            kind = JsonOutput if options["json"] else TextOutput
            output = kind(Listener(self.stdout), file, options["mapping"], dry_run=options["dry_run"])
            with Refusals(refused, job) as refusals:

                def tell(results: Sequence[Result]) -> None:
                    refusals.add(results)
                    output.add(results)

                summary = run.run(job, tell=tell, dry_run=options["dry_run"])
            output.end(summary, refusals.path)
        except (Unusable, run.Stopped) as error:
            raise CommandError(str(error), returncode=UNUSABLE) from None
