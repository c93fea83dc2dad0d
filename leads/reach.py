"""How people are reached: the phones and e-mails of leads as addresses to call and write to, and whether one may."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from django.db.models import OuterRef, Subquery

from leads import identity
from leads.models import Consent, Identity

if TYPE_CHECKING:
    from collections.abc import Sequence

PHONE = re.compile(r"\+[0-9]{3,15}(;ext=[0-9]{1,20})?")  # as `identity.phone` spells it


@dataclass
class Reach:
    """The phones and e-mails of a lead in order; `withdrawn`: it said that nobody may contact it any more."""

    withdrawn: bool = False
    phones: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)


def reaches(lead_ids: Sequence[int]) -> dict[int, Reach]:
    """How each of these leads is reached, by one query; those that nobody can reach are left out."""
    said = Consent.objects.filter(lead=OuterRef("lead"), purpose=Consent.Purpose.CONTACT).order_by("-number")
    rows = Identity.objects.filter(lead__in=lead_ids, kind__in=Identity.CONTACT_KINDS).order_by("value")
    found: dict[int, Reach] = {}
    for lead_id, kind, value, granted in rows.values_list(
        "lead_id", "kind", "value", Subquery(said.values("granted")[:1])
    ):
        one = found.setdefault(lead_id, Reach(withdrawn=granted is False))
        (one.phones if kind == Identity.Kind.PHONE else one.emails).append(value)
    return found


def address(kind: str, value: str) -> str:
    """The tel: or mailto: address of a phone or an e-mail; '' for other keys, and for what such an address cannot say.

    Only what is spelt as `identity` spells it: so nothing in a value is read as a second receiver, a subject or a text.
    """
    if kind == Identity.Kind.PHONE:
        return f"tel:{value}" if PHONE.fullmatch(value) else ""
    if kind != Identity.Kind.EMAIL:
        return ""
    try:
        if identity.email(value) != value:
            return ""
    except ValueError:
        return ""
    local, _at, domain = value.rpartition("@")
    return f"mailto:{quote(local, safe='+')}@{domain}"
