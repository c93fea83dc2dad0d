"""What becomes of the open leads of somebody who no longer works here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leads import jobs
from leads.models import Edit, Job, Lead
from leads.models.stage import OPEN

if TYPE_CHECKING:
    from datetime import datetime

    from leads.models import User
    from leads.models.lead import LeadQuerySet

AT_ONCE = 1000


def open_leads(owner: User) -> LeadQuerySet:
    """The leads somebody owns that are neither won nor lost."""
    return Lead.objects.filter(owner=owner, stage__in=OPEN, merged_into=None, erased_at=None)


def give_all(owner: User, *, to: User | None, by: User, at: datetime) -> Job | None:
    """Give them all to somebody else, or back to the queue when `to` is nobody; None when there was none.

    Each is an edit like one made by hand, told on its lead; together they are one job, undone at once. Belongs into a
    transaction.
    """
    ids = list(open_leads(owner).select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    Lead.objects.filter(pk__in=ids).update(owner=to)
    receiver = to.pk if to else None
    data = {"owner_id": [owner.pk, receiver]}
    edits = (Edit(lead_id=number, kind=Edit.Kind.FACTS, by=by, at=at, data=data) for number in ids)
    made = Edit.objects.bulk_create(edits, batch_size=AT_ONCE)
    ask = jobs.Ask(Job.Kind.FACTS, given={"owner_id": receiver})
    return jobs.done(ask, made, by=by, at=at) if made else None
