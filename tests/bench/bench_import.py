"""import_leads of a file, from its bytes to the last commit, against COPY of its parsed rows and one set merge."""

import csv
import random
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import django
from django.db import connection, transaction

ROWS, ROUNDS, COMPANIES, OWNERS = 50_000, 5, 500, 30
HEADER = ("id", "email", "name", "source", "company", "owner", "stage", "offered", "engaged", "closed", "value")
MAPPING = {
    "name": "bench",
    "identity": {"external": {"system": "bench", "column": "id"}, "email": "email"},
    "lead": {"name": "name", "source": "source", "amount": {"column": "value", "when_stage": ["won"]}},
    "company": {"name": "company"},
    "owner": {"name": "owner"},
    "history": {
        "kind": "stage",
        "column": "stage",
        "stages": {
            "Offered": {"stage": "mql", "at": "offered"},
            "Engaging": [{"stage": "mql", "at": "offered"}, {"stage": "sql", "at": "engaged"}],
            **{
                name: [
                    {"stage": "mql", "at": "offered"},
                    {"stage": "sql", "at": "engaged"},
                    {"stage": name.lower(), "at": "closed"},
                ]
                for name in ("Won", "Lost")
            },
        },
    },
}
STAGING = """
    CREATE UNLOGGED TABLE bench_staging (
        id text, email text, name text, source text, company text, owner text, stage text,
        offered timestamptz, engaged timestamptz, closed timestamptz, value numeric)
"""
MERGE = """
    WITH fresh AS MATERIALIZED (
        SELECT nextval(pg_get_serial_sequence('leads_lead', 'id')) AS lead_id, staged.*, company.id AS company_id,
            owner.id AS owner_id,
            jsonb_build_object('source', staged.source, 'medium', '', 'campaign', '', 'channel', '',
                'industry', company.industry, 'country', company.country, 'size_band', '') AS entry
        FROM (SELECT DISTINCT ON (id) * FROM bench_staging) staged
        LEFT JOIN leads_company company ON lower(company.name) = lower(staged.company)
        LEFT JOIN leads_user owner ON owner.username = staged.owner
        WHERE NOT EXISTS (
            SELECT FROM leads_identity known WHERE known.kind = 'external' AND known.value = 'bench:' || staged.id)
    ),
    line AS MATERIALIZED (
        SELECT lead_id, 1 AS sequence, '' AS from_stage, 'mql' AS to_stage, offered AS at, owner_id, entry FROM fresh
        UNION ALL
        SELECT lead_id, 2, 'mql', 'sql', engaged, owner_id, NULL FROM fresh WHERE engaged IS NOT NULL
        UNION ALL
        SELECT lead_id, 3, 'sql', lower(stage), closed, owner_id, NULL FROM fresh WHERE closed IS NOT NULL
    ),
    opened AS (
        INSERT INTO leads_lead (id, name, title, company_id, source, medium, campaign, channel, owner_id, score, amount,
            currency, urgency, extra, is_demo, competitor, stage, stage_since, cycle, version, created_at)
        SELECT lead_id, name, '', company_id, source, '', '', '', owner_id, 0, CASE WHEN stage = 'Won' THEN value END,
            CASE WHEN stage = 'Won' THEN 'USD' ELSE '' END, '', '{}', false, '',
            CASE stage WHEN 'Offered' THEN 'mql' WHEN 'Engaging' THEN 'sql' ELSE lower(stage) END,
            COALESCE(closed, engaged, offered), 1, 1 + (engaged IS NOT NULL)::int + (closed IS NOT NULL)::int, now()
        FROM fresh
    ),
    named AS (
        INSERT INTO leads_identity (kind, value, lead_id, created_at)
        SELECT 'external', 'bench:' || id, lead_id, now() FROM fresh
        UNION ALL SELECT 'email', lower(email), lead_id, now() FROM fresh
    ),
    logged AS (
        INSERT INTO leads_stagechange (lead_id, sequence, cycle, step, from_stage, to_stage, occurred_at, recorded_at,
            timing, owner_id, team_id, note, origin, entry)
        SELECT lead_id, sequence, 1, 'import', from_stage, to_stage, at, now(), 'exact', owner_id, owner.team_id, '',
            'bench', entry
        FROM line LEFT JOIN leads_user owner ON owner.id = owner_id
    )
    INSERT INTO leads_unapplied (lead_id, sequence) SELECT lead_id, sequence FROM line
"""


