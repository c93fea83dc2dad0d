"""Cohort conversion: of the cycles that entered a stage in a period, the share that reached the next within a window.

Counts come from `tables`; the list behind each from the same rule over the journeys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from funnel import dimensions, frames
from funnel.buckets import QUANTILE_ERROR, quantile
from funnel.cells import ENTERED, PASSED, entrants, known_times
from funnel.columns import NEVER, STAGES, Column, Columns
from funnel.honest import DAYS, Figure, share
from funnel.periods import day_of
from funnel.tables import Table, tabled
from leads.models import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, timedelta

    from django.db.models import QuerySet

    from funnel.models import Journey
    from funnel.questions import Question

DEFINITION = (
    "Of the {unit}s that entered {entry} in the period, the share that reached the stage or one beyond it within "
    "{days} days of their own entry, even after the period ended. Only {unit}s followed for {days} days are counted; "
    "younger ones stand beside as not yet mature. A stage skipped past counts as reached. "
    "{units} whose date was not known are in no cohort."
)
TIMES = (
    "Days from entering {entry} to the stage, of those that stood in it within {days} days: the time {share} of them "
    "did not exceed, from a histogram, so at most {error:.0%} off (an hour for times under one)."
)
QUANTILES = ((0.5, "half"), (0.9, "nine in ten"))


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


@dataclass(frozen=True)
class Cohort:
    """One group's cohort: how many entered, how many of them are mature, and where they went.

    `code` is the group's number in the columns, `key` how JSON and addresses call it, `span` its first day where the
    question has a grain.
    """

    code: int
    key: Any
    label: str
    span: date | None
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
            "key": self.key, "label": self.label, "span": self.span and self.span.isoformat(),
            "entered": self.entered, "mature": self.mature, "immature": self.immature, "maturity": self.maturity,
            "implied": self.implied, "undated": self.undated,
            "conversions": [conversion.as_json() for conversion in self.conversions],
        }  # fmt: skip


def definition(question: Question) -> str:
    """What the rates are, in words."""
    days = question.window.days
    return DEFINITION.format(
        unit=question.unit, units=f"{question.unit}s".capitalize(), entry=question.entry.label, days=days
    )


def groups(question: Question) -> list[Cohort]:
    """The cohort split by the question's dimension and grain: by span, then largest first; one without either."""
    return windowed(question, [question.window])[0]


def total(question: Question) -> Cohort:
    """The cohort as a whole."""
    [found] = groups(question.asking(by="", grain="")) or [_nobody(question)]
    return found


def windowed(question: Question, windows: Sequence[timedelta]) -> list[list[Cohort]]:
    """`groups` for each of several windows, at the cost of one."""
    begin, over = question.instants
    ripe = {window: min(max(question.asking(window=window).ripe, begin), over) for window in windows}
    bounds = sorted({begin, over, *ripe.values()})
    if len(bounds) == 1:
        bounds = [begin, over]
    table = tabled(question, question.rank, bounds, windows)
    entered = table.counts[:, :, ENTERED].sum(axis=0)
    result = []
    for window in windows:
        mature = table.counts[: bounds.index(ripe[window])].sum(axis=0)
        result.append(_cohorts(question.asking(window=window), table, entered, mature))
    return result


def _cohorts(question: Question, table: Table, entered: Column, mature: Column) -> list[Cohort]:
    dated, lost_sight = np.flatnonzero(entered), np.flatnonzero(table.undated)
    undated = {int(table.value[row]): int(table.undated[row]) for row in lost_sight}
    codes = {*table.value[dated].tolist(), *undated}
    labels, words = dimensions.labels(question.by, codes), dimensions.words(question.by, codes)
    conversions = _conversions(question, table, entered, mature)
    found = []
    for row in dated.tolist():
        code = int(table.value[row])
        missing = 0 if question.grain else undated.pop(code, 0)
        found.append(
            Cohort(
                code, dimensions.key_of(question.by, code, words), labels[code],
                day_of(table.span[row]) if question.grain else None, int(entered[row]), int(mature[row, ENTERED]),
                int(mature[row, PASSED]), missing, conversions(row),
            )
        )  # fmt: skip
    for code, missing in undated.items():
        if not question.grain:
            key = dimensions.key_of(question.by, code, words)
            found.append(_nobody(question, code, key, labels[code], missing))
    return sorted(found, key=lambda one: (one.span is not None and one.span.toordinal(), -one.entered, one.label))


