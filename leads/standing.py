"""Where leads stand: the rows the rules are asked about, to look at or locked until the transaction ends."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, OperationalError, connection
from django.utils.translation import gettext as _

from leads.identity import is_lost_race
from leads.models import Lead, User
from leads.prepared import execute
from leads.refusals import LostRace, closed_to_work, unseen

_OWN = (  # in the order of the model's fields, by which from_db tells which value is whose
    "id", "name", "title", "company_id", "source", "owner_id", "stage", "stage_since", "cycle", "version", "score",
    "amount", "currency", "expected_close_on", "urgency", "competitor", "wake_on", "is_demo",
    "merged_into_id", "erased_at",
)  # fmt: skip

_STANDING = f"""
    SELECT {", ".join(f"lead.{name}" for name in _OWN)},
        owner.team_id, policy.required_facts, policy.score_threshold, policy.sla_hours,
        EXISTS (SELECT FROM leads_identity i WHERE i.lead_id = lead.id AND i.kind IN ('email', 'phone')),
        COALESCE((SELECT granted FROM leads_consent c WHERE c.lead_id = lead.id AND c.purpose = 'contact'
                  ORDER BY number DESC LIMIT 1), false)
    FROM leads_lead lead LEFT JOIN leads_user owner ON owner.id = lead.owner_id
        LEFT JOIN leads_stagepolicy policy ON policy.stage = %s
    WHERE lead.id = ANY(%s) ORDER BY lead.id
"""
# Locked first, looked at after: what was committed while we waited for the lock (a withdrawn consent, a new owner's
# team) must be seen, and only a statement of its own sees it. Ascending ids, so that bulk moves queue, not deadlock.
# NO KEY: rows that only refer to a lead, such as a journey being counted, need not wait for it, nor it for them.
_LOCK = "SELECT id FROM leads_lead WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"


def _lead_from(row: Sequence[Any]) -> Lead:
    *own, owner_team_id, required_facts, score_threshold, sla_hours, has_contact, has_consent = row
    lead = Lead.from_db("default", _OWN, own)
    lead.owner_team_id = owner_team_id
    lead.required_facts = tuple(required_facts or ())
    lead.score_threshold = score_threshold
    lead.sla_hours = sla_hours
    lead.has_contact = bool(has_contact)
    lead.has_consent = bool(has_consent)
    return lead


def look_at(lead_ids: Sequence[int]) -> list[Lead]:
    """The leads that exist, by ascending id, as the rules want to see them; not locked, under no stage's policy."""
    with connection.cursor() as cursor:
        execute(cursor, _STANDING, ["", list(lead_ids)])
        return [_lead_from(row) for row in cursor.fetchall()]


def lock_leads(lead_ids: Sequence[int], *, step: str, target: str = "") -> list[Lead]:
    """The leads that exist, by ascending id, locked; each knows its contact, its consent, its owner's team,
    and what the policy of the stage `target` asks of it and how long it allows there.

    Raises LostRace when another transaction holds one of them longer than `lock_timeout`.
    """
    with races_told(lead_ids[0] if lead_ids else 0, step), connection.cursor() as cursor:
        execute(cursor, _LOCK, [list(lead_ids)])
        execute(cursor, _STANDING, [target, list(lead_ids)])
        return [_lead_from(row) for row in cursor.fetchall()]


def lock_to_write(lead_id: int, *, by: User, step: str) -> Lead:
    """The one lead, locked, for `by` to write something down about it. Raises NoSuchLead, Erased or LostRace."""
    leads = lock_leads([lead_id], step=step)
    if not leads or not leads[0].is_visible_to(by):
        raise unseen(lead_id, step)
    if refused := closed_to_work(leads[0], step):
        raise refused
    return leads[0]


@contextmanager
def races_told(lead_id: int, step: str) -> Iterator[None]:
    """Say LostRace of what the database refused only because somebody else wrote at the same moment."""
    try:
        yield
    except (IntegrityError, OperationalError) as error:
        if not is_lost_race(error):
            raise
        message = _("Somebody else is moving this lead right now. Look again, then decide.")
        raise LostRace(message, lead_id=lead_id, step=step) from error
