"""Cohort conversion: of the cycles that entered a stage in a period, the share that reached the next within a window.

Counts come from `tables`; the list behind each from the same rule over the journeys.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from funnel import dimensions, frames
from funnel.cells import ENTERED, PASSED, cells_for, entrants, known_times
from funnel.columns import NEVER, STAGES, Column, Columns
from funnel.conversions import Conversion, Outcomes
from funnel.periods import day_of
from funnel.tables import Table, tabled
from leads.models import Stage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, timedelta

    from django.db.models import QuerySet

    from funnel.models import Journey
    from funnel.questions import Question


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
    outcomes: Outcomes
    row: int

    @cached_property
    def conversions(self) -> tuple[Conversion, ...]:
        """Where they went: each stage beyond the entry, with its rate and times."""
        return self.outcomes.of(self.row, maturity=self.maturity)

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


def groups(question: Question) -> list[Cohort]:
    """The cohort split by the question's dimension and grain: by span, then largest first."""
    return report(question, [question.window])[0].groups


def total(question: Question) -> Cohort:
    """The cohort as a whole."""
    return report(question, [question.window])[0].total


@dataclass(frozen=True)
class Cohorts:
    """A question's cohort as a whole, and split; without a dimension or grain the one group is the whole."""

    total: Cohort
    groups: list[Cohort]


def report(question: Question, windows: Sequence[timedelta]) -> list[Cohorts]:
    """The cohorts for each of several windows, at the cost of one."""
    begin, over = question.instants
    ripe = {window: min(max(question.asking(window=window).ripe, begin), over) for window in windows}
    bounds = sorted({begin, over, *ripe.values()})
    if len(bounds) == 1:
        bounds = [begin, over]
    table = tabled(question, question.rank, bounds, windows)
    result = []
    for window in windows:
        asked, followed = question.asking(window=window), bounds.index(ripe[window])
        whole = asked.asking(by="", grain="")
        [all_of_them] = _cohorts(whole, table.whole, followed) or [_nobody(whole)]
        split = question.by or question.grain
        result.append(Cohorts(all_of_them, _cohorts(asked, table, followed) if split else [all_of_them]))
    return result


def _cohorts(question: Question, table: Table, followed: int) -> list[Cohort]:
    """The cohorts of a table's groups; mature are those that entered before the bound of the number `followed`."""
    entered, mature = table.until[-1][:, ENTERED], table.until[followed]
    dated, lost_sight = np.flatnonzero(entered), np.flatnonzero(table.undated)
    undated = {int(table.value[row]): int(table.undated[row]) for row in lost_sight}
    codes = {*table.value[dated].tolist(), *undated}
    labels, words = dimensions.labels(question.by, codes), dimensions.words(question.by, codes)
    keys = {code: dimensions.key_of(question.by, code, words) for code in codes}
    outcomes = Outcomes(question, table.layout, mature)
    spans = {span: day_of(span) for span in np.unique(table.span[dated]).tolist()} if question.grain else {}
    columns = (table.value, table.span, entered, mature[:, ENTERED], mature[:, PASSED])
    found = [
        Cohort(code, keys[code], labels[code], spans.get(span), came, ripe, passed,
               0 if question.grain else undated.pop(code, 0), outcomes, row)
        for row, code, span, came, ripe, passed in zip(
            dated.tolist(), *(column[dated].tolist() for column in columns), strict=True)
    ]  # fmt: skip
    if not question.grain:
        found += [_nobody(question, code, keys[code], labels[code], missing) for code, missing in undated.items()]
    return sorted(found, key=lambda one: (one.span is not None and one.span.toordinal(), -one.entered, one.label))


def _nobody(question: Question, code: int = 0, key: Any = None, label: str = "", undated: int = 0) -> Cohort:
    layout = cells_for(question.window)
    nothing = Outcomes(question, layout, np.zeros((1, layout.size), np.int64))
    return Cohort(code, key, label or dimensions.everything(), None, 0, 0, 0, undated, nothing, 0)


def behind(question: Question, cell: str) -> QuerySet[Journey]:
    """The cycles behind one number of the cohort.

    Cells: 'entered', 'mature', 'immature', 'undated', a stage for those that reached it, 'of-' and a stage for those
    the rate is counted of, 'stood-' and a stage for those its times are of. Raises KeyError for any other.
    """
    if cell not in cells(question):
        raise KeyError(cell)
    return frames.behind(
        question, frames.facts_from(question.rank), lambda part: _rule(question, part, cell), ranks=[question.rank]
    )


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
    reached_at = known_times(part, rank)[rank]
    in_time: Column = (reached_at != NEVER) & (reached_at <= limit)
    flags: Columns = {mask: (part[mask] & (1 << (rank - 1))) != 0 for mask in ("implied", "assumed")}
    if kind == "of":
        in_time |= ~flags["assumed"]
    if kind == "stood":
        in_time &= ~flags["implied"] & ~flags["assumed"]
    return in_time


def _among(positions: Column, n: int) -> Column:
    mask = np.zeros(n, bool)
    mask[positions] = True
    return mask
