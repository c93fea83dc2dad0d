"""What becomes of the open leads of somebody who no longer works here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leads.lines import plain
from leads.models import Edit, Lead
from leads.models.stage import OPEN

if TYPE_CHECKING:
    from datetime import datetime

    from leads.models import User
    from leads.models.lead import LeadQuerySet

AT_ONCE = 1000


def open_leads(owner: User) -> LeadQuerySet:
    """The leads somebody owns that are neither won nor lost."""
    return Lead.objects.filter(owner=owner, stage__in=OPEN, merged_into=None, erased_at=None)


def give_all(owner: User, *, to: User | None, by: User, at: datetime) -> int:
    """Give them all to somebody else, or back to the queue when `to` is nobody; returns how many.

    Each is an edit like one made by hand, told on its lead and undone there. Belongs into a transaction.
    """
    ids = list(open_leads(owner).select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    Lead.objects.filter(pk__in=ids).update(owner=to)
    data = {"owner_id": [plain(owner.pk), plain(to.pk if to else None)]}
    edits = (Edit(lead_id=number, kind=Edit.Kind.FACTS, by=by, at=at, data=data) for number in ids)
    Edit.objects.bulk_create(edits, batch_size=AT_ONCE)
    return len(ids)
