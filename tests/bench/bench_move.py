"""move() against three psycopg statements in one transaction: update lead, insert line, insert outbox row."""

from datetime import UTC, datetime

import django
import psycopg
from django.conf import settings


def main() -> None:
    django.setup()
    from leads import moves
    from leads.models import Lead
    from tests.bench.rounds import interleaved, tell
    from tests.bench.stage import clear, leads_at

    rounds, batch = 9, 200
    at = datetime.now(UTC)
    mine, base = leads_at("mofu", rounds * batch, at=at), leads_at("mofu", rounds * batch, at=at)
    config = settings.DATABASES["default"]
    raw = psycopg.connect(
        host=config["HOST"], port=config["PORT"], user=config["USER"], password=config["PASSWORD"],
        dbname=config["NAME"], prepare_threshold=3,
    )  # fmt: skip

    def ours() -> None:
        for _ in range(batch):
            moves.move(lead_id=mine.pop(), step="consider", by=None, at=datetime.now(UTC), expected_version=1)

    def theirs() -> None:
        for _ in range(batch):
            lead_id, now = base.pop(), datetime.now(UTC)
            with raw.cursor() as cursor:
                cursor.execute(
                    "UPDATE leads_lead SET stage = 'bofu', stage_since = %s, version = 2 WHERE id = %s AND version = 1",
                    [now, lead_id],
                )
                cursor.execute(
                    "INSERT INTO leads_stagechange (lead_id, sequence, cycle, step, from_stage, to_stage, occurred_at,"
                    " recorded_at, timing, note, origin) VALUES (%s, 2, 1, 'consider', 'mofu', 'bofu', %s, %s,"
                    " 'exact', '', '')",
                    [lead_id, now, now],
                )
                cursor.execute("INSERT INTO leads_unapplied (lead_id, sequence) VALUES (%s, 2)", [lead_id])
            raw.commit()

    # The guards would refuse the raw statements one by one; for the baseline they are off, for move() they are on.
    with raw.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
    raw.commit()
    ours_s, theirs_s, ratio = interleaved(ours, theirs, rounds)
    assert Lead.objects.filter(stage="bofu").count() == 2 * rounds * batch
    raw.close()
    clear()
    tell(
        bench="move", ratio=round(ratio, 3), ms=round(ours_s / batch * 1000, 3),
        baseline_ms=round(theirs_s / batch * 1000, 3), rounds=rounds,
        against="three psycopg statements in one transaction, without the triggers that move() passes",
    )  # fmt: skip


if __name__ == "__main__":
    main()
