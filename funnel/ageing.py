"""How long those who stand in the open stages have been standing there, since they entered the stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from funnel import dimensions, frames, wording
from funnel.answers import Answer
from funnel.columns import DAY, Column, Columns, instant
from funnel.flow import snapshot_at, snapshot_on
from funnel.freshness import freshness
from funnel.groups import Gathering
from funnel.honest import DAYS, Figure, count
from funnel.quantiles import QUANTILES, quantile_figure
from funnel.stays import COLUMNS, stays
from funnel.survival import kaplan_meier
from leads.models.stage import OPEN, Stage

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from funnel.answers import Line
    from funnel.groups import Group
    from funnel.models import Journey
    from funnel.questions import Question

TITLE = _("Ageing")
OLDER = (7, 30, 90)
_OVER = {f"over{days}": days for days in OLDER}
DEFINITION = _(
    "Of those who stand in each open stage at the end of the period, or now where that has not come yet: the days "
    "since they entered the stage, not since they were created. When the period begins makes no difference. Owner and "
    "team are those at the entry of the stage."
)
AGE = _(
    "Days that {share} of those standing in {stage} have not been there longer than. All of them are counted; the "
    "interval is how far as many others like them might differ."
)
OLDEST = _("Days that the one standing longest in {stage} has been there. A fact, so without an interval.")
COUNTS = {
    "standing": _("Who stands in {stage} at that instant."),
    "dated": _("Those of them who entered {stage} at a time that is known."),
    "vague": _("Those of them whose date of entry is assumed or was corrected: in no age."),
    **dict.fromkeys(_OVER, _("Those of them who have been in {stage} for more than {days} days.")),
}
TOLD = {
    "standing": _("stood in {stage} on {instant}"),
    "dated": _("stood in {stage} since a known time on {instant}"),
    "vague": _("stood in {stage} since a date that is assumed or was corrected on {instant}"),
    **dict.fromkeys(_OVER, _("had stood in {stage} for more than {days} days on {instant}")),
}
CELLS = {f"{stage}:{name}": (stage, name) for stage in OPEN for name in COUNTS}


class Standing(NamedTuple):
    """One cycle standing in a stage, for so many days."""

    lead_id: int
    cycle: int
    stage: Stage
    age_days: float


@dataclass(frozen=True, eq=False)
class Aged:
    """Of each cycle: whether it `stands` in a stage and the question is about it, for how many microseconds (`age`),
    and whether the time of its entry is known (`dated`)."""

    stands: Column
    age: Column
    dated: Column


def aged(question: Question, part: Columns) -> dict[Stage, Aged]:
    """Those who stand in each open stage at the question's instant."""
    at, all_stays, found = instant(snapshot_at(question)), stays(part), {}
    for stage in OPEN:
        stay = all_stays[stage.rank - 1]
        stands = stay.stood & (stay.came <= at) & (stay.left > at)
        stands &= frames.chosen_by(question, part, stage.rank)
        found[stage] = Aged(stands, np.where(stands, at - stay.came, 0), stay.dated)
    return found


def rule(name: str, age: Column, dated: Column) -> Column:
    """Mask of those a count counts, of those standing there for this long."""
    if name == "standing":
        return np.ones(len(age), bool)
    if name.startswith("over"):
        return dated & (age > int(name.removeprefix("over")) * DAY)
    return dated if name == "dated" else ~dated


def answer(question: Question) -> Answer:
    """A line per open stage and group. Raises BadQuestion for a question about leads instead of cycles."""
    question.cycles_only(TITLE)
    gatherings = {stage: Gathering(question.by, "i8", "?") for stage in OPEN}
    for part in frames.parts(question, COLUMNS, ranks=_RANKS):
        for stage, one in aged(question, part).items():
            value = dimensions.of(question.by, part, stage.rank)
            gatherings[stage].add(value[one.stands], one.age[one.stands], one.dated[one.stands])
    lines = []
    for stage in OPEN:
        words = _words(stage)
        lines += [_line(question, stage, group, words) for group in gatherings.pop(stage).groups()]
    return Answer(
        name="ageing", title=str(TITLE), question=question, definition=str(DEFINITION), lines=lines,
        freshness=freshness(), notes=_notes(question, lines),
    )  # fmt: skip


