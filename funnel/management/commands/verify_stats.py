"""`verify_stats`: does every number equal a recount of the log?"""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from funnel.verification import Verification
from funnel.verify import verify


class Command(BaseCommand):
    help = "Recount every statistic from the log; exits 1 on any difference."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        result = verify()
        as_json = json.dumps({"ok": not result.differences, **asdict(result)}) if options["json"] else ""
        self.stdout.write(as_json or told(result))
        if result.differences:
            raise SystemExit(1)


def told(result: Verification) -> str:
    """The result in words."""
    compared = f"{result.lines:,} log lines, {result.leads:,} leads, {result.journeys:,} journeys"
    if result.waiting:
        compared += f" ({result.waiting:,} leads were moving meanwhile and are left out)"
    if result.sampled:
        compared += f" (reports on {result.sampled:,} of the leads)"
    if not result.differences:
        return f"Statistics equal the log: {compared}; {result.numbers:,} comparisons."
    shown = "\n".join(f"  {difference}" for difference in result.differences[:50])
    return f"{len(result.differences):,} differences in {compared}:\n{shown}\nRebuild with: ./run manage rebuild_stats"
