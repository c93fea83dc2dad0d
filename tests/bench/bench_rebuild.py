"""A full rebuild of journeys, rollups and columns, against DuckDB building journeys and rollups from Parquet."""

import tempfile
from pathlib import Path

import django


def rebuilt():
    """Derive everything of a record that has been counted by nobody yet; the figures of our side."""
    from funnel.rebuild import rebuild
    from tests.bench.prepared import memory_mb
    from tests.bench.rounds import seconds

    before = memory_mb()
    took = seconds(lambda: rebuild(lambda done, total: print(f"lead {done:,} of {total:,}", flush=True)))
    return {"s": round(took, 1), "memory_mb": memory_mb(), "memory_before_mb": before}


def measure(ours, changes):
    """The figures, after `rebuilt`."""
    from funnel.models import Journey
    from tests.bench import duck, scale
    from tests.bench.rounds import seconds

    cycles = Journey.objects.count()
    with tempfile.TemporaryDirectory() as folder:
        database = duck.connect(Path(folder))
        scale.load_raw(database, Path(folder))
        log = duck.write_parquet(database, Path(folder) / "log.parquet")

        def theirs():
            rows = duck.build_wide(database, log)
            assert abs(rows - cycles) <= 0.001 * cycles, (rows, cycles)
            duck.build_rollups(database)

        baseline = sorted(seconds(theirs) for _ in range(3))[1]
        database.close()
    return {
        "bench": "rebuild", "ratio": round(ours["s"] / baseline, 2), **ours,
        "changes_per_s": round(changes / ours["s"]), "baseline_s": round(baseline, 1),
        "against": "DuckDB building one wide row per cycle and the same rollups from Parquet (time ÷ time)",
    }  # fmt: skip


def main() -> None:
    django.setup()
    from tests.bench import scale
    from tests.bench.prepared import now, size_of
    from tests.bench.rounds import tell

    size = size_of(__doc__)
    seeded = scale.seed(size, at=now())
    tell(**measure(rebuilt(), seeded.changes), size=size, changes=seeded.changes)


if __name__ == "__main__":
    main()
