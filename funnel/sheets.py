"""A report as a file or as text: the table of an answer, and what makes its figures honest."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from funnel import wording
from leads.models import Stage

if TYPE_CHECKING:
    from datetime import datetime

    from funnel.answers import Answer, Line
    from funnel.honest import Figure

FORMULA = ("=", "+", "-", "@", "\t", "\r")
COLUMNS, NUMBERS = 7, (2, 3)


def csv_of(answer: Answer) -> str:
    """The table as CSV; text that a spreadsheet would take for a formula gets an apostrophe in front."""
    out = StringIO()
    csv.writer(out).writerows([_safe(cell) for cell in row] for row in answer.table())
    return out.getvalue()


def _safe(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def text_of(answer: Answer) -> str:
    """The answer to read in a terminal: what it means, a row per figure, what was left out, and how fresh it is."""
    rows = [row for line in answer.lines for row in _rows(answer, line)]
    widths = [max((len(row[place]) for row in rows), default=0) for place in range(COLUMNS)]
    body = ["  ".join(_aligned(row, widths)).rstrip() for row in rows]
    notes = [f"Note: {note}" for note in answer.notes]
    return "\n".join([answer.title, answer.definition, "", *(body or ["Nothing to count."]), "", *notes, fresh(answer)])


def _aligned(row: list[str], widths: list[int]) -> list[str]:
    """The cells as wide as their columns, numbers to the right."""
    return [
        cell.rjust(width) if place in NUMBERS else cell.ljust(width)
        for place, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]


def _rows(answer: Answer, line: Line) -> list[list[str]]:
    """Label, figure, value, counts, interval, whether weak, and the rest in words; the label once."""
    found = []
    label = label_of(answer, line)
    for name, figure in line.figures.items():
        rest = "; ".join(word for word in (wording.maturity(figure), figure.note) if word)
        interval = wording.interval(figure)
        found.append([
            label, name_of(name), wording.value(figure), _counts(figure),
            f"95 % {interval}" if interval else "", "weak" if figure.is_weak else "", rest,
        ])  # fmt: skip
        label = ""
    return found


def name_of(figure: str) -> str:
    """The name of a figure as people read it: a stage by its own name."""
    first, _, rest = figure.partition(" ")
    return f"{Stage(first).label} {rest}".rstrip() if first in Stage.values else wording.name(figure)


def label_of(answer: Answer, line: Line) -> str:
    """A line's group, span, stage and part in one."""
    span = wording.span(line.span, answer.question.grain) if line.span else ""
    rest = [span, Stage(line.stage).label if line.stage else "", line.part]
    group = line.label if answer.question.by or not any(rest) else ""
    return ", ".join(word for word in (group, *rest) if word)


def _counts(figure: Figure) -> str:
    if figure.hits is not None:
        return f"{figure.hits:,} of {figure.n:,}"
    return "" if figure.unit == "count" else f"n {figure.n:,}"


def fresh(answer: Answer) -> str:
    """When it was computed, and what was not counted yet."""
    zone = answer.question.zone
    as_of = f"As of {_instant(answer.question.at, zone)} ({zone})"
    if not answer.freshness.waiting:
        return f"{as_of}, every log line counted."
    since = answer.freshness.since
    return f"{as_of}; {answer.freshness.waiting:,} log lines wait" + (
        f" since {_instant(since, zone)}." if since else "."
    )


def _instant(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%-d %b %Y %H:%M}"
