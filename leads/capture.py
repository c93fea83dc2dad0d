"""Leads that come in one by one: opened by hand, known by their e-mail or phone from the first moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Value
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from leads import identity, moves, suppression
from leads.ledger import NewLead
from leads.models import Company, Consent, Identity
from leads.roles import Scope

if TYPE_CHECKING:
    from datetime import datetime

    from leads.models import User

WORDING = "told-to-us"


class KnownAlready(Exception):
    """The e-mail or phone belongs to a lead already. Nothing was written."""

    def __init__(self, lead_id: int) -> None:
        super().__init__(_("Lead %(lead)s is known by this e-mail or phone already.") % {"lead": lead_id})
        self.lead_id = lead_id


@dataclass(frozen=True, kw_only=True)
class Person:
    """What is known of somebody new."""

    name: str = ""
    email: str = ""
    phone: str = ""
    company: str = ""
    source: str = ""
    consents: bool = False


def open_by_hand(person: Person, *, by: User, at: datetime) -> int:
    """Open a lead in ToFu with its identities, company and consent, in one transaction; returns its number.

    Who sees only some leads becomes its owner, so as not to lose sight of it. Raises KnownAlready or Suppressed.
    """
    keys = _keys(person)
    _refuse_known(keys)
    for is_last in (False, True):
        try:
            return _open(person, keys, by=by, at=at)
        except (IntegrityError, OperationalError) as error:
            _refuse_known(keys)
            if is_last or not identity.is_lost_race(error):
                raise
    raise AssertionError


@transaction.atomic
def _open(person: Person, keys: list[tuple[str, str]], *, by: User, at: datetime) -> int:
    new = NewLead(
        name=person.name, source=person.source, company_id=company_named(person.company), by_id=by.pk,
        owner_id=None if by.scope is Scope.ALL else by.pk, occurred_at=at, recorded_at=at,
    )  # fmt: skip
    lead_id = moves.open_lead(new)
    Identity.objects.bulk_create(Identity(kind=kind, value=value, lead_id=lead_id) for kind, value in keys)
    suppression.refuse(keys)
    if person.consents:
        Consent.objects.create(
            lead_id=lead_id, purpose=Consent.Purpose.CONTACT, number=1, granted=True, wording=WORDING,
            source=f"entered by {by}"[:120], occurred_at=at,
        )  # fmt: skip
    return lead_id


def company_named(name: str) -> int | None:
    """The number of the company of this name, whatever its capitals; made when there is none."""
    if not name:
        return None
    known = Company.objects.alias(lower=Lower("name")).filter(lower=Lower(Value(name))).order_by("pk").first()
    return (known or Company.objects.create(name=name)).pk


def _keys(person: Person) -> list[tuple[str, str]]:
    keys: list[tuple[str, str]] = []
    if person.email:
        keys.append((Identity.Kind.EMAIL, identity.email(person.email)))
    if person.phone:
        keys.append((Identity.Kind.PHONE, identity.phone(person.phone)))
    return sorted(keys)


def _refuse_known(keys: list[tuple[str, str]]) -> None:
    for kind, value in keys:
        known = Identity.objects.filter(kind=kind, value=value).first()
        if known:
            raise KnownAlready(known.lead_id)
