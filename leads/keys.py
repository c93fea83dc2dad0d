"""The e-mails and phones of a lead, added and removed by hand. Ids of other systems are theirs to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from leads import identity, suppression
from leads.models import Identity
from leads.standing import lock_to_write

if TYPE_CHECKING:
    from leads.models import User


class Taken(Exception):
    """The key belongs to another lead. Nothing was written."""

    def __init__(self, lead_id: int) -> None:
        super().__init__(f"Lead {lead_id} is known by this e-mail or phone already.")
        self.lead_id = lead_id


def add(*, lead_id: int, kind: str, text: str, by: User) -> str:
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
    except IntegrityError:  # another lead got it meanwhile
        if _owner_of(kind, value) is None:
            raise
    taker = _owner_of(kind, value)
    if taker is not None and taker != lead_id:
        raise Taken(taker)
    return value


@transaction.atomic
def remove(*, lead_id: int, kind: str, value: str, by: User) -> bool:
    """Forget an e-mail or phone, the last one too; whether there was one. Raises like `add`."""
    lock_to_write(lead_id, by=by, step="contact")
    gone, _ = Identity.objects.filter(lead_id=lead_id, kind=_of_contact(kind), value=value).delete()
    return bool(gone)


def _of_contact(kind: str) -> str:
    if kind not in Identity.CONTACT_KINDS:
        raise ValueError("only an e-mail or a phone can be changed by hand")
    return kind


def _owner_of(kind: str, value: str) -> int | None:
    return Identity.objects.filter(kind=kind, value=value).values_list("lead_id", flat=True).first()
