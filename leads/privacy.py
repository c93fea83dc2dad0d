"""Erasing a person: nothing that could tell who they were is left, and no number changes.

Stages, times, amounts, reasons and the dimensions at entry stay in the log as anonymous tallies. All records of the
person go together: the lead that stands for them and those merged into it. Their keys are suppressed, so that no form
and no file brings them back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext as _

from leads import merging, suppression
from leads.erasure import erasure
from leads.models import Edit, Erasure, Identity, Merge, Note
from leads.refusals import LostRace, NotYours, unseen
from leads.standing import lock_leads, races_told

if TYPE_CHECKING:
    from datetime import datetime

    from leads.models import User

# What each table forgets. Keys of touches and the words of wordings say nothing about a person and stay.
_EMPTIED = {
    "leads_touch": "UPDATE leads_touch SET note = '' WHERE lead_id = ANY(%s) AND note <> ''",
    "leads_consent": "UPDATE leads_consent SET source = 'erased' WHERE lead_id = ANY(%s)",
    "leads_stagechange": """
        UPDATE leads_stagechange SET note = '', changed = NULLIF(changed - 'competitor', '{}'::jsonb)
        WHERE lead_id = ANY(%s) AND (note <> '' OR jsonb_exists(changed, 'competitor'))
    """,
}
# A key that was once put on somebody else's lead by mistake stands in the edits there, too.
_FORGET_KEYS = """
    DELETE FROM leads_edit edit USING (
        SELECT kind, value FROM leads_identity WHERE lead_id = ANY(%(leads)s)
        UNION SELECT data->>'kind', data->>'value' FROM leads_edit WHERE lead_id = ANY(%(leads)s) AND kind = 'key'
    ) known
    WHERE edit.kind = 'key' AND edit.data->>'kind' = known.kind AND edit.data->>'value' = known.value
"""
# What was said of many leads at once; a job that still runs keeps the competitor, without which it would be refused.
_EMPTY_JOBS = """
    UPDATE leads_job SET given = given - CASE WHEN state IN ('done', 'cancelled') THEN '{note,competitor}'::text[]
        ELSE '{note}' END
    WHERE id IN (SELECT job_id FROM leads_jobrow WHERE lead_id = ANY(%(leads)s))
"""
_EMPTY_LEADS = """
    UPDATE leads_lead SET name = '', title = '', title_since = NULL, competitor = '', company_id = NULL, extra = '{}',
        next_kind = '', next_at = NULL, next_note = '', erased_at = %s
    WHERE id = ANY(%s)
"""


def erase(*, lead_id: int, by: User, at: datetime) -> Erasure:
    """Forget the person behind a lead, in one transaction; returns the record of it. Twice is once.

    Raises NotYours without the permission, NoSuchLead, or LostRace when somebody else is at it.
    """
    if not by.has_perm("leads.erase_lead"):
        message = _("Erasing a person needs the permission to erase.")
        raise NotYours(message, lead_id=lead_id, step="erase")
    with races_told(lead_id, "erase"), erasure():
        survivor_id, numbers = _locked_records(lead_id)
        done = Erasure.objects.filter(lead=survivor_id).first()
        if done:
            return done
        counts = _forget(numbers, at=at)
        return Erasure.objects.create(lead_id=survivor_id, by=by, at=at, counts=counts)


def _locked_records(lead_id: int) -> tuple[int, list[int]]:
    """The lead that stands for the person, and all their records, locked.

    A merge locks both its leads, so that once all are locked none comes or goes; what did before is a lost race.
    """
    survivor_id, numbers = _records(lead_id)
    lock_leads(numbers, step="erase")
    if _records(lead_id) != (survivor_id, numbers):
        message = _("Somebody else has just merged or unmerged this lead. Look again, then decide.")
        raise LostRace(message, lead_id=lead_id, step="erase")
    return survivor_id, numbers


def _records(lead_id: int) -> tuple[int, list[int]]:
    survivor_id = merging.survivor_of(lead_id)
    if survivor_id is None:
        raise unseen(lead_id, "erase")
    return survivor_id, sorted([survivor_id, *merging.parts_of(survivor_id)])


def _forget(numbers: list[int], *, at: datetime) -> dict[str, int]:
    """Empty the records and suppress their keys; returns how many rows of each table this concerned."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_KEYS, {"leads": numbers})
        cursor.execute(_EMPTY_JOBS, {"leads": numbers})
    identities = Identity.objects.filter(lead__in=numbers)
    suppression.suppress(identities.values_list("kind", "value"), at=at)
    gone, _ = identities.delete()
    counts = {"leads_identity": gone}
    with connection.cursor() as cursor:
        for table, statement in _EMPTIED.items():
            cursor.execute(statement, [numbers])
            counts[table] = cursor.rowcount
        cursor.execute(_EMPTY_LEADS, [at, numbers])
        counts["leads_lead"] = cursor.rowcount
    counts["leads_edit"], _ = Edit.objects.filter(lead__in=numbers).delete()
    counts["leads_note"], _ = Note.objects.filter(lead__in=numbers).delete()
    counts["leads_merge"] = Merge.objects.filter(absorbed__in=numbers, undone_at=None).update(moved={})
    return counts
