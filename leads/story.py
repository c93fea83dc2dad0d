"""What happened to a lead and those merged into it: moves, touches, notes, consents and corrections, as one story.

One statement reads a page of it, however long the story is and whatever it is made of; `telling.py` puts it into words.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE = 50
EVERYTHING = "all"
# What a filter shows: the streams, and which kinds of edits.
SHOWN: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "all": (("move", "touch", "note", "consent", "edit"), ("facts", "plan", "key", "merge", "touch", "note")),
    "moves": (("move",), ()),
    "touches": (("touch", "edit"), ("plan", "touch")),
    "notes": (("note", "edit"), ("note",)),
    "edits": (("consent", "edit"), ("facts", "key", "merge")),
}

_NAME = "COALESCE(NULLIF(trim({0}.first_name || ' ' || {0}.last_name), ''), {0}.username)"
_BY = _NAME.format("who")
# Each stream gives: kind, when, what comes first of the same instant, the lead, who, their name, its own number, data.
_STREAMS = {
    "move": f"""
        SELECT 'move' AS kind, line.occurred_at AS at, 'move' || lpad(line.sequence::text, 9, '0') AS tie,
            line.lead_id, line.by_id, {_BY} AS by, NULL::bigint AS edit, line.recorded_at AS done_at,
            EXISTS (SELECT FROM leads_stagechange undo
                    WHERE undo.lead_id = line.lead_id AND undo.voids = line.sequence) AS undone,
            jsonb_build_object('sequence', line.sequence, 'step', line.step, 'from', line.from_stage,
                'to', line.to_stage, 'cycle', line.cycle, 'timing', line.timing, 'origin', line.origin,
                'note', line.note, 'reason', reason.label,
                'owner', CASE WHEN jsonb_exists(line.changed, 'owner_id') THEN {_NAME.format("owner")} END) AS data
        FROM leads_stagechange line LEFT JOIN leads_user who ON who.id = line.by_id
            LEFT JOIN leads_user owner ON owner.id = line.owner_id
            LEFT JOIN leads_reason reason ON reason.id = line.reason_id
        WHERE line.lead_id = ANY(%(leads)s) AND line.occurred_at <= %(at)s
    """,
    "touch": f"""
        SELECT 'touch', touch.occurred_at, 'touch' || touch.key, touch.lead_id, touch.by_id, {_BY}, edit.id, edit.at,
            false, jsonb_build_object('kind', touch.kind, 'outcome', touch.outcome, 'channel', touch.channel,
                'note', touch.note, 'asset', asset.name, 'key', touch.key,
                'first', touch.occurred_at = (SELECT min(occurred_at) FROM leads_touch WHERE lead_id = %(lead)s),
                'last', touch.occurred_at = (SELECT max(occurred_at) FROM leads_touch
                                             WHERE lead_id = %(lead)s AND occurred_at <= %(converted)s),
                'assisted', touch.occurred_at <= %(converted)s)
        FROM leads_touch touch LEFT JOIN leads_user who ON who.id = touch.by_id
            LEFT JOIN leads_asset asset ON asset.id = touch.asset_id
            LEFT JOIN leads_edit edit ON edit.lead_id = ANY(%(leads)s) AND edit.kind = 'touch'
                AND edit.undone_at IS NULL AND edit.data->>'key' = touch.key
        WHERE touch.lead_id = ANY(%(leads)s) AND touch.occurred_at <= %(at)s
    """,
    "note": f"""
        SELECT 'note', note.at, 'note' || lpad(note.id::text, 18, '0'), note.lead_id, note.by_id, {_BY}, edit.id,
            edit.at, false, jsonb_build_object('note', note.text, 'cycle', note.cycle)
        FROM leads_note note JOIN leads_user who ON who.id = note.by_id
            LEFT JOIN leads_edit edit ON edit.lead_id = ANY(%(leads)s) AND edit.kind = 'note'
                AND edit.undone_at IS NULL AND (edit.data->>'note')::bigint = note.id
        WHERE note.lead_id = ANY(%(leads)s) AND note.at <= %(at)s
    """,
    "consent": f"""
        SELECT 'consent', said.occurred_at, 'consent' || said.purpose || lpad(said.number::text, 9, '0'), said.lead_id,
            edit.by_id, {_BY}, NULL::bigint, NULL::timestamptz, false,
            jsonb_build_object('granted', said.granted, 'purpose', said.purpose, 'source', said.source,
                'wording', said.wording)
        FROM leads_consent said LEFT JOIN leads_edit edit ON edit.lead_id = said.lead_id AND edit.kind = 'consent'
                AND edit.data->>'purpose' = said.purpose AND (edit.data->>'number')::int = said.number
            LEFT JOIN leads_user who ON who.id = edit.by_id
        WHERE said.lead_id = ANY(%(leads)s) AND said.occurred_at <= %(at)s
    """,
    "edit": f"""
        SELECT edit.kind, edit.at, 'edit' || lpad(edit.id::text, 18, '0'), edit.lead_id, edit.by_id, {_BY}, edit.id,
            edit.at, edit.undone_at IS NOT NULL, edit.data || jsonb_build_object('names', jsonb_build_object(
                'owner_id', (SELECT jsonb_object_agg(id, {_NAME.format("one")}) FROM leads_user one WHERE id IN
                    ((edit.data->'owner_id'->>0)::bigint, (edit.data->'owner_id'->>1)::bigint)),
                'company_id', (SELECT jsonb_object_agg(id, name) FROM leads_company WHERE id IN
                    ((edit.data->'company_id'->>0)::bigint, (edit.data->'company_id'->>1)::bigint)),
                'asset_id', (SELECT jsonb_object_agg(id, name) FROM leads_asset WHERE id IN
                    ((edit.data->'asset_id'->>0)::bigint, (edit.data->'asset_id'->>1)::bigint)),
                'absorbed', (SELECT name FROM leads_lead WHERE id = (edit.data->>'absorbed')::bigint
                             AND edit.undone_at IS NULL AND merged_into_id IS NOT NULL)))
        FROM leads_edit edit JOIN leads_user who ON who.id = edit.by_id
        WHERE edit.lead_id = ANY(%(leads)s) AND edit.at <= %(at)s AND edit.kind = ANY(%(edits)s)
            AND (edit.kind NOT IN ('touch', 'note') OR edit.undone_at IS NOT NULL)
    """,
}
_PAGE = """
    SELECT * FROM ({streams}) told (kind, at, tie, lead_id, by_id, by, edit, done_at, undone, data)
    ORDER BY at DESC, tie COLLATE "C" DESC LIMIT %(limit)s
