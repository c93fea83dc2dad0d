"""The report "cohort": who entered a stage, by group and time of entry, and where they went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from funnel import cohorts, conversions
from funnel.answers import Answer, Line
from funnel.dimensions import PEOPLE
from funnel.freshness import freshness
from funnel.honest import Figure, count

if TYPE_CHECKING:
    from funnel.questions import Question

TITLE = "Cohort conversion"
NAME = "cohort"
COUNTS = {
    "entered": "How many {unit}s entered {entry} in the period.",
    "mature": "How many of them could be followed for {days} days.",
    "immature": "How many of them entered less than {days} days ago, and are in no rate yet.",
    "undated": "How many entered {entry} at a time nobody knows; they are in no rate.",
}
NO_SPAN = (
    "Those that entered {entry} at a time nobody knows are in no {grain}; not over time, they are told as undated."
)
AT_ENTRY = "Owner and team are those at the entry of {entry}."

behind = cohorts.behind


def answer(question: Question) -> Answer:
    """One line per group and span of entry; one for all where the question asks for neither."""
    found = cohorts.groups(question) if question.by or question.grain else [cohorts.total(question)]
    return Answer(
        name=NAME, title=TITLE, question=question, definition=conversions.definition(question),
        lines=[_line(question, one) for one in found], freshness=freshness(), notes=_notes(question),
    )  # fmt: skip


def _line(question: Question, cohort: cohorts.Cohort) -> Line:
    figures = {name: _count(question, cohort, name) for name in COUNTS}
    if question.grain:  # whose date is unknown is in no span of time
        del figures["undated"]
    for one in cohort.conversions:
        figures |= {f"{one.stage}": one.rate, f"{one.stage} median": one.median, f"{one.stage} p90": one.p90}
    return Line(label=cohort.label, figures=figures, code=cohort.code, key=cohort.key, span=cohort.span)


def _count(question: Question, cohort: cohorts.Cohort, name: str) -> Figure:
    words = COUNTS[name].format(unit=question.unit, entry=question.entry.label, days=question.window.days)
    return count(getattr(cohort, name), definition=words, computed_at=question.at, cell=name)


def _notes(question: Question) -> list[str]:
    notes = []
    if question.grain:
        notes.append(NO_SPAN.format(entry=question.entry.label, grain=question.grain))
    if at_entry(question):
        notes.append(AT_ENTRY.format(entry=question.entry.label))
    return notes


def at_entry(question: Question) -> bool:
    """Whether it matters at which entry owners and teams are asked for."""
    return bool({question.by, *(name for name, _ in question.where)} & {*PEOPLE})


def told(question: Question, cell: str) -> str:
    """What those behind a cell did, in words. Raises KeyError for a cell there is not."""
    entry, days = question.entry.label, question.window.days
    entered, followed = f"entered {entry}", f"entered {entry} and were followed for {days} days"
    words = {
        "entered": entered,
        "mature": followed,
        "immature": f"{entered} less than {days} days ago",
        "undated": f"{entered} at a time nobody knows",
    }
    for stage in question.targets:
        words[str(stage)] = f"{entered} and reached {stage.label} within {days} days"
        words[f"of-{stage}"] = followed
        words[f"stood-{stage}"] = f"{entered} and stood in {stage.label} within {days} days"
    return words[cell]
