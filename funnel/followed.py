"""Stays as far as they have been followed: how long each lasted until the instant of asking, and how it ended.

Leads still there are part of every answer, with the time they have been there so far: their stays are right-censored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from funnel import dimensions, frames, wording
from funnel.columns import Column, Columns, instant
from funnel.groups import Gathering
from funnel.stays import CAUSES, COLUMNS, Stay, stays

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.db.models import QuerySet

    from funnel.models import Journey
    from funnel.questions import Question

VAGUE = len(CAUSES)
"""The ending of a stay whose beginning or end has an assumed or a corrected date: nobody knows how long it was."""
IN_PERIOD = _(
    "Stays that began in the period, followed until the instant of asking, even after the period ended. "
    "Owner and team are those at the beginning of the stay. A stage that was only skipped past has no stay."
)

NOT_SPLIT = {
    "day": _("Not split by day: choose a period instead."),
    "week": _("Not split by week: choose a period instead."),
    "month": _("Not split by month: choose a period instead."),
}


@dataclass(frozen=True, eq=False)
class Followed:
    """Of each cycle: whether the question is about its stay in a stage (`counted`), how many microseconds that
    `lasted` so far, and its `ending`: a cause as known at the instant of asking, or VAGUE."""

    counted: Column
    lasted: Column
    ending: Column


def followed(question: Question, part: Columns, rank: int, stay: Stay) -> Followed:
    """The stays in the stage of this rank that began in the question's period."""
    at, (begin, over) = instant(question.at), question.instants
    began = stay.stood & (stay.came >= begin) & (stay.came < over) & (stay.came <= at)
    counted = frames.chosen_by(question, part, rank) & began
    lasted = np.where(counted, np.minimum(stay.left, at) - stay.came, 0)
    return Followed(counted, lasted, np.where(stay.exact_at(at), stay.ended(at), VAGUE))


def gathered(question: Question, ranks: Iterable[int]) -> dict[int, Gathering]:
    """By rank, the (lasted, ending) of all stays that the question is about."""
    found = {rank: Gathering(question.by, "i8", "i1") for rank in ranks}
    for part in frames.parts(question, COLUMNS, ranks=found):
        all_stays = stays(part)
        for rank, gathering in found.items():
            one = followed(question, part, rank, all_stays[rank - 1])
            value = dimensions.of(question.by, part, rank)
            gathering.add(value[one.counted], one.lasted[one.counted], one.ending[one.counted])
    return found


def behind(question: Question, rank: int, rule: Callable[[Column, Column], Column]) -> QuerySet[Journey]:
    """The cycles with a stay the question is about for which the rule, given (lasted, ending), says yes."""

    def chosen(part: Columns) -> Column:
        one = followed(question, part, rank, stays(part)[rank - 1])
        mask: Column = one.counted & rule(one.lasted, one.ending)
        return mask

    return frames.behind(question, COLUMNS, chosen, ranks=[rank])


def notes_on(question: Question, vague: int) -> list[str]:
    """What was left out, and why."""
    notes = []
    if vague:
        words = gettext(
            "%(number)s left out: one of their dates is assumed or was corrected, so nobody knows how long."
        )
        notes.append(words % {"number": wording.number(vague)})
    if question.grain:
        notes.append(str(NOT_SPLIT[question.grain]))
    return notes