"""
_PART = """
    (SELECT * FROM ({stream}) {name} (kind, at, tie, lead_id, by_id, by, edit, done_at, undone, data)
     WHERE (at, tie COLLATE "C") < (%(at)s, %(tie)s) ORDER BY at DESC, tie COLLATE "C" DESC LIMIT %(limit)s)
"""
_NEVER = datetime(9998, 1, 1, tzinfo=UTC)
_LAST = "~"  # after every tie


@dataclass(frozen=True)
class Happening:
    """One thing that happened: what, when, to which record, and who did it; `edit` is what an undo of it takes back.

    `done_at` is when it was written down, `data` what its kind says of it.
    """

    kind: str
    at: datetime
    tie: str
    lead_id: int
    by_id: int | None
    by: str | None
    edit: int | None
    done_at: datetime | None
    undone: bool
    data: dict[str, Any]

    @property
    def cursor(self) -> str:
        """The place in the story just before this, as an address says it."""
        return f"{self.at.isoformat()}|{self.tie}"


def read(
    lead_id: int,
    parts: Sequence[int] = (),
    *,
    show: str = EVERYTHING,
    before: str = "",
    converted: datetime | None = None,
    limit: int = PAGE,
) -> tuple[list[Happening], bool]:
    """A page of the story of a lead and its merged `parts`, newest first, and whether there is more of it.

    `show` is one of SHOWN, `before` the cursor of the last happening of the page above (nonsense means the top).
    `converted` is when the lead last became an MQL or was won: the touches up to then led there.
    """
    streams, edits = SHOWN.get(show, SHOWN[EVERYTHING])
    at, tie = _place(before)
    union = " UNION ALL ".join(_PART.format(stream=_STREAMS[name], name=f"of_{name}") for name in streams)
    params: dict[str, Any] = {
        "lead": lead_id, "leads": [lead_id, *parts], "at": at, "tie": tie, "edits": list(edits),
        "converted": converted, "limit": limit + 1,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_PAGE.format(streams=union), params)
        told = [(*row[:9], _data(row[9])) for row in cursor.fetchall()]
    rows = [Happening(*values) for values in told]
    return rows[:limit], len(rows) > limit


def _data(value: Any) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(value) if isinstance(value, str) else value
    return loaded


def _place(cursor: str) -> tuple[datetime, str]:
    at, _, tie = cursor.partition("|")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return _NEVER, _LAST
    if moment.tzinfo is None or not tie or "\0" in tie or len(tie) > 100:
        return _NEVER, _LAST
    return moment, tie
