"""move_many(10,000) against one set-based SQL statement that writes the same rows."""

from datetime import UTC, datetime

import django
from django.db import connection, transaction

STATEMENT = """
    WITH moved AS (
        UPDATE leads_lead SET stage = 'bofu', stage_since = %(at)s, version = version + 1
        WHERE id = ANY(%(ids)s) RETURNING id, version, cycle, owner_id),
    logged AS (
        INSERT INTO leads_stagechange (lead_id, sequence, cycle, step, from_stage, to_stage, occurred_at, recorded_at,
            timing, owner_id, note, origin)
        SELECT id, version, cycle, 'consider', 'mofu', 'bofu', %(at)s, %(at)s, 'exact', owner_id, '', '' FROM moved)
    INSERT INTO leads_unapplied (lead_id, sequence) SELECT id, version FROM moved
"""


def main() -> None:
    django.setup()
    from leads import moves
    from leads.models import Lead
    from tests.bench.rounds import interleaved, tell
    from tests.bench.stage import clear, leads_at

    rounds, size = 5, 10_000
    at = datetime.now(UTC)
    mine = [leads_at("mofu", size, at=at) for _ in range(rounds)]
    base = [leads_at("mofu", size, at=at) for _ in range(rounds)]

    def ours() -> None:
        moved = moves.move_many(lead_ids=mine.pop(), step="consider", by=None, at=datetime.now(UTC))
        assert len(moved) == size
        assert all(result.line for result in moved)

    def theirs() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(STATEMENT, {"at": datetime.now(UTC), "ids": base.pop()})

    ours_s, theirs_s, ratio = interleaved(ours, theirs, rounds)
    assert Lead.objects.filter(stage="bofu").count() == 2 * rounds * size
    clear()
    tell(
        bench="move_many", ratio=round(ratio, 3), leads=size, leads_per_s=round(size / ours_s),
        baseline_leads_per_s=round(size / theirs_s), rounds=rounds,
        against="one set-based SQL statement that writes the same rows through the same triggers",
    )  # fmt: skip


if __name__ == "__main__":
    main()
