"""A record of benchmark size, and what others would do with it: DuckDB fed from it, plain SQL over its log, COPY."""

import time
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from funnel.bulk import seeding
from leads.models import Stage
from tests.bench.duck import DIMENSIONS, RAW, STAGES, WINDOWS

UNITS = {"k": 1_000, "m": 1_000_000}
TIMINGS = "CASE timing WHEN 'exact' THEN 0 WHEN 'assumed' THEN 1 ELSE 2 END"
EXPORT = f"""
    COPY (SELECT lead_id, sequence, cycle, step, array_position(ARRAY{Stage.values}, to_stage::text),
        occurred_at AT TIME ZONE 'UTC', {TIMINGS}, voids, owner_id, team_id,
        {", ".join(f"entry->>'{name}'" for name in DIMENSIONS)}
    FROM leads_stagechange) TO STDOUT (FORMAT csv)
"""


def leads_of(size):
    """The number of leads that "50k" or "5m" means. Raises ValueError."""
    number, unit = size[:-1], size[-1:].lower()
    if unit not in UNITS or not number.isdecimal():
        raise ValueError(f"{size!r} is not a size such as 50k or 5m.")
    return int(number) * UNITS[unit]


def seed(size, *, at=None, **wishes):
    """Fill the empty database with that many leads, ready to be measured; returns what seed_bench tells.

    Nothing is counted yet, and nothing waits to be: rebuild the statistics next.
    """
    seeded = seeding.seed(seeding.Wanted(leads=leads_of(size), at=at or timezone.now(), **wishes), tell=print)
    if not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM leads_lead, leads_stagechange")  # index-only scans need its map of pages
    return seeded


def load_raw(duck, folder):
    """Make DuckDB's table `raw` of the log by way of a CSV file, which is gone afterwards; returns the rows."""
    path = folder / "log.csv"
    with connection.cursor() as cursor, path.open("wb") as file, cursor.cursor.copy(EXPORT) as copy:
        for piece in copy:
            file.write(piece)
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in RAW.items())
    duck.execute(f"CREATE OR REPLACE TABLE raw AS FROM read_csv('{path}', header = false, columns = {{{columns}}})")
    path.unlink()
    return duck.execute("SELECT count(*) FROM raw").fetchone()[0]


COVERING = """
    CREATE INDEX bench_covering ON leads_stagechange (lead_id, cycle, sequence)
    INCLUDE (to_stage, occurred_at, step, voids)
"""


@contextmanager
def covering_index():
    """For as long as it lasts, an index that `funnel_sql` can be answered from without the log itself."""
    with connection.cursor() as cursor:
        cursor.execute(COVERING)
        try:
            if not connection.in_atomic_block:
                cursor.execute("VACUUM ANALYZE leads_stagechange")
            yield
        finally:
            cursor.execute("DROP INDEX bench_covering")


def _question(anchor):
    """The funnel question in PostgreSQL's words, with the columns of `duck.funnel_wide`; times taken in seconds.

    Written for its planner: what is compared again and again is worked out once a cycle, by arithmetic without zones.
    """
    targets = STAGES[STAGES.index(anchor) + 1 :]
    columns = ["count(*)", *(f"count(*) FILTER (WHERE {anchor}_at <= %(ripe_{days})s)" for days in WINDOWS)]
    for target in targets:
        hits = {days: f"{target}_s <= {days * 86_400} AND {anchor}_at <= %(ripe_{days})s" for days in WINDOWS}
        columns += [f"count(*) FILTER (WHERE {hit})" for hit in hits.values()]
        last = hits[WINDOWS[-1]]
        columns.append(f"percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY {target}_s) FILTER (WHERE {last})")
    times = ", ".join(
        f"min(occurred_at) FILTER (WHERE to_stage IN ({', '.join(map(repr, STAGES[place:]))})) AS {stage}_at"
        for place, stage in enumerate(STAGES)
    )
    return f"""
        WITH cycles AS (
            SELECT lead_id, cycle, {times} FROM leads_stagechange
            WHERE step <> 'undo' AND (lead_id, sequence) NOT IN (
                SELECT lead_id, voids FROM leads_stagechange WHERE voids IS NOT NULL)
            GROUP BY lead_id, cycle),
        took AS MATERIALIZED (
            SELECT {anchor}_at, date_trunc('month', {anchor}_at AT TIME ZONE 'UTC')::date AS month, source,
                {", ".join(f"date_part('epoch', {target}_at - {anchor}_at) AS {target}_s" for target in targets)}
            FROM cycles JOIN leads_lead lead ON lead.id = lead_id WHERE {anchor}_at IS NOT NULL)
        SELECT month, source, {", ".join(columns)} FROM took GROUP BY 1, 2 ORDER BY 1, 2
    """


