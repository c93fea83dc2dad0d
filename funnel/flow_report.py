"""The report "flow": entries into every stage in a period, by group, and their ratio to those into the entry stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from funnel import flow
from funnel.answers import Answer, Line
from funnel.freshness import freshness
from funnel.honest import RATIO, Figure, count
from leads.models import Stage

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from funnel.flow import Flow, Tally
    from funnel.models import Journey
    from funnel.questions import Question

TITLE = _("Period flow")
NAME = "flow"
ENTRIES = _(
    "Entries into the stage in the period, those that skipped past it included. Owner and team are those at that entry."
)
PASSED = _("Those of them that skipped past the stage.")
RATIO_TO = _(
    "Entries into the stage ÷ entries into {entry}, both in the period: not the same leads, so it may exceed 100 %."
)


def answer(question: Question) -> Answer:
    """One line per group and stage."""
    question = question.asking(grain="")
    flows = flow.flow(question)
    words = str(ENTRIES), str(PASSED), RATIO_TO.format(entry=question.entry.label)
    shown = flows if question.by else [flow.total(flows)]
    return Answer(
        name=NAME, title=str(TITLE), question=question,
        definition=flow.FLOW_DEFINITION.format(entry=question.entry.label),
        lines=[_line(question, one, tally, words) for one in shown for tally in one.entries], freshness=freshness(),
    )  # fmt: skip


def _line(question: Question, group: Flow, tally: Tally, words: tuple[str, str, str]) -> Line:
    cell, at, (entries, passed, ratio) = str(tally.stage), question.at, words
    figures = {
        "entries": count(tally.n, definition=entries, computed_at=at, cell=cell),
        "skipped past": count(tally.implied, definition=passed, computed_at=at),
        "ratio": _ratio(question, group, tally, ratio),
    }
    label = group.label if question.by else str(tally.stage.label)
    return Line(label=label, figures=figures, code=group.code, key=group.key, stage=cell)


def _ratio(question: Question, group: Flow, tally: Tally, words: str) -> Figure:
    base, entry = group.of(question.entry), question.entry
    return Figure(
        value=tally.n / base if base else None, n=base, hits=tally.n, unit=RATIO, computed_at=question.at,
        definition=words, cell=str(tally.stage), base=str(entry),
        note="" if base else gettext("none entered %(stage)s") % {"stage": entry.label},
    )  # fmt: skip


def behind(question: Question, cell: str) -> QuerySet[Journey]:
    """The cycles that entered the stage `cell` names. Raises KeyError for anything else."""
    return flow.behind_flow(question, stage_of(cell))


def stage_of(cell: str) -> Stage:
    """The stage of this name. Raises KeyError where there is none."""
    if cell not in Stage.values:
        raise KeyError(cell)
    return Stage(cell)


def told(question: Question, cell: str) -> str:
    """What those behind a cell did, in words."""
    return gettext("entered %(stage)s") % {"stage": stage_of(cell).label}
