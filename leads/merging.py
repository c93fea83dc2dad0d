"""Two records of one person become one, and can be parted again.

Nothing in the log is copied or rewritten: each lead keeps its history, and from now on the survivor's alone counts.
What a lead is found by and what it did, its identities and touches, goes to the survivor. `Merge.moved` remembers what
that was, and unmerging gives back exactly that. The database wakes the statistics itself (`models/guards.py`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from leads import consent, edits, working
from leads.models import Edit, Lead, Merge
from leads.refusals import erased, unseen
from leads.standing import lock_leads, races_told

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from leads.models import User

# What a lead is known by and what it did, given to another. A touch that the other has already stays where it is.
_GIVE_IDENTITIES = "UPDATE leads_identity SET lead_id = %(to)s WHERE lead_id = %(of)s RETURNING kind, value"
_NOT_THERE = """
    NOT EXISTS (SELECT FROM leads_touch same
                WHERE same.lead_id = %(to)s AND same.occurred_at = touch.occurred_at AND same.key = touch.key)
"""
_GIVE_TOUCHES = f"""
    UPDATE leads_touch touch SET lead_id = %(to)s WHERE lead_id = %(of)s AND {_NOT_THERE} RETURNING occurred_at, key
"""
_RETURN_IDENTITIES = """
    UPDATE leads_identity identity SET lead_id = %(to)s
    FROM unnest(%(first)s::text[], %(second)s::text[]) AS moved(kind, value)
    WHERE identity.kind = moved.kind AND identity.value = moved.value AND identity.lead_id = %(of)s
"""
_RETURN_TOUCHES = f"""
    UPDATE leads_touch touch SET lead_id = %(to)s
    FROM unnest(%(first)s::timestamptz[], %(second)s::text[]) AS moved(occurred_at, key)
    WHERE touch.lead_id = %(of)s AND touch.occurred_at = moved.occurred_at AND touch.key = moved.key AND {_NOT_THERE}
"""
_PART_OF = """
    WITH RECURSIVE part(id) AS (
        SELECT id FROM leads_lead WHERE merged_into_id = %s
        UNION ALL SELECT lead.id FROM leads_lead lead JOIN part ON lead.merged_into_id = part.id
    ) SELECT id FROM part ORDER BY id
"""
_ARRIVED = """
    WITH RECURSIVE part(id) AS (
        SELECT id FROM leads_lead WHERE merged_into_id = %(lead)s
        UNION ALL SELECT lead.id FROM leads_lead lead JOIN part ON lead.merged_into_id = part.id
    ) SELECT part.id, lead.name, who.name, merged.at, edit.id, merged.moved->>'touches'
    FROM part JOIN leads_lead lead USING (id)
        LEFT JOIN leads_merge merged ON merged.absorbed_id = part.id AND merged.undone_at IS NULL
            AND merged.survivor_id = %(lead)s
        LEFT JOIN LATERAL (SELECT COALESCE(NULLIF(trim(first_name || ' ' || last_name), ''), username) AS name
                           FROM leads_user WHERE id = merged.by_id) who ON true
        LEFT JOIN LATERAL (SELECT id FROM leads_edit WHERE lead_id = %(lead)s AND kind = 'merge' AND undone_at IS NULL
                           AND (data->>'absorbed')::bigint = part.id ORDER BY id DESC LIMIT 1) edit ON true
    ORDER BY part.id
"""
_STANDS_FOR = """
    WITH RECURSIVE chain(id, next) AS (
        SELECT id, merged_into_id FROM leads_lead WHERE id = %s
        UNION ALL SELECT lead.id, lead.merged_into_id FROM leads_lead lead JOIN chain ON lead.id = chain.next
    ) SELECT id FROM chain WHERE next IS NULL
