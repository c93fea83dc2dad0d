"""The funnel by month and source with 30/60/90-day conversion, median and p90, against DuckDB over a wide table."""

import django


def measure(database, at):
    """The figures, with DuckDB's `wide` in place."""
    from tests.bench import duck
    from tests.bench.prepared import our_funnel
    from tests.bench.rounds import interleaved

    ours, theirs, rounds = our_funnel(at), duck.funnel_wide(database, at), 7
    entered = sum(row[2] for row in ours[0]), sum(row[2] for row in theirs)
    assert abs(entered[0] - entered[1]) <= 0.02 * entered[1], entered
    ours_s, theirs_s, speed = interleaved(lambda: our_funnel(at), lambda: duck.funnel_wide(database, at), rounds)
    return {
        "bench": "funnel", "ratio": round(1 / speed, 4), "ms": round(ours_s * 1000, 1),
        "baseline_ms": round(theirs_s * 1000, 1), "groups": len(ours[0]), "rounds": rounds,
        "against": "DuckDB over a table of one wide row per cycle, the same numbers (time ÷ time)",
    }  # fmt: skip


def main() -> None:
    django.setup()
    from tests.bench.prepared import counted, duckdb, now, size_of
    from tests.bench.rounds import tell

    size, at = size_of(__doc__), now()
    seeded = counted(size, at)
    with duckdb() as database:
        tell(**measure(database, at), size=size, changes=seeded.changes)


if __name__ == "__main__":
    main()
