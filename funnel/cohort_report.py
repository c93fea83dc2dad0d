"""The report "cohort": who entered a stage, by group and time of entry, and where they went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from funnel import cohorts, conversions
from funnel.answers import Answer, Line
from funnel.dimensions import PEOPLE
from funnel.freshness import freshness
from funnel.honest import Figure, count

if TYPE_CHECKING:
    from funnel.questions import Question

TITLE = _("Cohort conversion")
NAME = "cohort"
COUNTS = {
    "entered": _("How many {units} entered {entry} in the period."),
    "mature": _("How many of them could be followed for {days} days."),
    "immature": _("How many of them entered less than {days} days ago, and are in no rate yet."),
    "undated": _("How many entered {entry} at a time nobody knows; they are in no rate."),
}
NO_SPAN = {
    "day": _(
        "Those that entered {entry} at a time nobody knows are in no day; not over time, they are told as undated."
    ),
    "week": _(
        "Those that entered {entry} at a time nobody knows are in no week; not over time, they are told as undated."
    ),
    "month": _(
        "Those that entered {entry} at a time nobody knows are in no month; not over time, they are told as undated."
    ),
}
TOLD = {
    "entered": _("entered {entry}"),
    "mature": _("entered {entry} and were followed for {days} days"),
    "immature": _("entered {entry} less than {days} days ago"),
    "undated": _("entered {entry} at a time nobody knows"),
}
REACHED = _("entered {entry} and reached {stage} within {days} days")
STOOD = _("entered {entry} and stood in {stage} within {days} days")
AT_ENTRY = _("Owner and team are those at the entry of {entry}.")

behind = cohorts.behind


def answer(question: Question) -> Answer:
    """One line per group and span of entry; one for all where the question asks for neither."""
    found = cohorts.groups(question) if question.by or question.grain else [cohorts.total(question)]
    words = {name: _words(question, name) for name in COUNTS}
    return Answer(
        name=NAME, title=str(TITLE), question=question, definition=conversions.definition(question),
        lines=[_line(question, one, words) for one in found], freshness=freshness(), notes=_notes(question),
    )  # fmt: skip


def _line(question: Question, cohort: cohorts.Cohort, words: dict[str, str]) -> Line:
    figures = {name: _count(question, cohort, name, words[name]) for name in COUNTS}
    if question.grain:  # whose date is unknown is in no span of time
        del figures["undated"]
    for one in cohort.conversions:
        figures |= {f"{one.stage}": one.rate, f"{one.stage} median": one.median, f"{one.stage} p90": one.p90}
    return Line(label=cohort.label, figures=figures, code=cohort.code, key=cohort.key, span=cohort.span)


def _words(question: Question, name: str) -> str:
    return COUNTS[name].format(units=question.units, entry=question.entry.label, days=question.window.days)


def _count(question: Question, cohort: cohorts.Cohort, name: str, words: str) -> Figure:
    return count(getattr(cohort, name), definition=words, computed_at=question.at, cell=name)


def _notes(question: Question) -> list[str]:
    notes = []
    if question.grain:
        notes.append(NO_SPAN[question.grain].format(entry=question.entry.label))
    if at_entry(question):
        notes.append(AT_ENTRY.format(entry=question.entry.label))
    return notes


def at_entry(question: Question) -> bool:
    """Whether it matters at which entry owners and teams are asked for."""
    return bool({question.by, *(name for name, _ in question.where)} & {*PEOPLE})


def told(question: Question, cell: str) -> str:
    """What those behind a cell did, in words. Raises KeyError for a cell there is not."""
    facts = {"entry": question.entry.label, "days": question.window.days}
    kinds = {name: (words, "") for name, words in TOLD.items()}
    for stage in question.targets:
        kinds[str(stage)] = (REACHED, str(stage.label))
        kinds[f"of-{stage}"] = (TOLD["mature"], "")
        kinds[f"stood-{stage}"] = (STOOD, str(stage.label))
    words, target = kinds[cell]
    return words.format(**facts, stage=target)
