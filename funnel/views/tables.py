"""Any answer as a table of a page: a row a line, each number with the address of the list behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import pgettext, pgettext_lazy

from funnel import dimensions, wording
from funnel.asking import words_of
from funnel.change import STANDS_OUT
from funnel.honest import COUNT
from funnel.sheets import name_of
from leads.filters import param_of
from leads.models import Stage
from leads.phrases import listed

if TYPE_CHECKING:
    from collections.abc import Callable

    from funnel.answers import Answer, Line
    from funnel.honest import Figure

MOST_ROWS = 500
GRAIN_NAMES = {
    "day": pgettext_lazy("heading", "Day"),
    "week": pgettext_lazy("heading", "Week"),
    "month": pgettext_lazy("heading", "Month"),
}

type Link = Callable[[str], str]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A figure as the page shows it: `value` links to a list where it is a count, else `hits` and `n` do."""

    name: str
    value: str
    interval: str
    maturity: str
    note: str
    weak: bool
    stands_out: bool
    value_link: str = ""
    hits: int | None = None
    hits_link: str = ""
    n: int | None = None
    n_link: str = ""
    more: list[Shown] = field(default_factory=list)


@dataclass(frozen=True)
class Column:
    """A figure's place; `stage` is set where it is called after a stage, `more` are those told in the same cell."""

    name: str
    title: str
    stage: str
    more: list[str]


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line: what it is about, and a cell a column, None where it has no such figure."""

    label: str
    span: str
    stage: str
    part: str
    whole: bool
    cells: list[tuple[Column, Shown | None]]


def table_of(answer: Answer, names: dict[str, str]) -> dict[str, Any]:
    """What the template draws: heading, columns and rows, and how many rows were left to the file.

    `names` is what the organisation calls its stages.
    """
    columns = _columns(answer, names)
    words = dimensions.words(answer.question.by, {line.code for line in answer.lines})
    rows = [_row(answer, line, columns, _links(answer, line, words)) for line in answer.lines[:MOST_ROWS]]
    return {
        "heading": _heading(answer),
        "columns": columns,
        "rows": rows,
        "left": len(answer.lines) - len(rows),
        "is_empty": not any(figure.n for line in answer.lines for figure in line.figures.values()),
        "definitions": _definitions(answer),
    }


def _columns(answer: Answer, labels: dict[str, str]) -> list[Column]:
    names = list(dict.fromkeys(name for line in answer.lines for name in line.figures))
    found: dict[str, Column] = {}
    for name in names:
        longer = next((other for other in names if name.startswith(f"{other} ")), "")
        if longer in found:
            found[longer].more.append(name)
        else:
            stage = name if name in Stage.values else ""
            title = labels.get(stage) or str(Stage(stage).label) if stage else wording.name(name)
            found[name] = Column(name, title, stage, [])
    return list(found.values())


def _heading(answer: Answer) -> str:
    """What the lines are by, in words."""
    question, lines = answer.question, answer.lines
    has_span, has_stage = any(line.span for line in lines), any(line.stage for line in lines)
    names = [
        dimensions.NAMES.get(question.by, ""),
        GRAIN_NAMES.get(question.grain, GRAIN_NAMES["day"]) if has_span else "",
        pgettext("heading", "Stage") if has_stage else "",
    ]
    return listed(name for name in names if name) or pgettext("heading", "Leads")


def _links(answer: Answer, line: Line, words: dict[int, str]) -> Link:
    """A function that gives the address of the list behind a cell of the line."""
    question = answer.question
    asked = words_of(question)
    if question.by and not line.whole:
        asked["key"] = param_of(words.get(line.code, ""))
    if line.span:
        asked["span"] = line.span.isoformat()
    address = reverse("report_leads", args=[answer.name])

    def link(cell: str) -> str:
        told = urlencode({**asked, "cell": cell, "at": question.at.isoformat()}, doseq=True)
        return f"{address}?{told}"

    return link


def _row(answer: Answer, line: Line, columns: list[Column], link: Link) -> Row:
    question = answer.question
    span = wording.span(line.span, question.grain or "day") if line.span else ""
    label = line.label if question.by or not (span or line.stage or line.part) else ""
    cells = [(column, _shown(line, column.name, link, column.more)) for column in columns]
    is_total = bool(question.by) and line.whole
    return Row(label=label, span=span, stage=line.stage, part=line.part, whole=is_total, cells=cells)


def _shown(line: Line, name: str, link: Link, more: list[str]) -> Shown | None:
    figure = line.figures.get(name)
    told = [one for one in (_one(line.figures[other], other, link) for other in more if other in line.figures) if one]
    if figure is None:
        return None
    shown = _one(figure, name, link)
    shown.more.extend(told)
    return shown


def _one(figure: Figure, name: str, link: Link) -> Shown:
    cell = link(figure.cell) if figure.cell else ""
    base = link(figure.base) if figure.base else ""
    counts: dict[str, Any]
    if figure.unit == COUNT:
        counts = {"value_link": cell}
    elif figure.hits is not None:
        counts = {"hits": figure.hits, "hits_link": cell, "n": figure.n, "n_link": base}
    else:
        counts = {"n": figure.n, "n_link": cell or base}
    return Shown(
        name=wording.name(name.split(" ", 1)[-1]), value=wording.value(figure), interval=wording.interval(figure),
        maturity=wording.maturity(figure), note=figure.note,
        stands_out=bool(figure.note) and figure.note == str(STANDS_OUT),
        weak=figure.is_weak and figure.value is not None, **counts,
    )  # fmt: skip


def _definitions(answer: Answer) -> list[tuple[str, str]]:
    """What each figure is, in words, but for those that are only the definition of the report."""
    found: dict[str, str] = {}
    for line in answer.lines:
        for name, figure in line.figures.items():
            if figure.definition != answer.definition:
                found.setdefault(name, figure.definition)
    return [(name_of(name), words) for name, words in found.items()]
