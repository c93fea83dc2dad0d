"""The funnel of the B2B sales data, against DuckDB's own count over the files."""

import json
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import duckdb
import pytest
from django.core.management import call_command

from funnel.questions import Question
from funnel.report import funnel_report
from funnel.verify import verify
from leads.models import Stage

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
KEYS = {"owner": "d.sales_agent", "team": "t.manager", "industry": "replace(a.sector, 'technolgy', 'technology')"}


def rows(deals, select, where="true"):
    query = f"""
        SELECT {select} FROM read_csv('{deals}', all_varchar = true) d
        LEFT JOIN read_csv('{deals.parent}/accounts.csv', all_varchar = true) a USING (account)
        LEFT JOIN read_csv('{deals.parent}/sales_teams.csv', all_varchar = true) t USING (sales_agent)
        WHERE {where} GROUP BY ALL
    """
    return duckdb.sql(query).fetchall()


def cohort(deals, key, days, where="true"):
    """group → (hits, n) of engaged deals won within the days, as DuckDB counts them."""
    won = f"deal_stage = 'Won' AND close_date::date - engage_date::date <= {days}"
    counted = rows(deals, f"{key}, count(*) FILTER ({won}), count(*)", f"engage_date IS NOT NULL AND {where}")
    return {name or "(none)": (hits, n) for name, hits, n in counted}


@pytest.mark.parametrize("by", KEYS)
@pytest.mark.parametrize("days", [14, 90])
def test_conversion_by_owner_team_and_sector_equals_the_recount(deals, by, days):
    report = funnel_report(Question(at=NOW, entry=Stage.SQL, window=timedelta(days=days), by=by))
    ours = {one.label: (one.conversions[-1].rate.hits, one.conversions[-1].rate.n) for one in report.cohorts}
    assert {name: counts for name, counts in ours.items() if counts[1]} == cohort(deals, KEYS[by], days)


def test_a_quarters_cohort_and_flow_equal_the_recount(deals):
    start, end = date(2017, 4, 1), date(2017, 6, 30)
    report = funnel_report(Question(at=NOW, entry=Stage.SQL, start=start, end=end))
    [(hits, n)] = cohort(deals, "'all'", 90, f"engage_date::date BETWEEN '{start}' AND '{end}'").values()
    assert (report.cohort.conversions[-1].rate.hits, report.cohort.conversions[-1].rate.n) == (hits, n)
    closed = dict(rows(deals, "deal_stage, count(*)", f"close_date::date BETWEEN '{start}' AND '{end}'"))
    assert (report.flow.of(Stage.WON), report.flow.of(Stage.LOST)) == (closed["Won"], closed["Lost"])


def test_a_snapshot_of_a_past_day_equals_the_recount(deals):
    day = date(2017, 6, 30)
    report = funnel_report(Question(at=NOW, end=day))
    [(won, lost, open_)] = rows(
        deals,
        f"count(*) FILTER (deal_stage = 'Won' AND close_date <= '{day}'),"
        f" count(*) FILTER (deal_stage = 'Lost' AND close_date <= '{day}'),"
        f" count(*) FILTER (engage_date <= '{day}' AND (close_date IS NULL OR close_date > '{day}'))",
    )
    assert [report.snapshot.of(stage) for stage in (Stage.SQL, Stage.WON, Stage.LOST)] == [open_, won, lost]


def test_rows_without_a_date_stand_in_the_snapshot_and_in_no_cohort(deals):
    soon = datetime.now(UTC) + timedelta(minutes=1)
    report = funnel_report(Question(at=soon, entry=Stage.SAL))
    assert (report.cohort.undated, report.cohort.entered) == (500, 8300)
    assert report.snapshot.of(Stage.SAL) == 500
    assert report.flow.of(Stage.SAL) == 8300


def test_the_command_prints_the_same_numbers_and_statistics_equal_the_log(deals):
    out = StringIO()
    call_command("report", "funnel", "--json", "--entry", "sql", "--by", "owner", "--window", "90", stdout=out)
    told = json.loads(out.getvalue())
    counted = cohort(deals, "d.sales_agent", 90)
    won = {one["label"]: one["conversions"][-1] for one in told["cohorts"]}
    assert {name: (one["hits"], one["n"]) for name, one in won.items() if one["n"]} == counted
    assert told["snapshot"]["stages"]["won"] == 4238
    assert told["snapshot"]["stages"]["lost"] == 2473
    assert verify().differences == []
