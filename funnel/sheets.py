"""A report as a file or as text: the table of an answer, and what makes its figures honest."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext

from funnel import wording
from leads.models import Stage
from leads.phrases import listed

if TYPE_CHECKING:
    from datetime import datetime

    from funnel.answers import Answer, Line
    from funnel.honest import Figure

FORMULA = ("=", "+", "-", "@", "\t", "\r")
COLUMNS, NUMBERS = 7, (2, 3)
# xgettext:no-python-format
INTERVAL = gettext_noop("95 % {interval}")
OF_STAGE = {
    "": gettext_lazy("{stage}"),
    "median": gettext_lazy("{stage} median"),
    "p90": gettext_lazy("{stage} p90"),
}
"""What is told of a stage, by the figure's name after the stage's."""


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
    notes = [_("Note: %(note)s") % {"note": note} for note in answer.notes]
    return "\n".join(
        [answer.title, answer.definition, "", *(body or [_("Nothing to count.")]), "", *notes, fresh(answer)]
    )


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
    interval_of, weak = _(INTERVAL), wording.weak()
    for name, figure in line.figures.items():
        rest = "; ".join(word for word in (wording.maturity(figure), figure.note) if word)
        interval = wording.interval(figure)
        found.append([
            label, name_of(name), wording.value(figure), _counts(figure),
            interval_of.format(interval=interval) if interval else "", weak if figure.is_weak else "", rest,
        ])  # fmt: skip
        label = ""
    return found


def name_of(figure: str) -> str:
    """The name of a figure as people read it: a stage by its own name."""
    first, _, rest = figure.partition(" ")
    if first not in Stage.values:
        return wording.name(figure)
    return OF_STAGE[rest].format(stage=Stage(first).label)


def label_of(answer: Answer, line: Line) -> str:
    """A line's group, span, stage and part in one."""
    span = wording.span(line.span, answer.question.grain) if line.span else ""
    rest = [span, str(Stage(line.stage).label) if line.stage else "", line.part]
    group = line.label if answer.question.by or not any(rest) else ""
    return listed(word for word in (group, *rest) if word)


def _counts(figure: Figure) -> str:
    if figure.hits is not None:
        return _("%(hits)s of %(n)s") % {"hits": wording.number(figure.hits), "n": wording.number(figure.n)}
    return "" if figure.unit == "count" else _("n %(n)s") % {"n": wording.number(figure.n)}


def fresh(answer: Answer) -> str:
    """When it was computed, and what was not counted yet."""
    zone = answer.question.zone
    waiting, since = answer.freshness.waiting, answer.freshness.since
    facts = {
        "instant": _instant(answer.question.at, zone), "zone": zone, "number": wording.number(waiting),
        "since": _instant(since, zone) if since else "",
    }  # fmt: skip
    if not waiting:
        return _("As of %(instant)s (%(zone)s), every log line counted.") % facts
    if not since:
        words = ngettext(
            "As of %(instant)s (%(zone)s); %(number)s log lines wait.",
            "As of %(instant)s (%(zone)s); %(number)s log lines wait.",
            waiting,
        )
        return words % facts
    words = ngettext(
        "As of %(instant)s (%(zone)s); %(number)s log lines wait since %(since)s.",
        "As of %(instant)s (%(zone)s); %(number)s log lines wait since %(since)s.",
        waiting,
    )
    return words % facts


def _instant(at: datetime, zone: str) -> str:
    return wording.instant(at.astimezone(ZoneInfo(zone)))
