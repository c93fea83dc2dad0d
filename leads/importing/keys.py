"""Identities and consents of an import, read and written for a whole chunk at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from leads.importing.records import Claim, Key

# Imports queue here, chunk by chunk, so that two of them never create the same lead.
_QUEUE = "SELECT pg_advisory_xact_lock(hashtext('leads.importing'))"

_FIND = """
    SELECT identity.kind, identity.value, identity.lead_id
    FROM unnest(%s::text[], %s::text[]) AS wanted(kind, value)
    JOIN leads_identity identity ON identity.kind = wanted.kind AND identity.value = wanted.value
"""
_CLAIM = """
    INSERT INTO leads_identity (kind, value, lead_id, created_at)
    SELECT kind, value, lead_id, %s FROM unnest(%s::text[], %s::text[], %s::bigint[]) AS claimed(kind, value, lead_id)
    ON CONFLICT DO NOTHING
"""
# A withdrawal stands against any later yes of a file; a file's no always counts.
_CONSENT = """
    INSERT INTO leads_consent (lead_id, purpose, number, granted, wording, source, occurred_at, recorded_at)
    SELECT said.lead_id, 'contact', COALESCE(newest.number, 0) + 1, said.granted, %s, %s, said.since, %s
    FROM unnest(%s::bigint[], %s::boolean[], %s::timestamptz[]) AS said(lead_id, granted, since)
    LEFT JOIN LATERAL (
        SELECT number, granted FROM leads_consent
        WHERE lead_id = said.lead_id AND purpose = 'contact' ORDER BY number DESC LIMIT 1
    ) newest ON true
    WHERE newest.number IS NULL OR (newest.granted AND NOT said.granted)
    RETURNING lead_id
"""


class Taken(Exception):
    """An identity was taken by somebody else while the chunk was being written; look again."""


def queue() -> None:
    """Wait until no other import writes a chunk; held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(_QUEUE)


def find(keys: Iterable[Key]) -> dict[Key, int]:
    """The leads that have these identities."""
    kinds, values = zip(*keys, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [list(kinds), list(values)])
        return {(kind, value): lead_id for kind, value, lead_id in cursor.fetchall()}


def claim(claims: Sequence[Claim], *, at: datetime) -> None:
    """Give identities to leads, in the order everybody keeps to. Raises Taken when one has just been given away."""
    if not claims:
        return
    claims = sorted(claims)
    kinds = [kind for (kind, _), _ in claims]
    values = [value for (_, value), _ in claims]
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [at, kinds, values, [lead_id for _, lead_id in claims]])
        if cursor.rowcount != len(claims):
            raise Taken


def consent(said: Sequence[tuple[int, bool, datetime]], *, wording: str, source: str, at: datetime) -> set[int]:
    """Record consents to be contacted; returns the leads for which that was news."""
    if not said:
        return set()
    leads, granted, since = (list(column) for column in zip(*said, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(_CONSENT, [wording, source, at, leads, granted, since])
        return {lead_id for (lead_id,) in cursor.fetchall()}
