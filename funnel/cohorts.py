"""Cohort conversion: of the cycles that entered a stage in a period, the share that reached the next within a window.

Every count has a twin that lists exactly the cycles behind it; both are built from the same conditions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, Q, QuerySet

from funnel.honest import Rate
from funnel.questions import FUNNEL, Question, flagged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from funnel.models import Journey
    from leads.models import Stage

DEFINITION = (
    "Of the cycles that entered {entry} in the period, the share that reached the stage or one beyond it within "
    "{days} days of their own entry, even after the period ended. Only cycles followed for {days} days are counted; "
    "younger ones stand beside as not yet mature. A stage skipped past counts as reached. "
    "Cycles whose date was not known are in no cohort."
)


@dataclass(frozen=True)
class Conversion:
    """From the entry stage to `stage`: the rate, how many of the hits only passed it, and how many have no date."""

    stage: Stage
    rate: Rate
    implied: int
    undated: int

    def as_json(self) -> dict[str, Any]:
        return {"stage": str(self.stage), **self.rate.as_json(), "implied": self.implied, "undated": self.undated}


@dataclass(frozen=True)
class Cohort:
    """One group's cohort: how many entered, how many of them are mature, and where they went."""

    key: Any
    label: str
    entered: int
    mature: int
    implied: int
    undated: int
    conversions: tuple[Conversion, ...]

    @property
    def immature(self) -> int:
        return self.entered - self.mature

    @property
    def maturity(self) -> float | None:
        return self.mature / self.entered if self.entered else None

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key, "label": self.label, "entered": self.entered, "mature": self.mature,
            "immature": self.immature, "maturity": self.maturity, "implied": self.implied, "undated": self.undated,
            "conversions": [conversion.as_json() for conversion in self.conversions],
        }  # fmt: skip


def _dated(question: Question) -> Q:
    return question.during(f"{question.entry}_at") & ~flagged("assumed", question.entry)


def _mature(question: Question) -> Q:
    return _dated(question) & Q(**{f"{question.entry}_at__lte": question.at - question.window})


def _undated(question: Question) -> Q:
    """Cycles that entered at a time nobody knows; they belong to no period."""
    return flagged("assumed", question.entry)


def _in_time(question: Question, stage: Stage) -> Q:
    """Cycles that reached the stage or one beyond it within the window, at a time that is known."""
    limit = F(f"{question.entry}_at") + question.window
    beyond = FUNNEL[stage.rank - 1 :]
    return reduce(or_, (Q(**{f"{one}_at__lte": limit}) & ~flagged("assumed", one) for one in beyond))


def _known(question: Question, stage: Stage) -> Q:
    """Mature cycles of which we can say whether they reached the stage in time."""
    return _mature(question) & (~flagged("assumed", stage) | _in_time(question, stage))


def _reached(question: Question, stage: Stage) -> Q:
    return _mature(question) & _in_time(question, stage)


def _counts(question: Question) -> dict[str, Count]:
    entry, counts = question.entry, {}
    wanted = {
        "entered": _dated(question),
        "mature": _mature(question),
        "skipped": _mature(question) & flagged("implied", entry),
        "undated": _undated(question),
    }
    for stage in question.targets:
        wanted[f"{stage}_n"] = _known(question, stage)
        wanted[f"{stage}_hits"] = _reached(question, stage)
        wanted[f"{stage}_skipped"] = _reached(question, stage) & flagged("implied", stage)
    for name, condition in wanted.items():
        counts[name] = Count("cycle", filter=condition)
    return counts


def _cohort(question: Question, key: Any, label: str, row: Mapping[str, Any]) -> Cohort:
    conversions = tuple(
        Conversion(
            stage=stage,
            rate=Rate(row[f"{stage}_hits"], row[f"{stage}_n"]),
            implied=row[f"{stage}_skipped"],
            undated=row["mature"] - row[f"{stage}_n"],
        )
        for stage in question.targets
    )
    return Cohort(key, label, row["entered"], row["mature"], row["skipped"], row["undated"], conversions)


def total(question: Question) -> Cohort:
    """The cohort as a whole."""
    return _cohort(question, None, "All", question.journeys().aggregate(**_counts(question)))


def groups(question: Question) -> list[Cohort]:
    """The cohort split by the question's dimension, largest first; [] when it has none."""
    if not question.by:
        return []
    rows = list(
        question.journeys()
        .filter(_dated(question) | _undated(question))
        .values(key=question.dimension(question.by))
        .annotate(**_counts(question))
    )
    cohorts = [_cohort(question, row["key"], question.label(row["key"]), row) for row in rows]
    return sorted(cohorts, key=lambda cohort: (-cohort.entered, cohort.label))


def behind(question: Question, cell: str) -> QuerySet[Journey]:
    """The cycles behind one number of the cohort.

    Cells: 'entered', 'mature', 'immature', 'undated', a stage for those that reached it, 'of-' and a stage for those
    the rate is counted of. Raises KeyError for any other.
    """
    conditions = {
        "entered": _dated(question),
        "mature": _mature(question),
        "immature": _dated(question) & ~Q(**{f"{question.entry}_at__lte": question.at - question.window}),
        "undated": _undated(question),
        **{str(stage): _reached(question, stage) for stage in question.targets},
        **{f"of-{stage}": _known(question, stage) for stage in question.targets},
    }
    return question.journeys().filter(conditions[cell])
