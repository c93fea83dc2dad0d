"""The funnel by month and source with 30/60/90-day conversion, median and p90, against DuckDB over a wide table."""

import django


def main() -> None:
    django.setup()
    from tests.bench import duck
    from tests.bench.prepared import counted, duckdb, now, our_funnel, size_of
    from tests.bench.rounds import interleaved, tell

    size, at, rounds = size_of(__doc__), now(), 7
    seeded = counted(size, at)
    with duckdb() as database:
        ours, theirs = our_funnel(at), duck.funnel_wide(database, at)
        entered = sum(row[2] for row in ours[0]), sum(row[2] for row in theirs)
        assert abs(entered[0] - entered[1]) <= 0.02 * entered[1], entered
        ours_s, theirs_s, speed = interleaved(lambda: our_funnel(at), lambda: duck.funnel_wide(database, at), rounds)
    tell(
        bench="funnel", size=size, leads=seeded.leads, changes=seeded.changes, ratio=round(1 / speed, 3),
        ms=round(ours_s * 1000, 1), baseline_ms=round(theirs_s * 1000, 1), groups=len(ours[0]), rounds=rounds,
        against="DuckDB over a table of one wide row per cycle, the same numbers (time ÷ time)",
    )  # fmt: skip


if __name__ == "__main__":
    main()
