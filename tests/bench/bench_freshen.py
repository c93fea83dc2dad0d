"""Counting changes by one worker, at this size and at 50,000 leads, against COPY of the same changes into the log."""

import statistics

import django

CHANGES = 50_000


def main() -> None:
    django.setup()
    from django.db import connection

    from funnel import chunks, journeys
    from tests.bench import scale
    from tests.bench.prepared import counted, now, size_of
    from tests.bench.rounds import seconds, tell
    from tests.bench.stage import clear

    size, rounds = size_of(__doc__), 5

    def measured(leads, changes):
        """Median (changes/s counted, changes/s copied, share) of rounds of fresh changes to leads anywhere."""
        counted(leads, now())
        found = []
        for _ in range(rounds):
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

    small = measured("50k", CHANGES // 10)
    clear()
    ours, copied, share = measured(size, CHANGES)
    tell(
        bench="freshen", size=size, changes=CHANGES, ratio=round(share, 3), ratio_at_50k=round(small[2], 3),
        per_s=round(ours), per_s_at_50k=round(small[0]), baseline_per_s=round(copied), rounds=rounds,
        against="COPY of the same lines into the log, indexes kept, triggers off (their rate; ours ÷ theirs)",
    )  # fmt: skip


if __name__ == "__main__":
    main()
