"""The e-mails and phones of a lead, added and removed by hand. Ids of other systems are theirs to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from leads import edits, identity, suppression
from leads.models import Edit, Identity
from leads.standing import lock_to_write

if TYPE_CHECKING:
    from datetime import datetime

    from leads.models import User


class Taken(Exception):
    """The key belongs to another lead. Nothing was written."""

    def __init__(self, lead_id: int) -> None:
        super().__init__(_("Lead %(lead)s is known by this e-mail or phone already.") % {"lead": lead_id})
        self.lead_id = lead_id


def add(*, lead_id: int, kind: str, text: str, by: User, at: datetime) -> str:
    """Make a lead known by an e-mail or phone; returns its one spelling. Twice is once.

    Raises ValueError for what is no such key, Taken, Suppressed, Erased, NoSuchLead or LostRace.
    """
    value = identity.normalised(_of_contact(kind), text)
    try:
        with transaction.atomic():
            lock_to_write(lead_id, by=by, step="contact")
            if _owner_of(kind, value) is None:
                Identity.objects.create(kind=kind, value=value, lead_id=lead_id)
                suppression.refuse([(kind, value)])
                edits.record(lead_id, Edit.Kind.KEY, by=by, at=at, data={"kind": kind, "value": value, "came": True})
    except IntegrityError:  # another lead got it meanwhile
        if _owner_of(kind, value) is None:
            raise
    taker = _owner_of(kind, value)
    if taker is not None and taker != lead_id:
        raise Taken(taker)
    return value


@transaction.atomic
def remove(*, lead_id: int, kind: str, value: str, by: User, at: datetime) -> bool:
    """Forget an e-mail or phone, the last one too; whether there was one. Raises like `add`."""
    lock_to_write(lead_id, by=by, step="contact")
    gone, _ = Identity.objects.filter(lead_id=lead_id, kind=_of_contact(kind), value=value).delete()
    if gone:
        edits.record(lead_id, Edit.Kind.KEY, by=by, at=at, data={"kind": kind, "value": value, "came": False})
    return bool(gone)


def restore(edit: Edit) -> None:
    """Take back that a key came or went. Raises CannotUndo when it belongs to another lead by now, and Suppressed."""
    kind, value = edit.data["kind"], edit.data["value"]
    if edit.data["came"]:
        Identity.objects.filter(lead_id=edit.lead_id, kind=kind, value=value).delete()
        return
    owner = _owner_of(kind, value)
    if owner not in (None, edit.lead_id):
        raise edits.CannotUndo(_("Nothing was undone: another lead has this e-mail or phone by now."))
    if owner is None:
        Identity.objects.create(kind=kind, value=value, lead_id=edit.lead_id)
        suppression.refuse([(kind, value)])


def _of_contact(kind: str) -> str:
    if kind not in Identity.CONTACT_KINDS:
        raise ValueError(_("only an e-mail or a phone can be changed by hand"))
    return kind


def _owner_of(kind: str, value: str) -> int | None:
    return Identity.objects.filter(kind=kind, value=value).values_list("lead_id", flat=True).first()
