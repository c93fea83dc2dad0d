"""The same funnel question, against plain SQL over the raw log with a covering index."""

import statistics

import django


def measure(at):
    """The figures; the covering index is made for as long as it takes."""
    from tests.bench import scale
    from tests.bench.prepared import our_funnel
    from tests.bench.rounds import seconds

    rounds, pairs = 3, []
    our_funnel(at)
    with scale.covering_index():
        scale.funnel_sql(at)
        for _ in range(rounds):
            quick = statistics.median(seconds(lambda: our_funnel(at)) for _ in range(5))
            pairs.append((quick, seconds(lambda: scale.funnel_sql(at))))
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    return {
        "bench": "funnel_raw", "ratio": round(statistics.median(slow / quick for quick, slow in pairs)),
        "ms": round(ours * 1000, 1), "baseline_ms": round(theirs * 1000), "rounds": rounds,
        "against": "plain SQL over the raw log, covering index, the same numbers (their time ÷ ours)",
    }  # fmt: skip


def main() -> None:
    django.setup()
    from tests.bench.prepared import counted, now, size_of
    from tests.bench.rounds import tell

    size, at = size_of(__doc__), now()
    seeded = counted(size, at)
    tell(**measure(at), size=size, changes=seeded.changes)


if __name__ == "__main__":
    main()
