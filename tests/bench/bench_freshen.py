"""Counting changes by one worker, at this size and at 50,000 leads, against COPY of the same changes into the log."""

import statistics

import django

CHANGES = 5_000  # in one batch, at either size
ROUNDS = 3  # of each of the two ways to copy


def measure(changes=CHANGES):
    """Medians over rounds of fresh changes to leads anywhere: changes/s counted, and of each way to copy its changes/s
    and the share of them that counting reaches."""
    from django.db import connection

    from funnel import chunks, journeys
    from tests.bench import scale
    from tests.bench.prepared import now
    from tests.bench.rounds import seconds

    rates, copies, shares = [], {True: [], False: []}, {True: [], False: []}
    for number in range(2 * ROUNDS):
        checked = number % 2 == 0
        moved, copied = scale.copy_into_log(changes, at=now(), checked=checked)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO leads_unapplied (lead_id, sequence) SELECT * FROM unnest(%s::bigint[], %s::int[])",
                [list(column) for column in zip(*moved, strict=True)],
            )
        ours = changes / seconds(journeys.apply_waiting)
        chunks.write_stale(budget=10_000)
        rates.append(ours)
        copies[checked].append(copied)
        shares[checked].append(ours / copied)
    middle = {way: (statistics.median(copies[way]), statistics.median(shares[way])) for way in (True, False)}
    return statistics.median(rates), middle


def figures(small, large):
    """What `measure` found at 50,000 leads and at the size asked for."""
    ours, copies = large
    return {
        "bench": "freshen", "ratio": round(copies[True][1], 3), "ratio_at_50k": round(small[1][True][1], 3),
        "per_s": round(ours), "per_s_at_50k": round(small[0]), "growth": round(small[0] / ours, 2),
        "baseline_per_s": round(copies[True][0]), "baseline_per_s_at_50k": round(small[1][True][0]),
        "against": "COPY of the same lines into the log as it is, keys and guards kept (their rate; ours ÷ theirs)",
        "ratio_unguarded": round(copies[False][1], 3), "ratio_unguarded_at_50k": round(small[1][False][1], 3),
        "unguarded": "the same COPY with every trigger off, indexes alone kept",
    }  # fmt: skip


def main() -> None:
    django.setup()
    from tests.bench.prepared import counted, now, size_of
    from tests.bench.rounds import tell
    from tests.bench.stage import clear

    size = size_of(__doc__)
    counted("50k", now())
    small = measure()
    clear()
    seeded = counted(size, now())
    tell(**figures(small, measure()), size=size, changes=seeded.changes)


if __name__ == "__main__":
    main()
