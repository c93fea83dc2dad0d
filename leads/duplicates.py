"""Other records that may be the same person, and what a merge of two would join."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from leads.models import Lead

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from leads.known import Known
    from leads.models import User

SUGGESTED = 10
LOOKED_AT = 100  # rows of each kind of likeness, before sight is asked about
WHY: dict[str, _StrPromise] = {
    "name_company": _("same name, same company"), "mailbox": _("same e-mail name elsewhere"),
    "domain": _("same e-mail domain, a like name"), "name": _("same name"),
}  # fmt: skip

# Each likeness is a query of its own that an index answers; ILIKE with every wildcard escaped is equality.
_SAME_NAME = """
    SELECT id, CASE WHEN company_id = %(company)s THEN 'name_company' ELSE 'name' END AS why FROM leads_lead
    WHERE merged_into_id IS NULL AND name ILIKE %(name)s LIMIT %(rows)s
"""
_SAME_MAILBOX = """
    SELECT lead_id, 'mailbox' FROM leads_identity WHERE kind = 'email' AND value ILIKE %(mailbox)s LIMIT %(rows)s
"""
_SAME_DOMAIN = """
    SELECT lead.id, 'domain' FROM (SELECT id FROM leads_lead WHERE merged_into_id IS NULL AND name ILIKE %(surname)s
                                   LIMIT %(rows)s) lead
    WHERE EXISTS (SELECT FROM leads_identity mail
                  WHERE mail.lead_id = lead.id AND mail.kind = 'email' AND mail.value LIKE %(domain)s)
"""
_COUNTS = """
    SELECT lead.id, (SELECT count(*) FROM leads_identity WHERE lead_id = lead.id),
        (SELECT count(*) FROM leads_touch WHERE lead_id = lead.id),
        (SELECT count(*) FROM leads_note WHERE lead_id = lead.id),
        (SELECT count(*) FROM leads_stagechange WHERE lead_id = lead.id),
        (SELECT count(*) FROM leads_consent WHERE lead_id = lead.id)
    FROM leads_lead lead WHERE lead.id = ANY(%s)
"""


@dataclass(frozen=True)
class Suggestion:
    """A lead that may be the same person, and why one may think so."""

    lead: Lead
    why: _StrPromise


@dataclass(frozen=True)
class Counts:
    """How many rows of each kind a record has."""

    keys: int = 0
    touches: int = 0
    notes: int = 0
    moves: int = 0
    consents: int = 0


def suggested(lead: Lead, about: Known, *, by: User) -> list[Suggestion]:
    """The leads `by` sees that look like this person, the likeliest first."""
    queries, params = [], {"company": lead.company_id, "rows": LOOKED_AT, **_patterns(lead, about)}
    for name, query in (("name", _SAME_NAME), ("mailbox", _SAME_MAILBOX), ("domain", _SAME_DOMAIN)):
        if name in params and (name != "domain" or "surname" in params):
            queries.append(f"({query})")
    if not queries:
        return []
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(queries), params)
        found: dict[int, str] = {}
        order = list(WHY)
        for number, why in cursor.fetchall():
            found[number] = min(found.get(number, why), why, key=order.index)
    seen = Lead.objects.visible_to(by).filter(pk__in=found, erased_at=None).exclude(pk=lead.pk)
    likely = sorted(seen.select_related("company", "owner"), key=lambda one: (order.index(found[one.pk]), -one.pk))
    return [Suggestion(one, WHY[found[one.pk]]) for one in likely[:SUGGESTED]]


def counts(*lead_ids: int) -> dict[int, Counts]:
    """What each of these records has, by its number."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, [list(lead_ids)])
        return {number: Counts(*numbers) for number, *numbers in cursor.fetchall()}


def _patterns(lead: Lead, about: Known) -> dict[str, Any]:
    """What ILIKE compares with, of what this lead has."""
    patterns = {}
    if lead.name.strip():
        patterns["name"] = _escaped(lead.name)
        patterns["surname"] = f"%{_escaped(lead.name.split()[-1])}%"
    mail = next((key.value for key in about.keys if key.kind == "email"), "")
    mailbox, _at, domain = mail.rpartition("@")
    if len(mailbox) > 3:
        patterns["mailbox"] = f"{_escaped(mailbox)}@%"
    if domain:
        patterns["domain"] = f"%@{_escaped(domain)}"
    return patterns


def _escaped(text: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", text)
