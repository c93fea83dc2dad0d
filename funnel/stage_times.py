"""How long leads stay in each open stage, those still there counted with the time they have been there so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from django.utils.translation import gettext_lazy as _

from funnel import followed
from funnel.answers import Answer
from funnel.columns import DAY
from funnel.followed import IN_PERIOD, VAGUE, gathered, notes_on
from funnel.freshness import freshness
from funnel.honest import count
from funnel.quantiles import QUANTILES, quantile_figure
from funnel.stays import ADVANCED, STAYING, WENT_BACK, WENT_LOST
from funnel.survival import kaplan_meier
from leads.models.stage import OPEN, Stage

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from funnel.answers import Line
    from funnel.groups import Group
    from funnel.honest import Figure
    from funnel.models import Journey
    from funnel.questions import Question

TITLE = _("Time in stage")
DEFINITION = _(
    "Days from entering a stage to leaving it, whichever way, by Kaplan-Meier: those still there count as staying for "
    "as long as they have, and never as finished."
)
TIME = _(
    "Days by which {share} of the stays in {stage} that began in the period were over, by Kaplan-Meier, those still "
    "there counted as far as they are followed."
)
ENDINGS = {
    "stays": (STAYING, ADVANCED, WENT_LOST, WENT_BACK), "left": (ADVANCED, WENT_LOST, WENT_BACK),
    "staying": (STAYING,), "vague": (VAGUE,),
}  # fmt: skip
"""What each count counts."""
CELLS = {f"{stage}:{name}": (stage, name) for stage in OPEN for name in ENDINGS}
WORDS = {
    "stays": _("Stays in {stage} that began in the period and whose dates are known."),
    "left": _("Those of the stays in {stage} that are over."),
    "staying": _("Those of the stays in {stage} that are not over yet."),
    "vague": _("Stays in {stage} that began in the period, with a date that is assumed or was corrected: in no time."),
}


TOLD = {
    "stays": _("came to stand in {stage} at a known time"), "left": _("stood in {stage} and left it"),
    "staying": _("came to stand in {stage} and are still there"),
    "vague": _("stood in {stage} with a date that is assumed or was corrected"),
}  # fmt: skip


def answer(question: Question) -> Answer:
    """A line per open stage and group. Raises BadQuestion for a question about leads instead of cycles."""
    question.cycles_only(TITLE)
    found = gathered(question, [stage.rank for stage in OPEN])
    lines = []
    for stage in OPEN:
        words = _words(stage)
        lines += [_line(question, stage, group, words) for group in found.pop(stage.rank).groups()]
    vague = sum(line.figures["vague"].n for line in lines if line.whole)
    return Answer(
        name="times", title=str(TITLE), question=question, definition=f"{DEFINITION} {IN_PERIOD}", lines=lines,
        freshness=freshness(), notes=notes_on(question, vague),
    )  # fmt: skip


def _words(stage: Stage) -> dict[str, str]:
    """What each figure of a stage is; "time" says {share} where the share's words belong."""
    counts = {name: words.format(stage=stage.label) for name, words in WORDS.items()}
    return {**counts, "time": TIME.format(stage=stage.label, share="{share}")}


def _line(question: Question, stage: Stage, group: Group, words: dict[str, str]) -> Line:
    lasted, ending = group.columns
    sure = ending != VAGUE
    curve = kaplan_meier(lasted[sure] / DAY, ending[sure] != STAYING)
    figures = {
        name: quantile_figure(curve, name, definition=words["time"], computed_at=question.at, cell=f"{stage}:stays")
        for name in QUANTILES
    }
    return group.line({**figures, **_counts(question, stage, group, words)}, stage=str(stage))


def _counts(question: Question, stage: Stage, group: Group, words: dict[str, str]) -> dict[str, Figure]:
    _lasted, ending = group.columns
    return {
        name: count(
            int(np.isin(ending, endings).sum()), definition=words[name],
            computed_at=question.at, cell=f"{stage}:{name}",
        )
        for name, endings in ENDINGS.items()
    }  # fmt: skip


def behind(question: Question, cell: str) -> QuerySet[Journey]:
    """The cycles behind a number: a stage, a colon and one of ENDINGS. Raises KeyError for any other cell."""
    stage, name = CELLS[cell]
    question.cycles_only(TITLE)
    return followed.behind(question, stage.rank, lambda lasted, ending: np.isin(ending, ENDINGS[name]))


def told(question: Question, cell: str) -> str:
    """What those behind a cell did, in words. Raises KeyError for a cell there is not."""
    stage, name = CELLS[cell]
    return TOLD[name].format(stage=stage.label)
