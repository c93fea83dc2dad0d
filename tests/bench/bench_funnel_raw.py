"""The same funnel question, against plain SQL over the raw log with a covering index."""

import django


def main() -> None:
    django.setup()
    from tests.bench import scale
    from tests.bench.prepared import counted, now, our_funnel, size_of
    from tests.bench.rounds import seconds, tell

    size, at, rounds = size_of(__doc__), now(), 3
    seeded = counted(size, at)
    our_funnel(at)
    with scale.covering_index():
        scale.funnel_sql(at)
        pairs = []
        for _ in range(rounds):
            quick = sorted(seconds(lambda: our_funnel(at)) for _ in range(5))[2]
            pairs.append((quick, seconds(lambda: scale.funnel_sql(at))))
    ratios = sorted(slow / quick for quick, slow in pairs)
    tell(
        bench="funnel_raw", size=size, leads=seeded.leads, changes=seeded.changes, ratio=round(ratios[rounds // 2]),
        ms=round(sorted(quick for quick, _ in pairs)[rounds // 2] * 1000, 1),
        baseline_ms=round(sorted(slow for _, slow in pairs)[rounds // 2] * 1000), rounds=rounds,
        against="plain SQL over the raw log, covering index, the same numbers (their time ÷ ours)",
    )  # fmt: skip


if __name__ == "__main__":
    main()
