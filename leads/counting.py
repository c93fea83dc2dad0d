"""How many leads match, counted only so far that a big table costs no more than a small one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models.expressions import RawSQL

from leads.filters import staged
from leads.literal import rows_of, sql_of
from leads.models import Stage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from leads.models.lead import LeadQuerySet

COUNTED = 10_000
AT_ONCE = 1_000
"""How far a page counts where filters have to look at every lead they count; what is beyond comes after the page."""


@dataclass(frozen=True)
class Counts:
    """Leads that match, each number up to one more than `bound`.

    `stages` are told for each stage apart, whatever stages are chosen; None where that would take too long for now.
    """

    everything: int
    chosen: int
    stages: dict[str, int] | None
    bound: int

    @classmethod
    def of(cls, found: dict[str, int], wanted: Mapping[str, Any]) -> Counts:
        """The counts that those of all the stages add up to."""
        chosen = sum(found.get(stage, 0) for stage in wanted.get("stage") or Stage.values)
        return cls(_bounded(sum(found.values())), _bounded(chosen), found, COUNTED)


def counts(leads: LeadQuerySet, wanted: Mapping[str, Any], *, along_index: bool = False, least: int = 0) -> Counts:
    """Counts of the leads matching all but the stage.

    `along_index` says that nothing but the stage narrows them, `least` how many they are known to be at least.
    """
    if along_index:
        return Counts.of(by_stage(leads), wanted)
    found = _together(leads) if least <= AT_ONCE else None
    if found is not None:
        return Counts.of(found, wanted)
    chosen = bounded(staged(leads, wanted)) if wanted.get("stage") else AT_ONCE + 1
    return Counts(AT_ONCE + 1, chosen, None, AT_ONCE)


def _bounded(number: int) -> int:
    return min(number, COUNTED + 1)


def bounded(leads: LeadQuerySet) -> int:
    """How many leads, up to one more than AT_ONCE."""
    sql = sql_of(leads.order_by().values_list("pk")[: AT_ONCE + 1])
    [(number,)] = rows_of(f"SELECT count(*) FROM ({sql}) found") if sql else [(0,)]
    return int(number)


def _together(leads: LeadQuerySet) -> dict[str, int] | None:
    """Leads by stage in one reading; None when there are more than AT_ONCE of them."""
    sql = sql_of(leads.order_by().values_list("stage")[: AT_ONCE + 1])
    found = dict(rows_of(f"SELECT stage, count(*) FROM ({sql}) found(stage) GROUP BY stage" if sql else ""))
    return found if sum(found.values()) <= AT_ONCE else None


_BY_STAGE = "SELECT said.stage, (SELECT count(*) FROM ({leads}) one) FROM (VALUES {stages}) said(stage)"


def by_stage(leads: LeadQuerySet) -> dict[str, int]:
    """Leads by stage, each counted along its index as far as the bound."""
    sql = sql_of(leads.filter(stage=RawSQL("said.stage", ())).order_by().values_list("pk")[: COUNTED + 1])
    stages = ", ".join(f"('{stage}')" for stage in Stage.values)
    found = rows_of(_BY_STAGE.format(leads=sql, stages=stages) if sql else "")
    return {stage: number for stage, number in found if number}
