"""The same questions asked of DuckDB, over the log itself and over one wide row per cycle: what columns can do.

Durations are microseconds. A stage counts as reached when the cycle entered or passed it; times are taken as logged,
also those that a source gave no date for. Months are cut in UTC.
"""

import math
from datetime import timedelta

import duckdb

STAGES = ("tofu", "mofu", "bofu", "mql", "sal", "sql", "won")
WINDOWS = (30, 60, 90)  # days
DAY = 86_400_000_000
DIMENSIONS = ("source", "medium", "campaign", "channel", "industry", "country", "size_band")
RAW = {
    "lead_id": "BIGINT", "sequence": "INTEGER", "cycle": "SMALLINT", "step": "VARCHAR", "rank": "TINYINT",
    "occurred_at": "TIMESTAMP", "timing": "TINYINT", "voids": "INTEGER", "owner_id": "BIGINT", "team_id": "BIGINT",
    **dict.fromkeys(DIMENSIONS, "VARCHAR"),
}  # fmt: skip
KINDS = ("source", "channel", "owner", "team")  # slices of the rollups, besides the one of all
EDGES = (1, 3, 7, 14, 30, 60, 90, 180, 365)  # days; exact, among buckets that each end 1.15 times as late


def connect(folder, *, memory="4GB"):
    """A DuckDB file of its own in a folder; it spills there, too, rather than take more memory than that."""
    duck = duckdb.connect(str(folder / "bench.duckdb"))
    duck.execute(f"SET memory_limit = '{memory}'")
    duck.execute(f"SET temp_directory = '{folder / 'spill'}'")
    return duck


# What a cycle's first line at or beyond a stage says, in one number that min() finds: sequence, how well the time is
# known, owner, team. Good for 2,047 lines a lead and 33 million people; `build_wide` checks that.
_PACKED = "(sequence::BIGINT << 52) | (timing::BIGINT << 50) | (coalesce(owner_id, 0) << 25) | coalesce(team_id, 0)"


def _valid(log):
    """SQL: the lines that count, neither an undo nor taken back by one."""
    return f"""
        SELECT * FROM {log} AS line WHERE voids IS NULL
        AND (lead_id, sequence) NOT IN (SELECT (lead_id, voids) FROM {log} WHERE voids IS NOT NULL)
    """


def _wide(log):
    beyond = {stage: f"FILTER (rank BETWEEN {rank} AND 7)" for rank, stage in enumerate(STAGES, start=1)}
    times = ", ".join(f"min(occurred_at) {those} AS {stage}_at" for stage, those in beyond.items())
    firsts = ", ".join(f"min(packed) {those} AS {stage}_first" for stage, those in beyond.items())
    later = ", ".join(
        f"nullif(({stage}_first >> 25) & 33554431, 0) AS {stage}_owner, nullif({stage}_first & 33554431, 0) AS "
        f"{stage}_team"
        for stage in STAGES[1:]
    )
    assumed = " | ".join(
        f"CASE WHEN ({stage}_first >> 50) & 3 = 1 THEN {1 << place} ELSE 0 END"
        for place, stage in enumerate([*STAGES, "lost"])
    )
    return f"""
        WITH valid AS (SELECT *, {_PACKED} AS packed FROM ({_valid(log)})),
        cycles AS (
            SELECT lead_id, cycle, {times}, min(occurred_at) FILTER (rank = 8) AS lost_at, {firsts},
                min(packed) FILTER (rank = 8) AS lost_first, max(rank) FILTER (rank < 8) AS highest,
                bit_or(CASE WHEN rank < 8 THEN 1 << (rank - 1)::INTEGER ELSE 0 END) AS entered,
                min(occurred_at) AS opened_at,
                {", ".join(f"coalesce(any_value({name}), '') AS {name}" for name in DIMENSIONS)}
            FROM valid GROUP BY lead_id, cycle),
        whole AS (
            SELECT * REPLACE (coalesce(tofu_at, lost_at) AS tofu_at, coalesce(tofu_first, lost_first) AS tofu_first,
                coalesce(highest, 1) AS highest),
                lead(opened_at) OVER (PARTITION BY lead_id ORDER BY cycle) AS next_at
            FROM cycles)
        SELECT lead_id, cycle, opened_at, {", ".join(f"{stage}_at" for stage in STAGES)}, lost_at,
            ((1 << highest::INTEGER) - 1) & ~entered AS implied, {assumed} AS assumed,
            nullif((tofu_first >> 25) & 33554431, 0) AS tofu_owner,
            nullif(tofu_first & 33554431, 0) AS tofu_team, {later},
            CASE WHEN won_at IS NOT NULL THEN 'won' WHEN lost_at IS NOT NULL THEN 'lost'
                 WHEN next_at IS NOT NULL THEN 'recycled' ELSE 'open' END AS outcome,
            coalesce(won_at, lost_at, next_at) AS ended_at, {", ".join(DIMENSIONS)}
        FROM whole
    """


def build_wide(duck, log="raw"):
    """Make `wide`, one row per cycle, from the log: the table `raw` or "read_parquet('…')". Returns the rows.

    Raises OverflowError where the log has numbers that the packing cannot hold.
    """
    largest = duck.execute(f"SELECT max(sequence), greatest(max(owner_id), max(team_id), 0) FROM {log}").fetchone()
    if largest[0] >= 1 << 11 or largest[1] >= 1 << 25:
        raise OverflowError(f"the log has sequences up to {largest[0]} and ids up to {largest[1]}")
    duck.execute(f"CREATE OR REPLACE TABLE wide AS {_wide(log)}")
    return duck.execute("SELECT count(*) FROM wide").fetchone()[0]


