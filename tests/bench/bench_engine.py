"""Every figure of the statistics' engine from one record of this size: rebuild, funnel (three), adhoc, freshen."""

import django


def main() -> None:
    django.setup()
    from tests.bench import (
        bench_adhoc,
        bench_freshen,
        bench_funnel,
        bench_funnel_growth,
        bench_funnel_raw,
        bench_rebuild,
        scale,
    )
    from tests.bench.prepared import analysed, duckdb, now, size_of
    from tests.bench.rounds import tell

    size, at = size_of(__doc__), now()
    small = bench_funnel_growth.small_copy(at)
    large = bench_funnel_growth.present()
    bench_funnel_growth.use(small)
    fresh_small = bench_freshen.measure()
    bench_funnel_growth.use(large)
    seeded = scale.seed(size, at=at)
    told = {"size": size, "changes": seeded.changes}
    ours = bench_rebuild.rebuilt()
    analysed()
    tell(**bench_rebuild.measure(ours, seeded.changes), **told)
    with duckdb() as database:
        tell(**bench_funnel.measure(database, at), **told)
        tell(**bench_adhoc.measure(database, at), **told)
    tell(**bench_funnel_growth.measure(small, at), **told)
    tell(**bench_funnel_raw.measure(at), **told)
    tell(**bench_freshen.figures(fresh_small, bench_freshen.measure()), **told)


if __name__ == "__main__":
    main()
