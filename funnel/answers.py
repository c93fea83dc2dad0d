"""What every report is: lines of figures, each figure honest, each with the list of exactly the leads behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from funnel import dimensions
from leads.filters import param_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet
    from django.utils.functional import _StrPromise as StrPromise

    from funnel.freshness import Freshness
    from funnel.honest import Figure
    from funnel.models import Journey
    from funnel.questions import Question


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a report: a group (`code` is its number in the columns, `key` how JSON calls it), a span of time
    (its first day), a stage, a `part` of all that in words (an age, a currency), or several of these; and its figures
    by name. A figure called after another one and more, such as "won median" beside "won", tells more of the same.
    `whole` is a line of all groups together."""

    label: str
    figures: dict[str, Figure]
    code: int = 0
    key: Any = None
    span: date | None = None
    stage: str = ""
    part: str = ""
    whole: bool = False


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A report: what was asked, what the figures are in words, and the lines. `notes` say what was left out and why."""

    name: str
    title: str
    question: Question
    definition: str
    lines: list[Line]
    freshness: Freshness
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        from funnel.asking import words_of

        return {
            "report": self.name,
            "title": self.title,
            "question": words_of(self.question),
            "time_zone": self.question.zone,
            "computed_at": self.question.at.isoformat(),
            "waiting_lines": self.freshness.waiting,
            "waiting_since": self.freshness.since and self.freshness.since.isoformat(),
            "definition": self.definition,
            "notes": self.notes,
            "lines": [
                {
                    "label": line.label, "key": line.key, "span": line.span and line.span.isoformat(),
                    "stage": line.stage or None, "part": line.part or None, "whole": line.whole,
                    "figures": {name: figure.as_json() for name, figure in line.figures.items()},
                }
                for line in self.lines
            ],
        }  # fmt: skip

    def table(self) -> Iterator[list[Any]]:
        """A header and a row per line: each figure as value, n, low and high."""
        names = list(dict.fromkeys(name for line in self.lines for name in line.figures))
        parts = ("", " n", " low", " high")
        yield ["label", "span", "stage", "part", *(f"{name}{part}" for name in names for part in parts)]
        for line in self.lines:
            cells: list[Any] = [line.label, line.span or "", line.stage, line.part]
            for name in names:
                figure = line.figures.get(name)
                low, high = (figure.interval if figure else None) or ("", "")
                cells += [figure.value, figure.n, low, high] if figure else ["", "", "", ""]
            yield ["" if cell is None else cell for cell in cells]


class Measure(Protocol):
    """What a module that answers questions has."""

    TITLE: StrPromise

    def answer(self, question: Question) -> Answer: ...

    def behind(self, question: Question, cell: str) -> QuerySet[Journey]:
        """The journeys behind a figure's `cell` or `base`, one per cycle. Raises KeyError for a cell there is not."""
        ...

    def told(self, question: Question, cell: str) -> str:
        """What those behind a cell did, in words that follow "cycles that". Raises KeyError for a cell there is not."""
        ...


def narrowed(question: Question, *, key: str | None = None, span: date | None = None) -> Question:
    """The question about one line only: its group, as addresses name it, and its span of entry."""
    if question.by and key is not None:
        dimensions.check(question.by, [key])
        question = question.asking(where=(*question.where, (question.by, (key,))), by="")
    if question.grain and span is not None:
        last = _last_day(span, question.grain)
        start = max(span, question.start) if question.start else span
        question = question.asking(start=start, end=min(last, question.end) if question.end else last, grain="")
    return question


def _last_day(span: date, grain: str) -> date:
    if grain == "month":
        return (span.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return span + timedelta(days=6 if grain == "week" else 0)


def key_of(question: Question, line: Line) -> str | None:
    """How an address names the group of a line; None for a line of all of them."""
    if line.whole:
        return None
    word = dimensions.words(question.by, [line.code])[line.code]
    return param_of(word)
