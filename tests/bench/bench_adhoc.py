"""A combination that no rollup covers, against DuckDB over a wide table: two channels, an industry, a country."""

import django

NAMES = ("channel", "industry", "country")


def main() -> None:
    django.setup()
    from funnel import cohorts
    from funnel.freshness import one_moment
    from tests.bench import duck
    from tests.bench.prepared import ad_hoc_question, counted, duckdb, now, numbers, size_of
    from tests.bench.rounds import interleaved, tell

    size, at, rounds = size_of(__doc__), now(), 7
    seeded = counted(size, at)
    with duckdb() as database:
        common = {
            name: [
                value
                for (value,) in database.execute(
                    f"SELECT {name} FROM wide WHERE {name} <> '' GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 2"
                ).fetchall()
            ]
            for name in NAMES
        }
        narrowed = {"channels": common["channel"], "industry": common["industry"][0], "country": common["country"][0]}

        def ours():
            with one_moment():
                asked = ad_hoc_question(at, **narrowed)
                return numbers(cohorts.report(asked, [asked.window])[0].groups)

        def theirs():
            return duck.ad_hoc(database, at, **narrowed)

        entered = sum(row[2] for row in ours()), sum(row[1] for row in theirs())
        assert abs(entered[0] - entered[1]) <= 0.02 * entered[1], entered
        ours_s, theirs_s, speed = interleaved(ours, theirs, rounds)
    tell(
        bench="adhoc", size=size, leads=seeded.leads, changes=seeded.changes, ratio=round(1 / speed, 2),
        ms=round(ours_s * 1000, 1), baseline_ms=round(theirs_s * 1000, 1), cycles=entered[0], rounds=rounds,
        against="DuckDB over a table of one wide row per cycle, the same numbers (time ÷ time)",
    )  # fmt: skip


if __name__ == "__main__":
    main()