"""


class MergeRefused(Exception):
    """A merge that was not made or not undone. Nothing was written; the message is for people."""


class SameLead(MergeRefused):
    """A lead cannot be merged with itself."""


class MergedAlready(MergeRefused):
    """One of the two is part of another lead already."""


class NotMerged(MergeRefused):
    """The lead is part of no other."""


class MergedOnwards(MergeRefused):
    """The lead it was merged into has itself been merged into another, which must be undone first."""


def merge(*, survivor_id: int, absorbed_id: int, by: User, at: datetime) -> Merge:
    """Make the absorbed lead part of the survivor, in one transaction; both keep their log, the survivor's counts.

    The row locks make two merges of one lead queue; the second is refused. Raises SameLead, MergedAlready,
    NoSuchLead when `by` does not see both, Erased, or LostRace.
    """
    if survivor_id == absorbed_id:
        raise SameLead(_("Lead %(lead)s cannot be merged with itself.") % {"lead": survivor_id})
    with races_told(absorbed_id, "merge"), transaction.atomic():
        for lead in _both(survivor_id, absorbed_id, by=by, step="merge"):
            if lead.merged_into_id is not None:
                words = _("Lead %(lead)s was merged into lead %(survivor)s already.")
                raise MergedAlready(words % {"lead": lead.pk, "survivor": lead.merged_into_id})
        moved = _given({"of": absorbed_id, "to": survivor_id})
        Lead.objects.filter(pk=absorbed_id).update(merged_into=survivor_id)
        _touched_anew(survivor_id)
        merged = Merge(survivor_id=survivor_id, absorbed_id=absorbed_id, by=by, at=at, moved=moved)
        _settle_consent(merged, arriving=[absorbed_id], source=f"merged from lead {absorbed_id}")
        merged.save()
        edits.record(survivor_id, Edit.Kind.MERGE, by=by, at=at, data={"absorbed": absorbed_id})
        return merged


def _touched_anew(*lead_ids: int) -> None:
    """When leads were last touched, once touches have come or gone."""
    Lead.objects.filter(pk__in=lead_ids).update(touched_at=None)
    working.refresh_touched([*lead_ids])


def unmerge(*, absorbed_id: int, by: User, at: datetime) -> Merge:
    """Part a lead from the one it was merged into, and give back what came with it; what came later stays.

    Raises NotMerged, MergedOnwards, NoSuchLead when `by` does not see both, Erased, or LostRace.
    """
    with races_told(absorbed_id, "unmerge"), transaction.atomic():
        if not Lead.objects.in_sight_of(by).filter(pk=absorbed_id).exists():
            raise unseen(absorbed_id, "unmerge")
        survivor = _both(_in_force(absorbed_id).survivor_id, absorbed_id, by=by, step="unmerge")[0]
        merged = _in_force(absorbed_id, survivor=survivor)
        if survivor.merged_into_id is not None:
            words = _("Lead %(lead)s was itself merged into lead %(survivor)s. Unmerge that first.")
            raise MergedOnwards(words % {"lead": survivor.pk, "survivor": survivor.merged_into_id})
        _returned(merged.moved, {"of": survivor.pk, "to": absorbed_id})
        Lead.objects.filter(pk=absorbed_id).update(merged_into=None)
        _touched_anew(survivor.pk, absorbed_id)
        merged.undone_at, merged.undone_by = at, by
        merged.moved = {"consents": merged.moved["consents"]}
        _settle_consent(merged, arriving=[], source=f"unmerged from lead {absorbed_id}")
        merged.save(update_fields=["moved", "undone_at", "undone_by"])
        return merged


def parts_of(lead_id: int) -> list[int]:
    """The numbers of the leads that were merged into this one, directly or by way of another, ascending."""
    return _numbers(_PART_OF, lead_id)


@dataclass(frozen=True)
class Arrived:
    """A lead that is part of another now: its number and name, who merged it when, and the edit that undoes it.

    `edit` is None for one that came by way of another, which must be parted first. `touches` came with it, by time and
    key as `Merge.moved` has them.
    """

    lead_id: int
    name: str
    by: str | None
    at: datetime | None
    edit: int | None
    touches: tuple[tuple[str, str], ...]


def arrived_at(lead_id: int) -> list[Arrived]:
    """The leads that were merged into this one, directly or by way of another, ascending."""
    with connection.cursor() as cursor:
        cursor.execute(_ARRIVED, {"lead": lead_id})
        rows = [(*row[:5], tuple((at, key) for at, key in json.loads(row[5] or "[]"))) for row in cursor.fetchall()]
    return [Arrived(*row) for row in rows]


def survivor_of(lead_id: int) -> int | None:
    """The number of the lead that stands for this one at the end of the chain, itself if it was not merged."""
    return next(iter(_numbers(_STANDS_FOR, lead_id)), None)


def origins_of_touches(lead_id: int) -> dict[tuple[str, str], int]:
    """Which touches of a lead came with a merge, by time and key as `Merge.moved` has them, and from which lead."""
    merges = Merge.objects.filter(survivor=lead_id, undone_at=None).values_list("absorbed_id", "moved__touches")
    return {(at, key): number for number, touches in merges for at, key in touches or ()}


def _numbers(query: str, lead_id: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(query, [lead_id])
        return [number for (number,) in cursor.fetchall()]


def _in_force(absorbed_id: int, **more: Lead) -> Merge:
    """The merge to undo: to see which leads to lock, and again once they are. Raises NotMerged."""
    found = Merge.objects.filter(absorbed=absorbed_id, undone_at=None, **more).first()
    if found is None:
        raise NotMerged(_("Lead %(lead)s is not merged into another.") % {"lead": absorbed_id})
    return found


def _both(survivor_id: int, absorbed_id: int, *, by: User, step: str) -> tuple[Lead, Lead]:
    """Survivor and absorbed, locked, both in sight of `by`. Raises NoSuchLead, Erased or LostRace."""
    leads = {lead.pk: lead for lead in lock_leads([survivor_id, absorbed_id], step=step)}
    for number in (survivor_id, absorbed_id):
        if number not in leads or not leads[number].is_in_sight_of(by):
            raise unseen(number, step)
        if leads[number].erased_at is not None:
            raise erased(number, step)
    return leads[survivor_id], leads[absorbed_id]


def _given(leads: dict[str, int]) -> dict[str, Any]:
    """Give all that one lead is known by and did to another; returns what that was, as `Merge.moved` keeps it."""
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_IDENTITIES, leads)
        identities = sorted(list(row) for row in cursor.fetchall())
        cursor.execute(_GIVE_TOUCHES, leads)
        touches = sorted([at.isoformat(), key] for at, key in cursor.fetchall())
    return {"identities": identities, "touches": touches, "consents": []}


def _returned(moved: dict[str, Any], leads: dict[str, int]) -> None:
    """Give back what is still there of what a merge moved."""
    for statement, rows in ((_RETURN_IDENTITIES, moved["identities"]), (_RETURN_TOUCHES, moved["touches"])):
        with connection.cursor() as cursor:
            cursor.execute(statement, {**leads, "first": _column(rows, 0), "second": _column(rows, 1)})


def _column(rows: Sequence[Sequence[str]], place: int) -> list[str]:
    return [row[place] for row in rows]


def _settle_consent(merged: Merge, *, arriving: list[int], source: str) -> None:
    """Let the survivor's consents say what counts now, and remember the rows this took."""
    before = Merge.objects.filter(survivor=merged.survivor_id).values_list("moved__consents", flat=True)
    written = consent.settle(
        merged.survivor_id,
        repeated=[(purpose, number) for rows in before for purpose, number in rows or ()],
        absorbed=list(Lead.objects.filter(merged_into=merged.survivor_id).values_list("pk", flat=True)),
        arriving=arriving,
        source=source,
    )
    merged.moved["consents"] = [*merged.moved["consents"], *written]
