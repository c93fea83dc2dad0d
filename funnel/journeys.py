"""From the log to one row per cycle: claimed, set-based, and safe to run twice.

The gate leaves an `Unapplied` row beside every line it writes. Here such rows are claimed and deleted in the same
transaction that writes the journeys of their leads anew, so a crash at any point counts a line once or leaves it to
be counted. Work is split by lead into shards, each under its own advisory lock: two workers never derive the same lead
at once, so the one that commits last cannot overwrite what the other saw.
"""

from collections.abc import Iterator

from django.db import connection, transaction

SHARDS = 16
BATCH = 5_000
_LOCK_SPACE = 0x4C46  # first key of the advisory locks, so that they meet no other program's

# A line covers every stage from the one after its predecessor's to its own: those it skips are implied. Lost is an
# exit, no stage further on: it covers itself, and the first stage where the cycle knows no other. Inside a cycle the
# stages only rise, so each is covered once.
_DERIVE = """
WITH valid AS (
    SELECT c.*, array_position(ARRAY['tofu','mofu','bofu','mql','sal','sql','won','lost'], c.to_stage::text) AS rank
    FROM leads_stagechange c
    WHERE c.lead_id = ANY(%(leads)s) AND c.step <> 'undo'
      AND NOT EXISTS (SELECT FROM leads_lead m WHERE m.id = c.lead_id AND m.merged_into_id IS NOT NULL)
      AND NOT EXISTS (SELECT FROM leads_stagechange v WHERE v.lead_id = c.lead_id AND v.voids = c.sequence)
),
line AS (
    SELECT *, COALESCE(lag(rank) OVER (PARTITION BY lead_id, cycle ORDER BY sequence), 0) AS before FROM valid
),
entered AS (
    SELECT line.*, k FROM line
    CROSS JOIN LATERAL (
        SELECT generate_series(before + 1, rank) AS k WHERE rank < 8
        UNION ALL SELECT 8 WHERE rank = 8
        UNION ALL SELECT 1 WHERE rank = 8 AND before = 0) AS covered
),
cycles AS (
    SELECT lead_id, cycle, min(occurred_at) AS opened_at,
        min(occurred_at) FILTER (WHERE k = 1) AS tofu_at, min(occurred_at) FILTER (WHERE k = 2) AS mofu_at,
        min(occurred_at) FILTER (WHERE k = 3) AS bofu_at, min(occurred_at) FILTER (WHERE k = 4) AS mql_at,
        min(occurred_at) FILTER (WHERE k = 5) AS sal_at, min(occurred_at) FILTER (WHERE k = 6) AS sql_at,
        min(occurred_at) FILTER (WHERE k = 7) AS won_at, min(occurred_at) FILTER (WHERE k = 8) AS lost_at,
        COALESCE(bit_or(1 << (k - 1)) FILTER (WHERE k <> rank), 0) AS implied,
        COALESCE(bit_or(1 << (k - 1)) FILTER (WHERE timing = 'assumed'), 0) AS assumed,
        COALESCE(bit_or(1 << (k - 1)) FILTER (WHERE timing = 'clamped'), 0) AS clamped,
        COALESCE(array_agg(owner_id ORDER BY k) FILTER (WHERE k < 8), '{}') AS owners,
        COALESCE(array_agg(team_id ORDER BY k) FILTER (WHERE k < 8), '{}') AS teams,
        min(step) FILTER (WHERE k = 8) AS lost_step, min(reason_id) FILTER (WHERE k = 8) AS lost_reason_id,
        (array_agg(step ORDER BY sequence))[1] AS first_step,
        (array_agg(reason_id ORDER BY sequence))[1] AS first_reason_id,
        (array_agg(entry ORDER BY sequence))[1] AS entry
    FROM entered GROUP BY lead_id, cycle
),
ended AS (
    SELECT *, lead(opened_at) OVER later AS next_at, lead(first_step) OVER later AS next_step,
        lead(first_reason_id) OVER later AS next_reason_id
    FROM cycles WINDOW later AS (PARTITION BY lead_id ORDER BY cycle)
)
SELECT lead_id, cycle, opened_at, tofu_at, mofu_at, bofu_at, mql_at, sal_at, sql_at, won_at, lost_at,
    implied, assumed, clamped, owners, teams,
    CASE WHEN won_at IS NOT NULL THEN 'won' WHEN lost_at IS NOT NULL THEN 'lost'
         WHEN next_at IS NOT NULL THEN 'recycled' ELSE 'open' END AS outcome,
    COALESCE(won_at, lost_at, next_at) AS ended_at,
    CASE WHEN won_at IS NOT NULL THEN 'win' ELSE COALESCE(lost_step, next_step, '') END AS end_step,
    CASE WHEN won_at IS NULL THEN CASE WHEN lost_at IS NOT NULL THEN lost_reason_id ELSE next_reason_id END END
        AS end_reason_id,
    COALESCE(entry->>'source', '') AS source, COALESCE(entry->>'medium', '') AS medium,
    COALESCE(entry->>'campaign', '') AS campaign, COALESCE(entry->>'channel', '') AS channel,
    COALESCE(entry->>'industry', '') AS industry, COALESCE(entry->>'country', '') AS country,
    COALESCE(entry->>'size_band', '') AS size_band
FROM ended
"""

