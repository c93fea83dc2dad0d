"""`report NAME`: a report on the command line, the same numbers as on its page."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from funnel.asking import DEFAULT_WINDOW, ask
from funnel.cohorts import Cohort
from funnel.dimensions import DIMENSIONS, BadQuestion
from funnel.freshness import one_moment
from funnel.questions import FUNNEL, GRAINS, UNITS, Question
from funnel.report import FunnelReport, funnel_report
from funnel.reports import REPORTS, answered
from funnel.sheets import csv_of, text_of

NO_TABLE = "funnel is three tables, not one: ask for cohort, flow or snapshot with --csv."


class Command(BaseCommand):
    help = f"Print a report. Known: funnel, {', '.join(REPORTS)}."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", choices=["funnel", *REPORTS])
        form = parser.add_mutually_exclusive_group()
        form.add_argument("--json", action="store_true", help="print one JSON document")
        form.add_argument("--csv", action="store_true", help="print a table as CSV")
        parser.add_argument("--from", metavar="DAY", help="first day, such as 2026-01-01")
        parser.add_argument("--to", metavar="DAY", help="last day")
        parser.add_argument("--entry", metavar="STAGE", default="tofu", help=f"one of {', '.join(FUNNEL[:-1])}")
        parser.add_argument("--window", metavar="DAYS", default=str(DEFAULT_WINDOW), help="days each cycle is followed")
        parser.add_argument("--by", metavar="DIMENSION", default="", help=f"one of {', '.join(DIMENSIONS)}")
        parser.add_argument("--grain", metavar="SPAN", default="", help=f"one of {', '.join(GRAINS[1:])}")
        parser.add_argument("--unit", metavar="UNIT", default="", help=f"one of {', '.join(UNITS)}")
        parser.add_argument("--at", metavar="INSTANT", help="as known at an instant, such as 2026-03-31T12:00:00+00:00")
        for name in DIMENSIONS:
            words = f"only this {name}, repeatable; (none) for those without"
            parser.add_argument(f"--{name}", metavar="VALUE", action="append", help=words)

    def handle(self, *args: Any, **options: Any) -> None:
        words = {name: value for name, value in options.items() if isinstance(value, str | list)}
        try:
            with one_moment() as at:
                self.stdout.write(_printed(options["name"], ask(words, at=at), options))
        except BadQuestion as bad:
            raise CommandError(str(bad)) from bad


def _printed(name: str, question: Question, options: dict[str, Any]) -> str:
    """The report in the form asked for. Raises BadQuestion."""
    if name == "funnel":
        if options["csv"]:
            raise BadQuestion(NO_TABLE)
        report = funnel_report(question)
        return json.dumps(report.as_json(), indent=1) if options["json"] else told(report)
    answer = answered(name, question)
    if options["json"]:
        return json.dumps(answer.as_json(), indent=1)
    return csv_of(answer) if options["csv"] else text_of(answer)


def told(report: FunnelReport) -> str:
    """The funnel report as text."""
    lines = [report.definitions["cohort"], ""]
    for cohort in [report.cohort, *report.cohorts]:
        lines += _cohort(cohort)
    entries = ", ".join(f"{entry.stage.label} {entry.n:,}" for entry in report.flow.entries)
    standing = ", ".join(f"{entry.stage.label} {entry.n:,}" for entry in report.snapshot.entries)
    lines += [f"Entries in the period: {entries}", f"Standing at {report.snapshot_at:%Y-%m-%d %H:%M} UTC: {standing}"]
    if report.freshness.waiting:
        lines.append(f"{report.freshness.waiting:,} log lines wait to be counted.")
    return "\n".join(lines)


def _cohort(cohort: Cohort) -> list[str]:
    lines = [
        f"{cohort.label}: {cohort.entered:,} entered, {cohort.mature:,} mature, {cohort.immature:,} not yet,"
        f" {cohort.undated:,} without a date"
    ]
    for conversion in cohort.conversions:
        rate = conversion.rate
        low, high = rate.interval or (0.0, 1.0)
        share = "no mature cycle" if rate.value is None else f"{rate.value:.1%} (95 % {low:.1%} to {high:.1%})"
        weak = ", weak" if rate.is_weak else ""
        lines.append(f"  reached {conversion.stage.label}: {rate.hits:,} of {rate.n:,} = {share}{weak}")
    return lines
