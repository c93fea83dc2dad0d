"""Every report there is, by the name that pages, files and the command line call it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from funnel import (
    ageing,
    balance,
    change,
    cohort_report,
    exits,
    flow_report,
    pipeline,
    sla,
    snapshot_report,
    speed_to_lead,
    stage_times,
    velocity,
)
from funnel.freshness import freshness
from funnel.kept import kept

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

    from funnel.answers import Answer, Measure
    from funnel.questions import Question

MARKETING, SALES, MANAGEMENT = _("Marketing"), _("Sales"), _("Management")
PERSONAS = (MARKETING, SALES, MANAGEMENT)
WORDS = ("entry", "window", "from", "to", "by", "grain", "unit")
"""What a question can say besides the dimensions it is narrowed to."""


@dataclass(frozen=True)
class Listed:
    """A report as the index lists it: who asks for it, and what it answers, in a sentence.

    `asks` are the words of the question that it heeds. One that `compares` has no answer without both days.
    """

    module: Measure
    persona: StrPromise
    sentence: StrPromise
    asks: tuple[str, ...] = WORDS
    compares: bool = False


INDEX: dict[str, Listed] = {
    "cohort": Listed(cohort_report, MARKETING, _("Which share of those who came in reached each stage, and how soon.")),
    "change": Listed(change, MARKETING,
                     _("Why conversion went up or down: others came, or the same convert differently."),
                     ("entry", "window", "from", "to", "by", "unit"), compares=True),
    "flow": Listed(flow_report, MANAGEMENT, _("How many entered each stage in a period."),
                   ("entry", "from", "to", "by", "unit")),
    "snapshot": Listed(snapshot_report, SALES, _("How many stand at each stage, now or at the end of a day."),
                       ("to", "by")),
    "balance": Listed(balance, MANAGEMENT,
                      _("How each stage filled and emptied, day by day: opening, in, out, closing."),
                      ("from", "to", "by")),
    "times": Listed(stage_times, MARKETING, _("How long leads stay in each stage, those still in it included."),
                    ("from", "to", "by")),
    "exits": Listed(exits, MARKETING, _("How those who entered a stage left it: on, lost or back, by their age."),
                    ("entry", "from", "to", "by")),
    "ageing": Listed(ageing, SALES, _("How long those who stand in each stage have been standing there."),
                     ("to", "by")),
    "speed": Listed(speed_to_lead, SALES, _("How soon an MQL is called or met."), ("from", "to", "by")),
    "sla": Listed(sla, SALES, _("Whether offers to sales are decided in time, and how many are accepted."),
                  ("from", "to", "by")),
    "velocity": Listed(velocity, MANAGEMENT, _("What the pipeline earns a day, and the four numbers behind it."),
                       ("from", "to", "by")),
    "pipeline": Listed(pipeline, MANAGEMENT, _("What open deals are worth, by the chance of their stage and age."),
                       ("by",)),
}  # fmt: skip
"""One entry a report; adding one here gives it its page, its lists, its file and its command."""

REPORTS: dict[str, Measure] = {name: listed.module for name, listed in INDEX.items()}


def answered(name: str, question: Question) -> Answer:
    """The answer of a report; one that was worked out less than a minute ago if no journey that matters has changed.

    About a past instant it is worked out anew: answers rest on touches, limits and working hours besides.
    Raises KeyError for a report there is not, BadQuestion for a question it cannot answer.
    """
    if not question.live:
        return REPORTS[name].answer(question)
    answer = kept(name, question, lambda: REPORTS[name].answer(question))
    return replace(answer, freshness=freshness())
