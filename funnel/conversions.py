"""From the cells of mature cycles to rates with intervals, medians and p90: for all groups of a question at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from funnel.buckets import QUANTILE_ERROR, quantiles
from funnel.cells import ENTERED
from funnel.honest import DAYS, SHARE, Figure
from funnel.intervals import wilson_many

if TYPE_CHECKING:
    from funnel.cells import Cells, Reached
    from funnel.columns import Column
    from funnel.questions import Question
    from leads.models import Stage

DEFINITION = _(
    "Of the {units} that entered {entry} in the period, the share that reached the stage or one beyond it within "
    "{days} days of their own entry, even after the period ended. Only {units} followed for {days} days are counted; "
    "younger ones stand beside as not yet mature. A stage skipped past counts as reached. "
    "{Units} whose date was not known are in no cohort."
)
TIMES = _(
    "Days from entering {entry} to the stage, of those that stood in it within {days} days: the time {share} of them "
    "did not exceed, from a histogram, so at most {error:.0%} off (an hour for times under one)."
)
QUANTILES = {0.5: _("half"), 0.9: _("nine in ten")}


@dataclass(frozen=True)
class Conversion:
    """From the entry stage to `stage`: the rate, how many of the hits only passed it, how many have no date, and how
    long those that stood in it took."""

    stage: Stage
    rate: Figure
    implied: int
    undated: int
    median: Figure
    p90: Figure

    def as_json(self) -> dict[str, Any]:
        return {
            "stage": str(self.stage), **self.rate.as_json(), "implied": self.implied, "undated": self.undated,
            "median_days": self.median.value, "p90_days": self.p90.value,
        }  # fmt: skip


def definition(question: Question) -> str:
    """What the rates are, in words."""
    days = question.window.days
    return DEFINITION.format(
        units=question.units, Units=capfirst(question.units), entry=question.entry.label, days=days
    )


@dataclass(frozen=True)
class Outcome:
    """One target stage of all groups: counts, the ends of the rates' intervals, and days to reach it (NaN: nobody)."""

    reached: Reached
    low: Column
    high: Column
    timed: Column
    days: dict[float, Column]


@dataclass(frozen=True)
class Outcomes:
    """What became of mature cycles: `mature[group, cell]` are their cells."""

    question: Question
    layout: Cells
    mature: Column

    @cached_property
    def by_stage(self) -> dict[Stage, Outcome]:
        return {stage: self._outcome(stage) for stage in self.question.targets}

    def _outcome(self, stage: Stage) -> Outcome:
        reached = self.layout.reached(self.mature, stage.rank, self.question.window)
        days = {part: quantiles(reached.times, part, self.layout.array) for part in QUANTILES}
        return Outcome(reached, *wilson_many(reached.hits, reached.n), reached.times.sum(axis=-1), days)

    @cached_property
    def _words(self) -> tuple[str, list[str], str]:
        asked, days = self.question, self.question.window.days
        times = [
            TIMES.format(entry=asked.entry.label, days=days, share=share, error=QUANTILE_ERROR)
            for share in QUANTILES.values()
        ]
        return definition(asked), times, gettext("nobody stood in it in time")

    def of(self, row: int, *, maturity: float | None) -> tuple[Conversion, ...]:
        """The conversions of one group, of whose entrants the share `maturity` is mature."""
        followed = int(self.mature[row, ENTERED])
        return tuple(
            Conversion(
                stage, self._rate(stage, outcome, row, maturity), int(outcome.reached.implied[row]),
                followed - int(outcome.reached.n[row]), *self._times(stage, outcome, row),
            )
            for stage, outcome in self.by_stage.items()
        )  # fmt: skip

    def _rate(self, stage: Stage, outcome: Outcome, row: int, maturity: float | None) -> Figure:
        hits, n = int(outcome.reached.hits[row]), int(outcome.reached.n[row])
        interval = (float(outcome.low[row]), float(outcome.high[row])) if n else None
        return Figure(
            value=hits / n if n else None, n=n, hits=hits, interval=interval, unit=SHARE, maturity=maturity,
            definition=self._words[0], computed_at=self.question.at, cell=str(stage), base=f"of-{stage}",
        )  # fmt: skip

    def _times(self, stage: Stage, outcome: Outcome, row: int) -> list[Figure]:
        """Median and p90."""
        timed = int(outcome.timed[row])
        return [
            Figure(
                value=float(days[row]) if timed else None, n=timed, unit=DAYS, computed_at=self.question.at,
                definition=words, note="" if timed else self._words[2], cell=f"stood-{stage}",
            )
            for days, words in zip(outcome.days.values(), self._words[1], strict=True)
        ]  # fmt: skip
