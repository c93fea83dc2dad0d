"""Where leads stand: the rows the rules are asked about, to look at or locked until the transaction ends."""

from collections.abc import Sequence
from typing import Any

from django.db import OperationalError, connection

from leads.models import Lead
from leads.prepared import execute
from leads.refusals import LostRace

_OWN = (
    "id", "name", "title", "company_id", "source", "owner_id", "stage", "stage_since", "cycle", "version", "score",
    "amount", "currency", "expected_close_on", "urgency", "competitor", "wake_on",
)  # fmt: skip

_STANDING = f"""
    SELECT {", ".join(f"lead.{name}" for name in _OWN)},
        owner.team_id, policy.required_facts, policy.score_threshold,
        EXISTS (SELECT FROM leads_identity i WHERE i.lead_id = lead.id AND i.kind IN ('email', 'phone')),
        COALESCE((SELECT granted FROM leads_consent c WHERE c.lead_id = lead.id AND c.purpose = 'contact'
                  ORDER BY number DESC LIMIT 1), false)
    FROM leads_lead lead LEFT JOIN leads_user owner ON owner.id = lead.owner_id
        LEFT JOIN leads_stagepolicy policy ON policy.stage = %s
    WHERE lead.id = ANY(%s) ORDER BY lead.id
"""
# Locked first, looked at after: what was committed while we waited for the lock (a withdrawn consent, a new owner's
# team) must be seen, and only a statement of its own sees it. Ascending ids, so that bulk moves queue, not deadlock.
_LOCK = "SELECT id FROM leads_lead WHERE id = ANY(%s) ORDER BY id FOR UPDATE"
_LOCK_NOT_AVAILABLE, _DEADLOCK = "55P03", "40P01"


def _lead_from(row: Sequence[Any]) -> Lead:
    *own, owner_team_id, required_facts, score_threshold, has_contact, has_consent = row
    lead = Lead.from_db("default", _OWN, own)
    lead.owner_team_id = owner_team_id
    lead.required_facts = tuple(required_facts or ())
    lead.score_threshold = score_threshold
    lead.has_contact = bool(has_contact)
    lead.has_consent = bool(has_consent)
    return lead


def look_at(lead_ids: Sequence[int]) -> list[Lead]:
    """The leads that exist, by ascending id, as the rules want to see them; not locked, under no stage's policy."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, ["", list(lead_ids)])
        return [_lead_from(row) for row in cursor.fetchall()]


def lock_leads(lead_ids: Sequence[int], *, step: str, target: str = "") -> list[Lead]:
    """The leads that exist, by ascending id, locked; each knows its contact, its consent, its owner's team,
    and what the policy of the stage `target` asks of it.

    Raises LostRace when another transaction holds one of them longer than `lock_timeout`.
    """
    try:
        with connection.cursor() as cursor:
            execute(cursor, _LOCK, [list(lead_ids)])
            execute(cursor, _STANDING, [target, list(lead_ids)])
            return [_lead_from(row) for row in cursor.fetchall()]
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) not in (_LOCK_NOT_AVAILABLE, _DEADLOCK):
            raise
        message = "Somebody else is moving this lead right now. Look again, then decide."
        raise LostRace(message, lead_id=lead_ids[0], step=step) from error
