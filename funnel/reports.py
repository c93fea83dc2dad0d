"""Every report there is, by the name that pages, files and the command line call it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from funnel import change, cohort_report, flow_report, snapshot_report

if TYPE_CHECKING:
    from funnel.answers import Measure
    from funnel.questions import Question

MARKETING, SALES, MANAGEMENT = "Marketing", "Sales", "Management"
PERSONAS = (MARKETING, SALES, MANAGEMENT)
WORDS = ("entry", "window", "from", "to", "by", "grain", "unit")
"""What a question can say besides the dimensions it is narrowed to."""


@dataclass(frozen=True)
class Listed:
    """A report as the index lists it: who asks for it, and what it answers, in a sentence.

    `asks` are the words of the question that it heeds. One that `compares` has no answer without both days.
    """

    module: Measure
    persona: str
    sentence: str
    asks: tuple[str, ...] = WORDS
    compares: bool = False


INDEX: dict[str, Listed] = {
    "cohort": Listed(cohort_report, MARKETING, "Which share of those who came in reached each stage, and how soon."),
    "change": Listed(change, MARKETING, "Why conversion went up or down: others came, or the same convert differently.",
                     ("entry", "window", "from", "to", "by", "unit"), compares=True),
    "flow": Listed(flow_report, MANAGEMENT, "How many entered each stage in a period.",
                   ("entry", "from", "to", "by", "unit")),
    "snapshot": Listed(snapshot_report, SALES, "How many stand at each stage, now or at the end of a day.",
                       ("to", "by")),
}  # fmt: skip
"""One entry a report; adding one here gives it its page, its lists, its file and its command."""

REPORTS: dict[str, Measure] = {name: listed.module for name, listed in INDEX.items()}


def told(name: str, question: Question, cell: str) -> str:
    """What those behind a cell of a report did, in words that follow "cycles that"; its `told` where it has one."""
    words = getattr(REPORTS[name], "told", None)
    return str(words(question, cell)) if words else f"stand behind “{cell}”"
