"""A full rebuild of journeys, rollups and columns, against DuckDB building journeys and rollups from Parquet."""

import tempfile
from pathlib import Path

import django


def main() -> None:
    django.setup()
    from django.db import connection

    from funnel.rebuild import rebuild
    from tests.bench import duck, scale
    from tests.bench.prepared import memory_mb, now, size_of
    from tests.bench.rounds import seconds, tell

    size = size_of(__doc__)
    seeded = scale.seed(size, at=now())
    before = memory_mb()
    ours = seconds(lambda: rebuild(lambda done, total: print(f"lead {done:,} of {total:,}", flush=True)))
    memory = memory_mb()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM funnel_journey")
        [cycles] = cursor.fetchone()
    with tempfile.TemporaryDirectory() as folder:
        database = duck.connect(Path(folder))
        scale.load_raw(database, Path(folder))
        log = duck.write_parquet(database, Path(folder) / "log.parquet")

        def theirs():
            rows = duck.build_wide(database, log)
            assert abs(rows - cycles) <= 0.001 * cycles, (rows, cycles)
            duck.build_rollups(database)

        times = sorted(seconds(theirs) for _ in range(3))
        database.close()
    tell(
        bench="rebuild", size=size, leads=seeded.leads, changes=seeded.changes, ratio=round(ours / times[1], 2),
        s=round(ours, 1), changes_per_s=round(seeded.changes / ours), baseline_s=round(times[1], 1),
        memory_mb=memory, memory_before_mb=before,
        against="DuckDB building one wide row per cycle and the same rollups from Parquet (time ÷ time)",
    )  # fmt: skip


if __name__ == "__main__":
    main()