def _conversions(question: Question, table: Table, entered: Column, mature: Column) -> Any:
    """A function that gives a row's conversions; the sums are made for all rows at once."""
    reached = {stage: table.layout.reached(mature, stage.rank, question.window) for stage in question.targets}
    words = definition(question)

    def of(row: int) -> tuple[Conversion, ...]:
        followed, came = int(mature[row, ENTERED]), int(entered[row])
        found = []
        for stage, counts in reached.items():
            hits, n = int(counts.hits[row]), int(counts.n[row])
            rate = share(
                hits, n, definition=words, computed_at=question.at, maturity=followed / came if came else None,
                cell=str(stage), base=f"of-{stage}",
            )  # fmt: skip
            times = _times(question, stage, counts.times[row], table.layout.array)
            found.append(Conversion(stage, rate, int(counts.implied[row]), followed - n, *times))
        return tuple(found)

    return of


def _times(question: Question, stage: Stage, times: Column, edges: Column) -> Iterator[Figure]:
    """Median and p90 of the histogram `times`."""
    for part, words in QUANTILES:
        yield Figure(
            value=quantile(times, part, edges), n=int(times.sum()), unit=DAYS, computed_at=question.at,
            definition=TIMES.format(
                entry=question.entry.label, days=question.window.days, share=words, error=QUANTILE_ERROR
            ),
            note="" if times.any() else "nobody stood in it in time", cell=f"stood-{stage}",
        )  # fmt: skip


def _nobody(question: Question, code: int = 0, key: Any = None, label: str = "All", undated: int = 0) -> Cohort:
    none = np.zeros(0)
    rate: dict[str, Any] = {"definition": definition(question), "computed_at": question.at}
    empty = tuple(
        Conversion(
            stage, share(0, 0, cell=str(stage), base=f"of-{stage}", **rate), 0, 0, *_times(question, stage, none, none)
        )
        for stage in question.targets
    )  # fmt: skip
    return Cohort(code, key, label, None, 0, 0, 0, undated, empty)


def behind(question: Question, cell: str) -> QuerySet[Journey]:
    """The cycles behind one number of the cohort.

    Cells: 'entered', 'mature', 'immature', 'undated', a stage for those that reached it, 'of-' and a stage for those
    the rate is counted of, 'stood-' and a stage for those its times are of. Raises KeyError for any other.
    """
    if cell not in cells(question):
        raise KeyError(cell)
    return frames.behind(question, frames.FACTS, lambda part: _rule(question, part, cell), ranks=[question.rank])


def cells(question: Question) -> list[str]:
    """The cells there are."""
    stages = [f"{kind}{stage}" for stage in question.targets for kind in ("", "of-", "stood-")]
    return ["entered", "mature", "immature", "undated", *stages]


def _rule(question: Question, part: Columns, cell: str) -> Column:
    """Mask of the cycles a cell counts."""
    dated, lost_sight = entrants(part, question.rank)
    chosen = frames.chosen_by(question, part, question.rank)
    if cell == "undated":
        return chosen & _among(lost_sight, len(chosen))
    at, (begin, over) = part[STAGES[question.rank - 1]], question.instants
    entered = chosen & _among(dated, len(chosen)) & (at >= begin) & (at < over)
    mature = entered & (at < question.ripe)
    simple = {"entered": entered, "mature": mature, "immature": entered & ~mature}
    return simple[cell] if cell in simple else mature & _reached(question, part, mature, cell)


def _reached(question: Question, part: Columns, mature: Column, cell: str) -> Column:
    kind, _, name = cell.rpartition("-")
    rank, at = Stage(name).rank, part[STAGES[question.rank - 1]]
    limit = np.where(mature, at, 0) + round(question.window.total_seconds() * 1_000_000)
    reached_at = known_times(part)[rank - 1]
    in_time: Column = (reached_at != NEVER) & (reached_at <= limit)
    flags = {mask: (part[mask] & (1 << (rank - 1))) != 0 for mask in ("implied", "assumed")}
    among: dict[str, Column] = {
        "of": in_time | ~flags["assumed"],
        "stood": in_time & ~flags["implied"] & ~flags["assumed"],
    }
    return among.get(kind, in_time)


def _among(positions: Column, n: int) -> Column:
    mask = np.zeros(n, bool)
    mask[positions] = True
    return mask
