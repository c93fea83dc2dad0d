"""Telling people in time, exactly once: a limit that was missed, one still missed later, a planned activity now due.

Everything is read from the leads themselves, so a sweep that never ran, ran twice or died halfway loses and repeats
nothing: what a person was told stands in the notices' keys. A limit belongs to one stay of a lead in one stage.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from leads.calendar import working_calendar
from leads.hours import NeverOpen
from leads.models import StagePolicy

if TYPE_CHECKING:
    from datetime import datetime

BATCH = 500  # leads told of by one statement
LATEST = timedelta(days=7)  # what was missed longer ago, such as by imported leads, is told nobody any more
SWEEP = 7_304_502  # the lock under which one sweep at a time runs

# A stay is the lead in its stage since that moment: an undo that brings the stay back brings its breach back too.
_STAY = "lead.id || ':' || lead.stage || ':' || round(extract(epoch FROM lead.stage_since) * 1000000)"
_OPEN = "lead.merged_into_id IS NULL AND lead.erased_at IS NULL"
_UNTOLD = "NOT EXISTS (SELECT FROM leads_notice told WHERE told.lead_id = lead.id AND told.key = {key})"
_TELL = """
    WITH late AS MATERIALIZED (
        SELECT lead.id, {key} AS key, owner.id AS owner_id, owner.team_id {more}
        FROM leads_lead lead LEFT JOIN leads_user owner ON owner.id = lead.owner_id AND owner.is_active
        WHERE {open} AND {when} AND {untold}
        ORDER BY {order} LIMIT {batch}
    )
    INSERT INTO leads_notice (user_id, kind, key, lead_id, count, at)
    SELECT told.id, '{kind}', late.key, late.id, 1, %(at)s FROM late CROSS JOIN LATERAL ({whom}) told
    ON CONFLICT (user_id, key) DO NOTHING
"""


# What nobody is there to be told of is left out before the batch is cut, or it would fill every batch.
def _statement(*, kind: str, key: str, when: str, order: str, whom: str, more: str = "") -> str:
    return _TELL.format(
        kind=kind, key=key, when=when, order=order, whom=whom, more=more, open=_OPEN,
        untold=_UNTOLD.format(key=key), batch=BATCH,
    )  # fmt: skip


_MANAGERS = "SELECT id FROM leads_user WHERE role = 'manager' AND is_active"
_BREACH_KEY = f"'breach:' || {_STAY}"
_BREACH = _statement(
    kind="breach",
    key=_BREACH_KEY,
    when=f"lead.due_at <= %(at)s AND lead.due_at > %(earliest)s AND (owner.id IS NOT NULL OR EXISTS ({_MANAGERS}))",
    order="lead.due_at",
    whom=f"SELECT late.owner_id AS id WHERE late.owner_id IS NOT NULL UNION ALL {_MANAGERS} AND late.owner_id IS NULL",
)
# The owner's own managers, or all of them where the team has none or nobody owns the lead any more. Only what somebody
# was told of goes on, and to nobody who was told of it then.
_OTHERS = f"{_MANAGERS} AND id IS DISTINCT FROM"
_ESCALATED = _statement(
    kind="escalated",
    key=f"'escalated:' || {_STAY}",
    when="lead.stage = %(stage)s AND lead.due_at <= %(cut)s AND lead.due_at > %(earliest)s"
    f" AND EXISTS ({_OTHERS} owner.id)"
    f" AND EXISTS (SELECT FROM leads_notice first WHERE first.lead_id = lead.id AND first.key = {_BREACH_KEY}"
    f" AND (owner.id IS NOT NULL OR first.user_id NOT IN ({_MANAGERS})))",
    order="lead.due_at",
    whom=f"{_OTHERS} late.owner_id AND (team_id = late.team_id OR NOT EXISTS ("
    f"{_OTHERS} late.owner_id AND team_id = late.team_id))",
)
_PLANNER = """
    (SELECT edit.by_id FROM leads_edit edit JOIN leads_user planner ON planner.id = edit.by_id AND planner.is_active
     WHERE edit.lead_id = lead.id AND edit.kind = 'plan' AND edit.undone_at IS NULL ORDER BY edit.id DESC LIMIT 1)
"""
_REMINDER = _statement(
    kind="reminder",
    key="'reminder:' || lead.id || ':' || round(extract(epoch FROM lead.next_at) * 1000000)",
    when=f"lead.next_at <= %(at)s AND lead.next_at > %(earliest)s AND COALESCE(owner.id, {_PLANNER}) IS NOT NULL",
    order="lead.next_at",
    more=f", COALESCE(owner.id, {_PLANNER}) AS reminded",
    whom="SELECT late.reminded AS id",
)


def escalate(*, at: datetime) -> int:
    """Tell owners of limits missed, and managers of what is still so `escalate_hours` later; returns how many notices.

    A lead that nobody owns is its managers' from the start. Safe to run at any time, by any number of workers.
    """
    told = _tell_all(_BREACH, {"at": at, "earliest": at - LATEST})
    policies = StagePolicy.objects.filter(escalate_hours__isnull=False, sla_hours__isnull=False)
    calendar = working_calendar()
    for stage, hours in policies.values_list("stage", "escalate_hours"):
        try:
            cut = calendar.due_before(at, hours or 0)
        except (NeverOpen, OverflowError):
            continue
        told += _tell_all(_ESCALATED, {"at": at, "stage": stage, "cut": cut, "earliest": cut - LATEST})
    return told


def remind(*, at: datetime) -> int:
    """Tell the owner, or who planned it where nobody owns the lead, of activities whose time has come."""
    return _tell_all(_REMINDER, {"at": at, "earliest": at - LATEST})


def _tell_all(statement: str, params: dict[str, Any]) -> int:
    """Run the statement, a batch and a transaction at a time, until nobody is left to tell."""
    told = 0
    while batch := _tell_some(statement, params):
        told += batch
    return told


@transaction.atomic
def _tell_some(statement: str, params: dict[str, Any]) -> int:
    """One batch; 0 as well while another sweep is at it, which tells them all."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SWEEP])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(statement, params)
        return int(cursor.rowcount)