def funnel_sql(now, *, anchor="tofu"):
    """The funnel question as plain SQL over the log in PostgreSQL; answers as `duck.funnel_wide` does.

    The source is the lead's present one, which saves reading `entry`: nobody edits the leads of a benchmark.
    """
    ripe = {f"ripe_{days}": now - timedelta(days=days) for days in WINDOWS}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute("SET LOCAL enable_hashagg = off")  # in order along the index is quicker than the planner thinks
        cursor.execute(_question(anchor), ripe)
        return [tuple(map(_micros, row)) for row in cursor.fetchall()]


def _micros(value):
    return [round(one * 1_000_000) for one in value] if isinstance(value, list) else value


_PICKED = """
    SELECT id, version, cycle, stage, owner_id, team_id FROM leads_lead
    LEFT JOIN LATERAL (SELECT team_id FROM leads_user WHERE leads_user.id = owner_id) AS owner ON true
    WHERE stage IN ('tofu', 'mofu', 'bofu') ORDER BY hashint8(id) LIMIT %s
"""
_COPY = """
    COPY leads_stagechange (lead_id, sequence, cycle, step, from_stage, to_stage, occurred_at, recorded_at, timing,
        owner_id, team_id, note, origin) FROM STDIN
"""
_FOLLOW = """
    UPDATE leads_lead SET stage = line.to_stage, stage_since = %s, version = version + 1
    FROM unnest(%s::bigint[], %s::text[]) AS line(lead_id, to_stage) WHERE id = line.lead_id
"""
_NEXT = {"tofu": ("engage", "mofu"), "mofu": ("consider", "bofu"), "bofu": ("qualify", "mql")}


def copy_into_log(count, *, at, checked):
    """COPY the next line of so many leads in marketing into the log.

    The leads come in no order, as they would to the gate, and stand already where their lines put them. `checked` keeps
    the log's foreign keys and the guard that a line goes with its lead's stage; otherwise no trigger looks. The
    statistics hear nothing of it. Returns the leads with their lines' sequences, and lines/s, the commit included.
    Raises ValueError where too few leads are in marketing.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PICKED, [count])
        picked = cursor.fetchall()
        if len(picked) < count:
            raise ValueError(f"Only {len(picked)} leads are in marketing.")
        content = "".join(_line(*row, at.isoformat()) for row in picked).encode()
        with transaction.atomic():
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(_FOLLOW, [at, [row[0] for row in picked], [_NEXT[row[3]][1] for row in picked]])
        start = time.perf_counter()
        with transaction.atomic():
            if not checked:
                cursor.execute("SET LOCAL session_replication_role = replica")
            with cursor.cursor.copy(_COPY) as copy:
                copy.write(content)
        seconds = time.perf_counter() - start
    return [(lead, version + 1) for lead, version, *_ in picked], count / seconds


def _line(lead_id, version, cycle, stage, owner_id, team_id, at):
    step, target = _NEXT[stage]
    fields = (lead_id, version + 1, cycle, step, stage, target, at, at, "exact", owner_id, team_id, "", "")
    return "\t".join("\\N" if value is None else str(value) for value in fields) + "\n"