def write_parquet(duck, path):
    """Write `raw` to a Parquet file, for building from it."""
    duck.execute(f"COPY raw TO '{path}' (FORMAT parquet)")
    return f"read_parquet('{path}')"


def build_rollups(duck):
    """Make `rollup` from `wide`; returns its rows.

    One row per kind and value of a slice, anchor stage, day of entry, target and bucket of the time to reach it, with
    the count. The row whose target is the anchor itself counts the entries.
    """
    duck.execute(
        "CREATE OR REPLACE TABLE rollup (kind VARCHAR, value VARCHAR, anchor VARCHAR, day DATE, target VARCHAR,"
        " bucket SMALLINT, n BIGINT)"
    )
    for place, anchor in enumerate(STAGES[:-1]):
        for target in STAGES[place:]:
            duck.execute(f"INSERT INTO rollup {_rollup(anchor, target)}")
    return duck.execute("SELECT count(*) FROM rollup").fetchone()[0]


def bucket_of(took):
    """The bucket of a time to reach (µs), as `build_rollups` numbers them."""
    past = sum(took > days * DAY for days in EDGES)
    return math.ceil(math.log(max(took / 3_600_000_000, 1)) / math.log(1.15)) + past


def _rollup(anchor, target):
    took = f"(epoch_us({target}_at) - epoch_us({anchor}_at))"
    exact = " + ".join(f"({took} > {days * DAY})::INTEGER" for days in EDGES)
    hours = f"greatest({took} / 3600000000.0, 1)"
    bucket = "0" if anchor == target else f"ceil(ln({hours}) / {math.log(1.15)})::INTEGER + {exact}"
    kind = " ".join(f"WHEN grouping({name}) = 0 THEN '{name}'" for name in KINDS)
    value = ", ".join(f"CASE WHEN grouping({name}) = 0 THEN coalesce({name}, '') END" for name in KINDS)
    return f"""
        SELECT CASE {kind} ELSE 'all' END, coalesce({value}, ''), '{anchor}', day, '{target}', bucket, count(*)
        FROM (SELECT {anchor}_at::DATE AS day, {bucket} AS bucket, source, channel, {anchor}_owner::VARCHAR AS owner,
                {anchor}_team::VARCHAR AS team FROM wide WHERE {anchor}_at IS NOT NULL AND {target}_at IS NOT NULL)
        GROUP BY GROUPING SETS ((day, bucket), {", ".join(f"({name}, day, bucket)" for name in KINDS)})
    """


def _measures(anchor, targets, windows):
    """SQL over `_took`: entered, mature per window, per target the hits per window and [median, p90] in the longest."""
    yield "count(*)"
    yield from (f"count(*) FILTER ({anchor}_at <= $ripe_{days})" for days in windows)
    for target in targets:
        hits = [f"{target}_us <= {days * DAY} AND {anchor}_at <= $ripe_{days}" for days in windows]
        yield from (f"count(*) FILTER ({hit})" for hit in hits)
        yield f"quantile_disc({target}_us, [0.5, 0.9]) FILTER ({hits[-1]})"


def _took(anchor, targets):
    """SQL columns: the time of entry, and how long after it each target was reached."""
    yield f"{anchor}_at"
    yield from (f"epoch_us({target}_at) - epoch_us({anchor}_at) AS {target}_us" for target in targets)


def _ripe(now, windows):
    return {f"ripe_{days}": now.replace(tzinfo=None) - timedelta(days=days) for days in windows}


def _funnel(table, anchor):
    targets = STAGES[STAGES.index(anchor) + 1 :]
    return f"""
        SELECT month, source, {", ".join(_measures(anchor, targets, WINDOWS))} FROM (
            SELECT date_trunc('month', {anchor}_at)::DATE AS month, source, {", ".join(_took(anchor, targets))}
            FROM {table} WHERE {anchor}_at IS NOT NULL)
        GROUP BY 1, 2 ORDER BY 1, 2
    """


def funnel_wide(duck, now, *, anchor="tofu"):
    """The funnel question over `wide`, entry month × source.

    Rows of month, source, entered, mature for 30, 60 and 90 days, then for each later stage the hits within 30, 60 and
    90 days and [median, p90] of the times within 90, or None where there are none.
    """
    return duck.execute(_funnel("wide", anchor), _ripe(now, WINDOWS)).fetchall()


def funnel_raw(duck, now, *, anchor="tofu"):
    """The funnel question over `raw`: stages are worked out from the lines, then asked as `funnel_wide` asks."""
    times = ", ".join(
        f"min(occurred_at) FILTER (rank BETWEEN {rank} AND 7) AS {stage}_at"
        for rank, stage in enumerate(STAGES, start=1)
    )
    cycles = f"""(
        SELECT {times}, coalesce(any_value(source), '') AS source FROM ({_valid("raw")}) GROUP BY lead_id, cycle)
    """
    return duck.execute(_funnel(cycles, anchor), _ripe(now, WINDOWS)).fetchall()


def ad_hoc(duck, now, *, channels, industry, country, anchor="mql", targets=("sal", "sql", "won"), days=90):
    """A question no rollup covers, by campaign: entered, mature, and per target the hits and [median, p90] or None."""
    query = f"""
        SELECT campaign, {", ".join(_measures(anchor, targets, [days]))} FROM (
            SELECT campaign, {", ".join(_took(anchor, targets))} FROM wide
            WHERE list_contains($channels, channel) AND industry = $industry AND country = $country
              AND {anchor}_at IS NOT NULL)
        GROUP BY 1 ORDER BY 1
    """
    values = {"channels": list(channels), "industry": industry, "country": country}
    return duck.execute(query, values | _ripe(now, [days])).fetchall()
