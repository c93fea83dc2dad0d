"""Which way leads leave a stage, and by what age.

The ways compete, and those still there count for as long as they have been followed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from funnel import followed, wording
from funnel.answers import Answer
from funnel.columns import DAY
from funnel.followed import IN_PERIOD, VAGUE, gathered, notes_on
from funnel.freshness import freshness
from funnel.honest import SHARE, Figure, count
from funnel.intervals import wilson
from funnel.stays import CAUSES, STAYING
from funnel.survival import Curve, Incidence, aalen_johansen, kaplan_meier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet

    from funnel.answers import Line
    from funnel.columns import Column
    from funnel.groups import Group
    from funnel.models import Journey
    from funnel.questions import Question

TITLE = _("Ways out of a stage")
AGES = (1, 3, 7, 14, 30, 60, 90, 180, 365)
AGES_OF_GROUPS = (7, 30, 90)
END = 0
"""Stands for the longest age that anybody has been followed to."""
DEFINITION = _(
    "The probability to have left {stage} each way by an age, by Aalen-Johansen: advancing, losing and recycling "
    "compete, and those still there count for as long as they have been followed. The ways and those still there add "
    "up to 1. The end is the longest age that anybody has been followed to."
)
WAYS = {
    "advance": _("Probability to have left {stage} by advancing {by}"),
    "lose": _("Probability to have left {stage} by being lost {by}"),
    "recycle": _("Probability to have left {stage} by going back into a new cycle {by}"),
    "staying": _("Probability to be still in {stage} after that long, {by}"),
}
INTERVALS = _(
    "{probability}; log-log band, or where nobody has or everybody, Wilson's interval of those whose fate by that age "
    "is known. Its list is those known to have done so."
)
COUNTS = {
    "stays": _("Stays in {stage} that began in the period and whose dates are known."),
    "young": _("Those of the stays that are not over and have not been followed that long."),
    "vague": _("Stays in {stage} that began in the period, with a date that is assumed or was corrected: in no rate."),
}
TOLD = {
    "advance": _("left {stage} by advancing"), "lose": _("left {stage} by being lost"),
    "recycle": _("left {stage} by going back into a new cycle"), "staying": _("are still in {stage}"),
    "stays": _("came to stand in {stage} at a known time"),
    "young": _("are in {stage} and have not been followed for {age}"),
    "vague": _("stood in {stage} with a date that is assumed or was corrected"),
}  # fmt: skip
TOLD_BY = {
    "advance": _("left {stage} by advancing within {age}"),
    "lose": _("left {stage} by being lost within {age}"),
    "recycle": _("left {stage} by going back into a new cycle within {age}"),
    "staying": _("were still in {stage} after {age}"),
}
"""What those did that a way or "staying" counts by an age; in the end, it is TOLD."""
CELLS = {
    **{name: (name, END) for name in ("stays", "vague")},
    **{f"{name}:{age}": (name, age) for name in (*WAYS, "young") for age in AGES},
    **{f"{name}:end": (name, END) for name in WAYS},
}
"""Cell → what it counts, and by which age in days."""


def rule(name: str, age: int, lasted: Column, ending: Column) -> Column:
    """Mask of the stays that a figure counts, of those that `lasted` so many microseconds with this `ending`."""
    mask: Column
    if name == "vague":
        mask = ending == VAGUE
    elif name == "stays":
        mask = ending != VAGUE
    elif name == "young":
        mask = (ending == STAYING) & (lasted < age * DAY)
    elif name == "staying":
        mask = ending == STAYING
        if age != END:
            mask = (mask & (lasted >= age * DAY)) | (~mask & (ending != VAGUE) & (lasted > age * DAY))
    else:
        mask = ending == CAUSES.index(name)
        mask = mask if age == END else mask & (lasted <= age * DAY)
    return mask


def answer(question: Question) -> Answer:
    """A line per age, and per group. Raises BadQuestion for a question about leads instead of cycles."""
    question.cycles_only(TITLE)
    groups = gathered(question, [question.rank])[question.rank].groups()
    lines = [line for group in groups for line in _lines(question, group)]
    vague = next(line.figures["vague"].n for line in lines if line.whole)
    return Answer(
        name="exits", title=str(TITLE), question=question, lines=lines,
        definition=f"{DEFINITION.format(stage=question.entry.label)} {IN_PERIOD}",
        freshness=freshness(), notes=notes_on(question, vague),
    )  # fmt: skip


def _lines(question: Question, group: Group) -> Iterator[Line]:
    exits = Exits(question, *group.columns)
    for age in (*(AGES_OF_GROUPS if question.by else AGES), END):
        words = exits.words(age)
        yield group.line(exits.figures(age), stage=str(question.entry), part=words)


@dataclass(frozen=True, eq=False)
class Exits:
    """One group's stays: how many microseconds each `lasted`, and its `ending`."""

    question: Question
    lasted: Column
    ending: Column

    @cached_property
    def incidence(self) -> Incidence:
        sure = self.ending != VAGUE
        return aalen_johansen(self.lasted[sure] / DAY, self.ending[sure])

    @cached_property
    def curve(self) -> Curve:
        sure = self.ending != VAGUE
        return kaplan_meier(self.lasted[sure] / DAY, self.ending[sure] != STAYING)

    def words(self, age: int) -> str:
        """Which age it is."""
        if age == END:
            words = gettext("in the end (after %(days)s days)")
            return words % {"days": wording.number(self.curve.followed)}
        return gettext("within %(age)s") % {"age": _days(age)}

    def figures(self, age: int) -> dict[str, Figure]:
        """The probabilities by an age in days, and how many there are."""
        counts = ("stays", "vague") if age == END else tuple(COUNTS)
        return {
            **{name: self._probability(name, age) for name in WAYS},
            **{name: self._count(name, age) for name in counts},
        }

    def _many(self, name: str, age: int) -> int:
        return int(np.count_nonzero(rule(name, age, self.lasted, self.ending)))

    def _count(self, name: str, age: int) -> Figure:
        return count(
            self._many(name, age), definition=COUNTS[name].format(stage=self.question.entry.label),
            computed_at=self.question.at, cell=f"{name}:{age}" if name == "young" else name,
        )  # fmt: skip

    def _probability(self, name: str, age: int) -> Figure:
        n, stage = self.curve.n, self.question.entry.label
        # in days like the curve's own times, lest a rounding parts the longest followed from itself
        known = n - int(np.count_nonzero((self.ending == STAYING) & (self.lasted / DAY < self._days(age))))
        value, low, high = self._band(name, age, known) if self._is_known(age) else (None, 0.0, 1.0)
        note = ""
        if value is None:
            note = gettext("nobody has been followed that long") if n else gettext("nobody came")
        return Figure(
            value=value, n=n, hits=self._many(name, age), interval=None if value is None else (low, high), unit=SHARE,
            maturity=known / n if n else None, note=note, cell=f"{name}:{age or 'end'}", base="stays",
            definition=INTERVALS.format(probability=WAYS[name].format(stage=stage, by=self.words(age))),
            computed_at=self.question.at,
        )  # fmt: skip

    def _days(self, age: int) -> float:
        return self.curve.followed if age == END else age

    def _is_known(self, age: int) -> bool:
        """Whether somebody was followed that long, or nobody is left to follow."""
        curve = self.curve
        return curve.n > 0 and (self._days(age) <= curve.followed or curve.survival[-1:].tolist() == [0.0])

    def _band(self, name: str, age: int, known: int) -> tuple[float, float, float]:
        days = self._days(age)
        stay = name == "staying"
        value, low, high = self.curve.at(days) if stay else self.incidence.at(days, CAUSES.index(name))
        if low == high and value in (0.0, 1.0):  # nobody or everybody, where the band has no width
            low, high = wilson(known if value else 0, known)
        return value, low, high


def behind(question: Question, cell: str) -> QuerySet[Journey]:
    """The cycles behind a number, one of CELLS. Raises KeyError for any other cell."""
    name, age = CELLS[cell]
    question.cycles_only(TITLE)
    return followed.behind(question, question.rank, lambda lasted, ending: rule(name, age, lasted, ending))


def told(question: Question, cell: str) -> str:
    """What those behind a cell did, in words. Raises KeyError for a cell there is not."""
    name, age = CELLS[cell]
    words = TOLD_BY[name] if name in WAYS and age else TOLD[name]
    return words.format(stage=question.entry.label, age=_days(age))


def _days(age: int) -> str:
    return ngettext("%(number)s day", "%(number)s days", age) % {"number": age}
