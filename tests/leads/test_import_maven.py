"""The B2B sales data, against an independent recount by DuckDB over the files."""

from collections import Counter

import duckdb
import pytest

from leads.models import Company, Lead, StageChange, Team, User
from tests.leads.importing import MAPPINGS, command, shared

pytestmark = pytest.mark.django_db
STAGES = {"Prospecting": "sal", "Engaging": "sql", "Won": "won", "Lost": "lost"}


@pytest.fixture
def deals(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return shared("maven_crm/sales_pipeline.csv")


def recount(deals, key):
    """DuckDB's own count of the file by `key` and stage."""
    query = f"""
        SELECT {key}, d.deal_stage, count(*) FROM read_csv('{deals}', all_varchar = true) d
        LEFT JOIN read_csv('{deals.parent}/accounts.csv', all_varchar = true) a USING (account)
        LEFT JOIN read_csv('{deals.parent}/sales_teams.csv', all_varchar = true) t USING (sales_agent)
        GROUP BY ALL
    """
    return {(name or "", STAGES[stage]): count for name, stage, count in duckdb.sql(query).fetchall()}


def test_every_row_comes_in_once_and_a_second_import_changes_nothing(deals):
    first = command(deals, "--mapping", MAPPINGS / "maven.toml")
    assert (first["rows"], first["counts"]["created"], first["counts"]["refused"]) == (8800, 8800, 0)
    assert Counter(Lead.objects.values_list("stage", flat=True)) == {"won": 4238, "lost": 2473, "sql": 1589, "sal": 500}
    before = list(StageChange.objects.order_by("lead_id", "sequence").values_list())
    facts = list(Lead.objects.order_by("id").values_list())
    second = command(deals, "--mapping", MAPPINGS / "maven.toml")
    assert second["counts"] == {"created": 0, "updated": 0, "unchanged": 8800, "refused": 0, "flagged": 500}
    assert second["companies"] == {"created": 0, "updated": 0}
    assert second["owners"] == {"created": 0}
    assert list(StageChange.objects.order_by("lead_id", "sequence").values_list()) == before
    assert list(Lead.objects.order_by("id").values_list()) == facts


def test_the_stages_by_owner_team_and_sector_equal_the_recount(deals):
    command(deals, "--mapping", MAPPINGS / "maven.toml")

    def ours(*names):
        return Counter((" ".join(row[:-1]), row[-1]) for row in Lead.objects.values_list(*names, "stage"))

    assert ours("owner__first_name", "owner__last_name") == recount(deals, "d.sales_agent")
    assert ours("owner__team__name") == recount(deals, "t.manager")
    sectors = Counter((sector or "", stage) for sector, stage in Lead.objects.values_list("company__industry", "stage"))
    assert sectors == recount(deals, "replace(a.sector, 'technolgy', 'technology')")
    entry = StageChange.objects.filter(sequence=1).values_list("entry__industry", "lead__stage")
    assert Counter(entry) == sectors


def test_the_log_equals_the_recount_by_stage_and_day(deals):
    command(deals, "--mapping", MAPPINGS / "maven.toml")
    query = f"""
        SELECT stage, day, count(*) FROM (
            SELECT 'sql' AS stage, engage_date AS day FROM read_csv('{deals}', all_varchar = true)
            UNION ALL
            SELECT lower(deal_stage), close_date FROM read_csv('{deals}', all_varchar = true)
        ) WHERE day IS NOT NULL GROUP BY ALL
    """
    theirs = {(stage, day): count for stage, day, count in duckdb.sql(query).fetchall()}
    lines = StageChange.objects.filter(timing="exact").values_list("to_stage", "occurred_at")
    assert Counter((stage, f"{at:%Y-%m-%d}") for stage, at in lines) == theirs
    assert StageChange.objects.exclude(timing="exact").count() == 500


def test_facts_are_what_the_files_say(deals):
    command(deals, "--mapping", MAPPINGS / "maven.toml")
    total = duckdb.sql(f"SELECT sum(close_value::int) FROM '{deals}' WHERE deal_stage = 'Won'").fetchall()[0][0]
    assert sum(Lead.objects.filter(stage="won").values_list("amount", flat=True)) == total
    assert not Lead.objects.exclude(stage="won").exclude(amount=None).exists()
    assert Counter(Lead.objects.values_list("extra__product", flat=True))["GTX Pro"] == 1480
    assert Lead.objects.filter(company=None).count() == 1425
    assert (Company.objects.count(), Team.objects.count()) == (85, 6)
    owner = User.objects.get(username="moses.frase")
    assert (owner.role, owner.is_active, owner.has_usable_password(), owner.team.name) == (
        "ae", False, False, "Dustin Brinkmann",
    )  # fmt: skip