_COLUMNS = (
    "lead_id", "cycle", "opened_at", "tofu_at", "mofu_at", "bofu_at", "mql_at", "sal_at", "sql_at", "won_at",
    "lost_at", "implied", "assumed", "clamped", "owners", "teams", "outcome", "ended_at", "end_step", "end_reason_id",
    "source", "medium", "campaign", "channel", "industry", "country", "size_band",
)  # fmt: skip

_UPSERT = f"""
    INSERT INTO funnel_journey ({", ".join(_COLUMNS)}) {_DERIVE}
    ON CONFLICT (lead_id, cycle) DO UPDATE SET {", ".join(f"{name} = EXCLUDED.{name}" for name in _COLUMNS[2:])}
"""
_DROP_VOIDED = """
    DELETE FROM funnel_journey j WHERE j.lead_id = ANY(%(leads)s) AND NOT EXISTS (
        SELECT FROM leads_stagechange c WHERE c.lead_id = j.lead_id AND c.cycle = j.cycle AND c.step <> 'undo'
          AND NOT EXISTS (SELECT FROM leads_lead m WHERE m.id = c.lead_id AND m.merged_into_id IS NOT NULL)
          AND NOT EXISTS (SELECT FROM leads_stagechange v WHERE v.lead_id = c.lead_id AND v.voids = c.sequence))
"""
_CLAIM = """
    DELETE FROM leads_unapplied WHERE (lead_id, sequence) IN (
        SELECT lead_id, sequence FROM leads_unapplied WHERE lead_id %% %(shards)s = %(shard)s
        ORDER BY lead_id LIMIT %(batch)s FOR UPDATE SKIP LOCKED)
    RETURNING lead_id
"""


def derive(lead_ids: list[int]) -> None:
    """Write the journeys of these leads anew from their log. The caller holds their shard."""
    with connection.cursor() as cursor:
        cursor.execute(_DROP_VOIDED, {"leads": lead_ids})
        cursor.execute(_UPSERT, {"leads": lead_ids})


def apply_shard(shard: int, *, batch: int = BATCH) -> int:
    """Count the waiting lines of one shard, `batch` at the most; returns how many. 0 if another worker is at it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, shard])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(_CLAIM, {"shards": SHARDS, "shard": shard, "batch": batch})
        claimed = [lead_id for (lead_id,) in cursor.fetchall()]
        if claimed:
            derive(sorted(set(claimed)))
        return len(claimed)


def hold_all_shards() -> None:
    """Wait for the workers to finish, and keep them out until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, shard) FROM generate_series(0, %s) AS shard", [_LOCK_SPACE, SHARDS - 1]
        )


def waiting_shards() -> Iterator[int]:
    """The shards that have lines waiting, as seen now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT lead_id %% %s FROM leads_unapplied", [SHARDS])
        yield from sorted(shard for (shard,) in cursor.fetchall())


def apply_waiting(*, batch: int = BATCH) -> int:
    """Count every waiting line that no other worker is counting; returns how many."""
    total = 0
    for shard in waiting_shards():
        while applied := apply_shard(shard, batch=batch):
            total += applied
    return total


def rebuild() -> int:
    """Derive every journey from the log anew, a shard at a time, while moves go on; returns the number of leads."""
    total = 0
    for shard in range(SHARDS):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, shard])
            cursor.execute("SELECT id FROM leads_lead WHERE id %% %s = %s ORDER BY id", [SHARDS, shard])
            lead_ids = [lead_id for (lead_id,) in cursor.fetchall()]
            for start in range(0, len(lead_ids), BATCH):
                derive(lead_ids[start : start + BATCH])
            total += len(lead_ids)
    return total
