"""A combination that no rollup covers, against DuckDB over a wide table: two channels, an industry, a country."""

import django

NAMES = ("channel", "industry", "country")


def _commonest(database, name):
    query = f"SELECT {name} FROM wide WHERE {name} <> '' GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 2"
    return [value for (value,) in database.execute(query).fetchall()]


def measure(database, at):
    """The figures, with DuckDB's `wide` in place."""
    from funnel import cohorts
    from funnel.freshness import one_moment
    from tests.bench import duck
    from tests.bench.prepared import ad_hoc_question, numbers
    from tests.bench.rounds import interleaved

    channels, [industry, *_], [country, *_] = (_commonest(database, name) for name in NAMES)
    narrowed = {"channels": channels, "industry": industry, "country": country}

    def ours():
        with one_moment():
            asked = ad_hoc_question(at, **narrowed)
            return numbers(cohorts.report(asked, [asked.window])[0].groups)

    def theirs():
        return duck.ad_hoc(database, at, **narrowed)

    rounds = 7
    entered = sum(row[2] for row in ours()), sum(row[1] for row in theirs())
    assert abs(entered[0] - entered[1]) <= 0.02 * entered[1], entered
    ours_s, theirs_s, speed = interleaved(ours, theirs, rounds)
    return {
        "bench": "adhoc", "ratio": round(1 / speed, 2), "ms": round(ours_s * 1000, 1),
        "baseline_ms": round(theirs_s * 1000, 1), "cycles": entered[0], "rounds": rounds,
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
