"""The books: per day and stage, how many stood there, came, left, and stand there now."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from funnel import dimensions, frames, rollups, wording
from funnel.answers import Answer
from funnel.cells import summed
from funnel.columns import NEVER, STAGES, Column, Columns
from funnel.dimensions import BadQuestion
from funnel.freshness import freshness
from funnel.groups import parted
from funnel.honest import Figure, count
from funnel.periods import day_number, day_of, days
from funnel.rollups import CAME, LEFT
from funnel.stays import COLUMNS, forward_rank, stays
from funnel.tables import everything, reader_for
from leads.models import Stage

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from funnel.answers import Line
    from funnel.groups import Group
    from funnel.models import Journey
    from funnel.questions import Question
    from funnel.tables import Found

TITLE = _("Balance")
RANKS = range(1, len(STAGES) + 1)
DAYS, MOST_DAYS, MOST_LINES = 14, 400, 40_000
CELLS = ("opening", "in", "out", "closing")

DEFINITION = _(
    "Per stage and day, in the organisation's time zone: how many stood there as the day began, plus those that came, "
    "less those that left, are those that stand there as it ends. Nobody comes to a stage that is only skipped past. "
    "Where a date was not known, the day is the one assumed, so that everybody is somewhere. Owner and team are "
    "those at the entry of the stage, for lost those at the furthest stage reached."
)
WORDS = {
    "opening": _("How many stood in the stage as the day began: as many as when the day before ended."),
    "in": _("How many came to stand in the stage on the day, each time they did."),
    "out": _("How many left the stage on the day: forward, lost or into their next cycle."),
    "closing": _("Opening + in − out: how many stand in the stage as the day ends, or now where that is earlier."),
}

TOLD = {
    "opening": _("stood in {stage} at the beginning"), "in": _("came to stand in {stage}"), "out": _("left {stage}"),
    "closing": _("stood in {stage} at the end"),
}  # fmt: skip


def answer(question: Question) -> Answer:
    """A line per day and stage, for all and then per group.

    The last 14 days where the question names no period. Raises BadQuestion for more than 400 days or 40,000 lines, and
    for a question that counts leads.
    """
    question = _by_day(question)
    first, last = _days(question)
    counts = _from_rollups(question, first) or _from_journeys(question, first)
    value, rank, day, cell, n = counts
    lines: list[Line] = []
    for group in parted(question.by, value):
        if len(lines) + (last - first + 1) * len(STAGES) > MOST_LINES:
            said = gettext("That is more than %(number)s lines. Ask for fewer days, or for some groups only.")
            raise BadQuestion(said % {"number": wording.number(MOST_LINES)})
        rows = group.rows
        books = _books(rank[rows], day[rows] - first, cell[rows], n[rows], last - first + 1)
        lines += _lines(question, group, books, first)
    return Answer(
        name="balance",
        title=str(TITLE),
        question=question,
        definition=str(DEFINITION),
        lines=lines,
        freshness=freshness(),
    )


def behind(question: Question, cell: str) -> QuerySet[Journey]:
    """The cycles behind a figure of the question's days: 'opening:', 'in:', 'out:' or 'closing:' and a stage.

    Raises KeyError for any other.
    """
    question = _by_day(question)
    kind, stage = _kind(cell)
    return frames.behind(
        question, COLUMNS, lambda part: _masks(question, part)[stage.rank - 1][kind], ranks=range(1, 8)
    )


def told(question: Question, cell: str) -> str:
    """What those behind a cell did, in words. Raises KeyError for a cell there is not."""
    kind, stage = _kind(cell)
    return TOLD[kind].format(stage=stage.label)


def _kind(cell: str) -> tuple[str, Stage]:
    kind, _colon, name = cell.partition(":")
    if kind not in CELLS or name not in Stage.values:
        raise KeyError(cell)
    return kind, Stage(name)


def _by_day(question: Question) -> Question:
    """The question with its period spelt out, day by day."""
    question.cycles_only(TITLE)
    start, end = _period(question)
    if (end - start).days >= MOST_DAYS:
        words = gettext("The balance is worked out for %(days)s days at most; %(start)s to %(end)s are more.")
        raise BadQuestion(words % {"days": MOST_DAYS, "start": start, "end": end})
    return question.asking(start=start, end=end, grain="day")


def _period(question: Question) -> tuple[date, date]:
    """The first and the last day asked about."""
    end = question.end or max(_today(question), question.start or date.min)
    return question.start or end - timedelta(days=DAYS - 1), end


def _today(question: Question) -> date:
    return question.at.astimezone(ZoneInfo(question.zone)).date()


def _days(question: Question) -> tuple[int, int]:
    """The first and the last day of the period that have begun, as numbers; none where the last is before the first."""
    start, end = _period(question)
    return day_number(start), day_number(min(end, _today(question)))


type _Counts = tuple[Column, Column, Column, Column, Column]  # value, rank, day, CAME or LEFT, how many


def _counts(found: list[Found]) -> _Counts:
    """Counts of each stage, in their order, as one; whatever was before the first day is on the day before it."""
    rank = np.repeat(list(RANKS), [len(one[0]) for one in found])
    value, day, cell, n = (np.concatenate(column) for column in zip(*found, strict=True))
    return value, rank, day, cell, n


def _from_rollups(question: Question, first: int) -> _Counts | None:
    """From the rollups, which know every day as a whole; None where they do not cover the question."""
    begin, over = question.instants
    reader = reader_for(question)
    if reader is None:
        return None
    read = reader.between([rollups.STANDING + rank for rank in RANKS], (-NEVER, begin, over))
    if read is None:
        return None
    day, row = np.where(read.tag == 0, first - 1, read.span), read.row
    return read.value[row], read.anchor[row] - rollups.STANDING, day[row], read.cell, read.n


def _from_journeys(question: Question, first: int) -> _Counts:
    """The same from the journeys' stays."""
    begin, over = question.instants
    found: list[list[Found]] = [[] for _ in RANKS]
    for part in frames.parts(question, COLUMNS, ranks=range(1, 8)):
        for rank, (stood, came, left, who) in zip(RANKS, _stood(question, part), strict=True):
            value = dimensions.of(question.by, part, who)
            for cell, at in ((CAME, came), (LEFT, left)):
                rows = np.flatnonzero(stood & (at < over))
                day = np.full(len(rows), first - 1)
                inside = at[rows] >= begin
                day[inside] = days(at[rows][inside], question.zone)
                found[rank - 1].append(summed(value[rows], day, np.full(len(rows), cell), np.ones(len(rows), np.int64)))
    return _counts([everything(one) for one in found])