def rows(prefix: str) -> list[tuple[str, ...]]:
    """The rows of one file, with ids of their own."""
    chance = random.Random(prefix)
    start = datetime(2024, 1, 1, tzinfo=UTC)
    result = []
    for number in range(ROWS):
        stage = chance.choices(("Offered", "Engaging", "Won", "Lost"), (20, 20, 35, 25))[0]
        offered = start + timedelta(days=chance.randrange(500))
        engaged = "" if stage == "Offered" else f"{offered + timedelta(days=chance.randrange(30)):%Y-%m-%d}"
        closed = f"{offered + timedelta(days=chance.randrange(30, 150)):%Y-%m-%d}" if stage in ("Won", "Lost") else ""
        key = f"{prefix}-{number:06d}"
        result.append((
            key, f"{key}@Example.com", f"Person {number}", chance.choice(("google", "partner", "", "unknown")),
            f"Company {chance.randrange(COMPANIES)}", f"owner{chance.randrange(OWNERS)}", stage,
            f"{offered:%Y-%m-%d}", engaged, closed, str(chance.randrange(50, 30_000)) if closed else "",
        ))  # fmt: skip
    return result


def written(path: Path, content: list[tuple[str, ...]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([HEADER, *content])
    return path


def copy_and_merge(content: list[tuple[str, ...]]) -> None:
    """The baseline: what psycopg can do once somebody else has read, checked and translated the rows."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(STAGING)
        with cursor.copy(f"COPY bench_staging ({', '.join(HEADER)}) FROM STDIN") as copy:
            for row in content:
                copy.write_row([cell or None if place > 6 else cell for place, cell in enumerate(row)])
        cursor.execute(MERGE)
        cursor.execute("DROP TABLE bench_staging")


def main() -> None:
    django.setup()
    from leads.importing import run
    from leads.importing.loading import read
    from leads.models import Company, Lead, StageChange, Unapplied, User
    from tests.bench.rounds import interleaved, tell
    from tests.bench.stage import clear

    Company.objects.bulk_create(Company(name=f"Company {number}") for number in range(COMPANIES))
    User.objects.bulk_create(User(username=f"owner{number}", password="!") for number in range(OWNERS))
    mapping = read(MAPPING)
    try:
        with tempfile.TemporaryDirectory() as folder:
            files = [written(Path(folder) / f"{number}.csv", rows(f"a{number}")) for number in range(ROUNDS)]
            parsed = [rows(f"b{number}") for number in range(ROUNDS)]

            def ours() -> None:
                job = run.prepare(files.pop(), mapping, at=datetime.now(UTC))
                assert run.run(job, tell=lambda results: None).counts["created"] == ROWS

            ours_s, theirs_s, ratio = interleaved(ours, lambda: copy_and_merge(parsed.pop()), ROUNDS)
        assert Lead.objects.count() == 2 * ROUNDS * ROWS
        assert Unapplied.objects.count() == StageChange.objects.count()
    finally:
        clear()
        User.objects.filter(username__startswith="owner").delete()
        Company.objects.all().delete()
    tell(
        bench="import", ratio=round(ratio, 3), rows=ROWS, rows_per_s=round(ROWS / ours_s),
        baseline_rows_per_s=round(ROWS / theirs_s), rounds=ROUNDS,
        against="COPY of the parsed rows to an unlogged staging table and one set merge, through the same triggers",
    )  # fmt: skip


if __name__ == "__main__":
    main()
