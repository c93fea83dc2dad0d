"""The report "snapshot": how many stand at each stage at an instant, by group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from funnel import flow
from funnel.answers import Answer, Line
from funnel.flow_report import stage_of
from funnel.freshness import freshness
from funnel.honest import SHARE, Figure, count

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from funnel.flow import Flow, Tally
    from funnel.models import Journey
    from funnel.questions import Question

TITLE = _("Snapshot")
NAME = "snapshot"
STANDING = _("How many leads stand at the stage. Owner and team are those at the entry of the furthest stage reached.")
PART = _("What part of the leads of its group stand at the stage. A mix, not a conversion.")


def answer(question: Question) -> Answer:
    """One line per group and stage, at the end of the period or now where that is earlier."""
    question = question.asking(grain="", unit="cycle")
    flows = flow.snapshot(question, at=flow.snapshot_at(question))
    shown = flows if question.by else [flow.total(flows)]
    instant = gettext("It is %(instant)s.") % {"instant": flow.snapshot_on(question)}
    definition = f"{flow.SNAPSHOT_DEFINITION} {instant}"
    words = str(STANDING), str(PART)
    return Answer(
        name=NAME, title=str(TITLE), question=question, definition=definition,
        lines=[_line(question, one, tally, words) for one in shown for tally in one.entries], freshness=freshness(),
    )  # fmt: skip


def _line(question: Question, group: Flow, tally: Tally, words: tuple[str, str]) -> Line:
    everyone, cell = sum(entry.n for entry in group.entries), str(tally.stage)
    figures = {
        "standing": count(tally.n, definition=words[0], computed_at=question.at, cell=cell),
        "part": Figure(
            value=tally.n / everyone if everyone else None, n=everyone, hits=tally.n, unit=SHARE, definition=words[1],
            computed_at=question.at, cell=cell,
        ),
    }  # fmt: skip
    label = group.label if question.by else str(tally.stage.label)
    return Line(label=label, figures=figures, code=group.code, key=group.key, stage=cell)


def behind(question: Question, cell: str) -> QuerySet[Journey]:
    """The cycles that stand at the stage `cell` names, one a lead. Raises KeyError for anything else."""
    return flow.behind_snapshot(question, stage_of(cell), flow.snapshot_at(question))


def told(question: Question, cell: str) -> str:
    """What those behind a cell did, in words."""
    words = gettext("stood at %(stage)s on %(instant)s")
    return words % {"stage": stage_of(cell).label, "instant": flow.snapshot_on(question)}
