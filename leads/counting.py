"""How many leads match, counted only so far that a big table costs no more than a small one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models.expressions import RawSQL

from leads.filters import staged
from leads.literal import rows_of, sql_of
from leads.models import Stage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from leads.models.lead import LeadQuerySet

COUNTED = 10_000


@dataclass(frozen=True)
class Counts:
    """Leads that match, each number up to one more than COUNTED.

    `stages` are told for each stage apart, whatever stages are chosen; None where that would take too long for now.
    """

    everything: int
    chosen: int
    stages: dict[str, int] | None


def counts(leads: LeadQuerySet, wanted: Mapping[str, Any], *, along_index: bool = False) -> Counts:
    """Counts of the leads matching all but the stage. `along_index` says that nothing but the stage narrows them."""
    stages: Sequence[str] = wanted.get("stage") or Stage.values
    found = by_stage(leads) if along_index else _together(leads)
    if found is not None:
        chosen = sum(found.get(stage, 0) for stage in stages)
        return Counts(_bounded(sum(found.values())), _bounded(chosen), found)
    chosen = bounded(staged(leads, wanted)) if wanted.get("stage") else COUNTED + 1
    return Counts(COUNTED + 1, chosen, None)


def _bounded(number: int) -> int:
    return min(number, COUNTED + 1)


def bounded(leads: LeadQuerySet) -> int:
    """How many leads, up to one more than COUNTED."""
    sql = sql_of(leads.order_by().values_list("pk")[: COUNTED + 1])
    [(number,)] = rows_of(f"SELECT count(*) FROM ({sql}) found") if sql else [(0,)]
    return int(number)


def _together(leads: LeadQuerySet) -> dict[str, int] | None:
    """Leads by stage in one reading; None when there are more than COUNTED of them."""
    sql = sql_of(leads.order_by().values_list("stage")[: COUNTED + 1])
    found = dict(rows_of(f"SELECT stage, count(*) FROM ({sql}) found(stage) GROUP BY stage" if sql else ""))
    return found if sum(found.values()) <= COUNTED else None


_BY_STAGE = "SELECT said.stage, (SELECT count(*) FROM ({leads}) one) FROM (VALUES {stages}) said(stage)"


def by_stage(leads: LeadQuerySet) -> dict[str, int]:
    """Leads by stage, each counted along its index as far as the bound."""
    sql = sql_of(leads.filter(stage=RawSQL("said.stage", ())).order_by().values_list("pk")[: COUNTED + 1])
    stages = ", ".join(f"('{stage}')" for stage in Stage.values)
    return dict(rows_of(_BY_STAGE.format(leads=sql, stages=stages) if sql else ""))
