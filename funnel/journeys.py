"""From the log to one row per cycle and to the rollups: claimed, set-based, and safe to run twice.

The gate leaves an `Unapplied` row beside every line it writes. Here such rows are claimed and deleted in the same
transaction that writes the journeys of their leads anew and adds the difference to the rollups, so a crash at any
point counts a line once or leaves it to be counted. Work is split by lead into shards, each under its own advisory
lock: two workers never derive the same lead at once, so the one that commits last cannot overwrite what the other saw.
"""

from __future__ import annotations

import numpy as np
from django.db import connection, transaction

from funnel import derive, generations, marks, rollups, shards
from funnel.columns import JOURNEY, TIMES, Column, Columns, differ, key, rows, take
from funnel.reading import Leads, Terms, journeys_of, leads_of

BATCH = 50_000
_STAGED = "funnel_staged_journey"
_COLUMNS = (
    "lead_id", "cycle", *(f"{name}_at" for name in TIMES), "implied", "assumed", "clamped", "outcome", "end_step",
    "end_reason_id", "cents", "currency", "source", "medium", "campaign", "channel", "industry", "country", "size_band",
    "asset", "entry", "owners", "teams",
)  # fmt: skip
_TYPES = {"i8": "bigint", "i4": "integer", "i2": "smallint", "S3": "char(3)"}
_STAGE = f"""
    CREATE TEMP TABLE IF NOT EXISTS {_STAGED} ({
    ", ".join(
        f"{column} {'timestamptz' if name in TIMES else _TYPES.get(JOURNEY.fields.get(name, ''), 'bigint[]')}"
        for column, name in zip(_COLUMNS, [*JOURNEY.fields, *JOURNEY.repeats], strict=True)
    )
}) ON COMMIT DELETE ROWS
"""
_UNSTAGED = {
    **{f"{name}_at": f"NULLIF({name}_at, 'infinity')" for name in TIMES},
    "end_reason_id": "NULLIF(end_reason_id, 0)",
    "cents": "NULLIF(cents, -1)",
    "currency": "currency::varchar",
}
_UPSERT = f"""
    INSERT INTO funnel_journey ({", ".join(_COLUMNS)})
    SELECT {", ".join(_UNSTAGED.get(column, column) for column in _COLUMNS)} FROM {_STAGED}
    ON CONFLICT (lead_id, cycle) DO UPDATE SET {", ".join(f"{name} = EXCLUDED.{name}" for name in _COLUMNS[2:])}
"""
_DELETE = """
    DELETE FROM funnel_journey j USING unnest(%s::bigint[], %s::smallint[]) AS gone(lead_id, cycle)
    WHERE j.lead_id = gone.lead_id AND j.cycle = gone.cycle
"""
_MARK_STALE = "INSERT INTO funnel_stale (lead_id) SELECT unnest(%s::bigint[]) ON CONFLICT DO NOTHING"
_CLAIM = f"""
    DELETE FROM leads_unapplied WHERE (lead_id, sequence) IN (
        SELECT lead_id, sequence FROM leads_unapplied WHERE {shards.SHARD} = ANY(%s)
        ORDER BY lead_id LIMIT %s FOR UPDATE SKIP LOCKED)
    RETURNING lead_id
"""


def derived(leads: Leads, terms: Terms) -> Columns:
    """The journeys of these leads as the log has them now."""
    return derive.journeys(terms.lines_of(leads), leads_of(leads))


def refresh(leads: Leads, terms: Terms | None = None) -> tuple[Columns, Columns]:
    """Write the journeys of these leads anew from their log; returns what went and what came.

    Without `terms`, what their cycles opened with is taken from the journeys where it has not changed.

    The caller holds their shards, and adds the difference to the rollups.
    """
    kept = _sorted(journeys_of(leads))
    if terms is None:
        terms = Terms()
        terms.remember(kept)
    fresh = derived(leads, terms)
    gone, come = _changed(kept, fresh)
    _write(kept, gone, fresh, come)
    return take(kept, gone), take(fresh, come)


def _sorted(journeys: Columns) -> Columns:
    return take(journeys, np.argsort(key(journeys), kind="stable"))


def _changed(kept: Columns, fresh: Columns) -> tuple[Column, Column]:
    """Masks of the kept journeys that are no longer true, and of the fresh ones that are not kept so."""
    mine, theirs = key(kept), key(fresh)
    gone, come = ~np.isin(mine, theirs), ~np.isin(theirs, mine)
    unequal = differ(take(kept, ~gone), take(fresh, ~come))
    gone[np.flatnonzero(~gone)[unequal]] = True
    come[np.flatnonzero(~come)[unequal]] = True
    return gone, come


def _write(kept: Columns, gone: Column, fresh: Columns, come: Column) -> None:
    vanished = gone & ~np.isin(key(kept), key(fresh))
    with connection.cursor() as cursor:
        if vanished.any():
            cursor.execute(_DELETE, [kept["lead"][vanished].tolist(), kept["cycle"][vanished].tolist()])
        if come.any():
            cursor.execute(_STAGE)
            with cursor.copy(f"COPY {_STAGED} FROM STDIN (FORMAT binary)") as copy:
                copy.write(JOURNEY.write(take(fresh, come)))
            cursor.execute(_UPSERT)
            cursor.execute(f"TRUNCATE {_STAGED}")
        stale = np.unique(np.concatenate((kept["lead"][gone], fresh["lead"][come])))
        if len(stale):
            cursor.execute(_MARK_STALE, [stale.tolist()])


def apply_some(*, batch: int = BATCH) -> int:
    """Count waiting lines of the shards nobody else is at, `batch` at the most; returns how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        held = shards.try_to_hold(waiting_shards(), at_most=shards.SHARDS)
        if not held:
            return 0
        cursor.execute("SET LOCAL synchronous_commit = off")  # lost in a crash, the claim is lost too: counted again
        cursor.execute(_CLAIM, [held, batch])
        claimed = [lead_id for (lead_id,) in cursor.fetchall()]
        if claimed:
            count_difference(*refresh(Leads(sorted(set(claimed)))))
        return len(claimed)


def count_difference(gone: Columns, come: Columns) -> None:
    """Add to the rollups what replacing some journeys by others changes, in the caller's transaction."""
    if not rows(gone) and not rows(come):
        return
    shards.hold_rollups()
    marks.touch(gone, come)
    for generation, zone, chosen in generations.to_write():
        went, came = take(gone, chosen(gone["lead"])), take(come, chosen(come["lead"]))
        rollups.add(rollups.difference(went, came, zone).changes(), generation)


def forget(leads: Leads) -> None:
    """Take the journeys of these leads out of every statistic; the caller deletes the leads and holds their shards."""
    kept = journeys_of(leads)
    none = take(kept, np.zeros(rows(kept), bool))
    _write(kept, np.ones(rows(kept), bool), none, np.zeros(0, bool))
    count_difference(kept, none)


def waiting_shards() -> list[int]:
    """The shards that have lines waiting, as seen now."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT {shards.SHARD} FROM leads_unapplied", [])
        return [shard for (shard,) in cursor.fetchall()]


def apply_waiting(*, batch: int = BATCH) -> int:
    """Count every waiting line that no other worker is counting; returns how many."""
    total = 0
    while applied := apply_some(batch=batch):
        total += applied
    return total
