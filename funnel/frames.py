"""The journeys a question is about, as columns, a part at a time; and the list of exactly those a rule chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from funnel import chunks, dimensions
from funnel.columns import MASKS, NEVER, STAGES, Column, Columns, joined, key, rows, take
from funnel.models import Journey
from funnel.reading import Leads, journeys_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from django.db.models import QuerySet

    from funnel.questions import Question

FACTS = (*STAGES, "implied", "assumed")
"""The columns that every entry is told by."""
WHOSE = ("lead", "cycle")
FEW = 8
ENOUGH = 65_536  # cycles worth working out at once


def facts_from(rank: int) -> tuple[str, ...]:
    """The columns that a conversion is worked out from, of those that entered the stage of this rank."""
    return (*STAGES[rank - 1 :], "implied", "assumed")


def parts(
    question: Question, names: Iterable[str], *, ranks: Iterable[int], whose: Iterable[str] = WHOSE
) -> Iterator[Columns]:
    """The question's cycles, or leads as if each were one cycle, part by part; narrowing is left to `chosen_by`.

    `ranks` are the stages at whose entry owners and teams will be asked for; `whose` is empty where nobody asks which
    lead and cycle a row is, which spares reading that.
    """
    asked = {question.by, *(name for name, _ in question.where)}
    wanted = {*names, *whose, *dimensions.columns_of(asked, ranks)}
    if question.without:
        wanted |= {"lead"}
    if question.unit == "lead":
        wanted |= {*FACTS, *WHOSE}
    for part in _read(question, wanted):
        yield ever(part) if question.unit == "lead" else part


def _read(question: Question, wanted: set[str]) -> Iterator[Columns]:
    leads = question.leads
    found = chunks.read(wanted) if leads is None else iter([of_leads(leads, wanted)])
    for part in found:
        yield take(part, ~np.isin(part["lead"], list(question.without))) if question.without else part


def of_leads(numbers: list[int], wanted: Iterable[str]) -> Columns:
    """The columns of some leads' journeys, by lead and cycle."""
    found = journeys_of(Leads(numbers))
    found = chunks.flat(take(found, np.argsort(key(found), kind="stable")))
    return {name: found[name] for name in {*WHOSE, *wanted}}


def ever(part: Columns) -> Columns:
    """Each lead as one row: every stage at the first time it was known to be reached, in whatever cycle.

    Owners and teams are those at that entry; the other columns are those of the lead's first cycle.
    """
    opens = np.ones(rows(part), bool)
    opens[1:] = np.diff(part["lead"]) != 0
    first, lead = np.flatnonzero(opens), np.cumsum(opens) - 1
    found = take(part, first)
    if not len(first):
        return found
    for mask in MASKS:
        if mask in found:
            found[mask] = np.zeros_like(found[mask])
    for k, stage in enumerate(STAGES, start=1):
        row = _earliest(part, k, first, lead)
        found[stage] = part[stage][row]
        for mask in MASKS:
            if mask in found:
                found[mask] |= part[mask][row] & np.int16(1 << (k - 1))
        for name in (f"owner{k}", f"team{k}"):
            if name in found:
                found[name] = part[name][row]
    return found


def _earliest(part: Columns, k: int, first: Column, lead: Column) -> Column:
    """Per lead the row of the cycle that reached the stage first, preferring times that are known."""
    at = part[STAGES[k - 1]]
    assumed = (part["assumed"] & (1 << (k - 1))) != 0
    rank = np.where(at == NEVER, NEVER, np.where(assumed, NEVER - 1, at))
    best = rank == np.minimum.reduceat(rank, first)[lead]
    place = np.flatnonzero(best)
    found: Column = place[np.searchsorted(lead[place], np.arange(len(first)))]
    return found


def chosen_by(question: Question, part: Columns, rank: int | Column) -> Column:
    """Mask of the cycles that `where` asks for; owner and team are those at the entry of the stage of this rank."""
    mask = np.ones(rows(part), bool)
    for name, wanted in question.codes:
        mask &= _among(dimensions.of(name, part, rank), wanted)
    return mask


def _among(column: Column, wanted: Sequence[int]) -> Column:
    """What np.isin says; for a few values, comparing with each is many times as fast."""
    if len(wanted) > FEW:
        return np.isin(column, wanted)
    mask = np.zeros(len(column), bool)
    for value in wanted:
        mask |= column == value
    return mask


def chosen_parts(question: Question, names: Iterable[str], rank: int) -> Iterator[Columns]:
    """The cycles that `where` asks for, as `parts` brings them, many small parts together as one."""
    waiting: list[Columns] = []
    number = 0
    for part in parts(question, names, ranks=[rank], whose=()):
        some = take(part, np.flatnonzero(chosen_by(question, part, rank))) if question.codes else part
        waiting.append(some)
        number += rows(some)
        if number >= ENOUGH:
            yield joined(waiting)
            waiting, number = [], 0
    if waiting:
        yield joined(waiting)


def listed(found: Iterable[tuple[Column, Column]]) -> QuerySet[Journey]:
    """Exactly the journeys of these (leads, cycles), as a queryset."""
    pairs = list(found)
    leads = np.concatenate([lead for lead, _ in pairs]) if pairs else np.zeros(0, np.int64)
    cycles = np.concatenate([cycle for _, cycle in pairs]) if pairs else np.zeros(0, np.int64)
    among = RawSQL(
        "(funnel_journey.lead_id, funnel_journey.cycle) IN (SELECT * FROM unnest(%s::bigint[], %s::smallint[]))",
        [leads.tolist(), cycles.tolist()],
        output_field=BooleanField(),
    )
    return Journey.objects.filter(among)


type Rule = Callable[[Columns], Column]


def behind(question: Question, names: Iterable[str], rule: Rule, *, ranks: Iterable[int]) -> QuerySet[Journey]:
    """The journeys for which the rule says yes."""
    chosen = []
    for part in parts(question, names, ranks=ranks):
        mask = rule(part)
        chosen.append((part["lead"][mask], part["cycle"][mask]))
    return listed(chosen)