def _stood(question: Question, part: Columns) -> list[tuple[Column, Column, Column, int | Column]]:
    """Per stage: which cycles of the question stood in it, from when to when, and at whose entry people count."""
    reached = forward_rank(part)
    people: list[int | Column] = [*range(1, len(STAGES)), reached]
    return [
        (stay.stood & frames.chosen_by(question, part, who), stay.came, stay.left, who)
        for stay, who in zip(stays(part), people, strict=True)
    ]


def _masks(question: Question, part: Columns) -> list[dict[str, Column]]:
    """Per stage, which cycles each cell counts."""
    begin, over = question.instants
    return [
        {
            "opening": stood & (came < begin) & (left >= begin),
            "in": stood & (came >= begin) & (came < over),
            "out": stood & (left >= begin) & (left < over),
            "closing": stood & (came < over) & (left >= over),
        }
        for stood, came, left, _who in _stood(question, part)
    ]


def _books(rank: Column, day: Column, cell: Column, n: Column, many: int) -> Column:
    """[opening, in, out, closing][day][stage], of counts by day from -1 (all that was before) on."""
    flows = np.zeros((2, max(many, 0) + 1, len(STAGES)), np.int64)
    np.add.at(flows, (cell, day + 1, rank - 1), n)
    came, left = flows
    standing = np.cumsum(came - left, axis=0)
    return np.stack([standing[:-1], came[1:], left[1:], standing[1:]])


def _lines(question: Question, group: Group, books: Column, first: int) -> list[Line]:
    lines, words = [], {cell: str(told) for cell, told in WORDS.items()}
    for day in range(books.shape[1]):
        for stage in Stage:
            numbers = books[:, day, stage.rank - 1].tolist()
            figures = _figures(question.at, str(stage), numbers, words)
            lines.append(group.line(figures, span=day_of(first + day), stage=str(stage)))
    return lines


def _figures(at: datetime, stage: str, numbers: list[int], words: dict[str, str]) -> dict[str, Figure]:
    return {
        cell: count(n, definition=words[cell], computed_at=at, cell=f"{cell}:{stage}")
        for cell, n in zip(CELLS, numbers, strict=True)
    }
