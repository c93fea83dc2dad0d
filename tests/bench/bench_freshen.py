"""Counting changes by one worker, at this size and at 50,000 leads, against COPY of the same changes into the log."""

import statistics

import django

CHANGES = 5_000  # in one batch, at either size


def measure(changes=CHANGES):
    """Median (changes/s counted, changes/s copied, share) of rounds of fresh changes to leads anywhere."""
    from django.db import connection

    from funnel import chunks, journeys
    from tests.bench import scale
    from tests.bench.prepared import now
    from tests.bench.rounds import seconds

    found = []
    for _ in range(5):
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, version FROM leads_lead")
            before = dict(cursor.fetchall())
            copied = scale.copy_into_log(changes, at=now())
            cursor.execute("SELECT id, version FROM leads_lead")
            moved = [(lead, version) for lead, version in cursor.fetchall() if before[lead] != version]
            cursor.execute(
                "INSERT INTO leads_unapplied (lead_id, sequence) SELECT * FROM unnest(%s::bigint[], %s::int[])",
                [list(column) for column in zip(*moved, strict=True)],
            )
        assert len(moved) == changes, len(moved)
        ours = changes / seconds(journeys.apply_waiting)
        chunks.write_stale(budget=10_000)
        found.append((ours, copied, ours / copied))
    return [statistics.median(column) for column in zip(*found, strict=True)]


def figures(small, large):
    """What `measure` found at 50,000 leads and at the size asked for."""
    ours, copied, share = large
    return {
        "bench": "freshen", "ratio": round(share, 3), "ratio_at_50k": round(small[2], 3), "per_s": round(ours),
        "per_s_at_50k": round(small[0]), "growth": round(small[0] / ours, 2), "baseline_per_s": round(copied),
        "against": "COPY of the same lines into the log, indexes kept, triggers off (their rate; ours ÷ theirs)",
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