_RANKS = [stage.rank for stage in OPEN]


def _words(stage: Stage) -> dict[str, str]:
    """What each figure of a stage is; "age" says {share} where the share's words belong."""
    counts = {name: words.format(stage=stage.label, days=_OVER.get(name)) for name, words in COUNTS.items()}
    return {
        **counts, "age": AGE.format(stage=stage.label, share="{share}"), "oldest": OLDEST.format(stage=stage.label),
        "nobody": gettext("nobody stands there"),
    }  # fmt: skip


def _line(question: Question, stage: Stage, group: Group, words: dict[str, str]) -> Line:
    age, dated = group.columns
    days, at, cell = age[dated] / DAY, question.at, f"{stage}:dated"
    curve = kaplan_meier(days, np.ones(len(days), bool))
    figures = {
        name: quantile_figure(curve, name, definition=words["age"], computed_at=at, cell=cell) for name in QUANTILES
    }
    figures["oldest"] = Figure(
        value=curve.followed if curve.n else None, n=curve.n, unit=DAYS, computed_at=at, cell=cell,
        definition=words["oldest"], note="" if curve.n else words["nobody"],
    )  # fmt: skip
    for name in COUNTS:
        many = int(np.count_nonzero(rule(name, age, dated)))
        figures[name] = count(many, definition=words[name], computed_at=at, cell=f"{stage}:{name}")
    return group.line(figures, stage=str(stage))


def _notes(question: Question, lines: list[Line]) -> list[str]:
    notes = [gettext("As of %(instant)s.") % {"instant": snapshot_on(question)}]
    if vague := sum(line.figures["vague"].n for line in lines if line.whole):
        words = ngettext(
            "%(number)s stand there since a date that is assumed or was corrected, and are in no age.",
            "%(number)s stand there since a date that is assumed or was corrected, and are in no age.",
            vague,
        )
        notes.append(words % {"number": wording.number(vague)})
    return notes


def behind(question: Question, cell: str) -> QuerySet[Journey]:
    """The cycles behind a number: a stage, a colon and one of COUNTS. Raises KeyError for any other cell."""
    stage, name = CELLS[cell]
    question.cycles_only(TITLE)

    def chosen(part: Columns) -> Column:
        one = aged(question, part)[stage]
        mask: Column = one.stands & rule(name, one.age, one.dated)
        return mask

    return frames.behind(question, COLUMNS, chosen, ranks=_RANKS)


def told(question: Question, cell: str) -> str:
    """What those behind a cell did, in words. Raises KeyError for a cell there is not."""
    stage, name = CELLS[cell]
    return TOLD[name].format(stage=stage.label, days=_OVER.get(name), instant=snapshot_on(question))


def worst(question: Question, limit: int = 20) -> list[Standing]:
    """Those who have been standing in an open stage for longest, longest first; at equal ages the older lead first.

    Those whose entry has no known date are not among them. Raises BadQuestion for a question about leads.
    """
    question.cycles_only(TITLE)
    found: list[Standing] = []
    for part in frames.parts(question, COLUMNS, ranks=_RANKS):
        for stage, one in aged(question, part).items():
            found += _longest(part, stage, one, limit)
        found = sorted(found, key=lambda one: (-one.age_days, one.lead_id))[:limit]
    return found


def _longest(part: Columns, stage: Stage, one: Aged, limit: int) -> list[Standing]:
    rows = np.flatnonzero(one.stands & one.dated)
    rows = rows[np.lexsort((part["lead"][rows], -one.age[rows]))[:limit]]
    columns = (part["lead"][rows], part["cycle"][rows], one.age[rows] / DAY)
    return [
        Standing(lead, cycle, stage, days) for lead, cycle, days in zip(*(c.tolist() for c in columns), strict=True)
    ]
