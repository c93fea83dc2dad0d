"""A real ticket log as leads that come back again and again, against DuckDB's and pandas' own count over the file.

What stands for what: a ticket is inserted (3: ToFu), enriched (2: MoFu; 4: BoFu), assessed (1: MQL), taken in charge
(8: SAL), waits for its customer (9, 5: SQL), is resolved (6: won) or given up (7: lost). So whatever is taken in charge
again after it waited or was resolved steps back, and opens the next cycle: 3,804 tickets pass 4,518 times.
"""

from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pytest
from django.db import connection

from funnel import cohorts, flow, generations, journeys
from funnel.buckets import QUANTILE_ERROR
from funnel.questions import Question
from funnel.rebuild import rebuild
from funnel.verify import verify
from leads.models import Lead, Stage, StageChange
from tests.funnel.conftest import COUNTED
from tests.leads.importing import importing, mapping, shared

pytestmark = pytest.mark.django_db
MEANT = {3: "tofu", 2: "mofu", 4: "bofu", 1: "mql", 8: "sal", 9: "sql", 5: "sql", 6: "won", 7: "lost"}
HISTORY = {
    "kind": "file", "file": "helpdesk.csv", "key": "CaseID", "stage": "ActivityID", "from": "CompleteTimestamp",
    "stages": {str(activity): stage for activity, stage in MEANT.items()},
}  # fmt: skip
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
MIDWAY = datetime(2012, 3, 15, 10, 30, tzinfo=UTC)
ZONES = ("UTC", "Asia/Bangkok", "America/New_York")
SPRING, AUTUMN = date(2012, 3, 11), date(2011, 11, 6)  # New York's days of 23 and of 25 hours
RANKS = {stage: stage.rank for stage in Stage}
PASSES = f"""
    WITH event AS (
        SELECT CaseID AS lead, CompleteTimestamp AS happened, map({list(MEANT)},
            {[Stage(stage).rank for stage in MEANT.values()]})[ActivityID] AS place FROM read_csv('$file')
    ), entered AS (
        SELECT *, lag(place) OVER (PARTITION BY lead ORDER BY happened, place) AS before FROM event
        QUALIFY before IS NULL OR before <> place
    ), numbered AS (
        SELECT *, sum((before IS NULL OR before >= 7 OR place < before)::int) OVER (
            PARTITION BY lead ORDER BY happened, place ROWS UNBOUNDED PRECEDING) AS cycle FROM entered
    )
    SELECT lead, cycle, min(happened) AS tofu, min(happened) FILTER (place = 8) AS lost,
        {", ".join(f"min(happened) FILTER (place BETWEEN {RANKS[one]} AND 7) AS {one}" for one in list(Stage)[1:7])},
        {", ".join(f"NOT bool_or(place = {rank}) AS passed_{one}" for one, rank in RANKS.items())}
    FROM numbered GROUP BY ALL ORDER BY ALL
"""


@pytest.fixture(scope="module")
def tickets(django_db_setup, django_db_blocker, tmp_path_factory):
    """The file, imported as a history and counted once for all tests of this module, and gone after them."""
    path, folder = shared("event_logs/helpdesk.csv"), tmp_path_factory.mktemp("helpdesk")
    (folder / "helpdesk.csv").write_text(path.read_text())
    cases = duckdb.sql(f"SELECT DISTINCT CaseID FROM read_csv('{path}') ORDER BY 1").fetchall()
    text = "id,name,source\n" + "".join(f"{case},Ticket {case},\n" for (case,) in cases)
    with django_db_blocker.unblock():
        assert importing(folder, text, mapping(name="helpdesk", history=HISTORY)).counts == {"created": len(cases)}
        journeys.apply_waiting()
    yield path
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE leads_lead, leads_company, leads_user, leads_team, {COUNTED} CASCADE")


@pytest.fixture(scope="module")
def passes(tickets):
    """A row per cycle, worked out from the file by DuckDB: when it came to each stage or beyond, UTC."""
    found = duckdb.sql(PASSES.replace("$file", str(tickets))).df()
    for stage in Stage:
        found[stage] = found[stage].dt.tz_localize("UTC")
    return found


def days_in(zone, times):
    return times.dt.tz_convert(zone).dt.date


def told(cohort):
    return (cohort.entered, cohort.mature, *((one.rate.hits, one.rate.n) for one in cohort.conversions))


def counted(part, entry, window, at, zone="UTC"):
    """The same from the recounted cycles that entered; a day's are mature together, once the day lies so far back."""
    part = part[part[entry] <= at]
    mature = part[days_in(zone, part[entry]) < (at - window).astimezone(ZoneInfo(zone)).date()]
    later = [stage for stage in Stage if entry.rank < stage.rank < 8]
    hits = [int((mature[stage] - mature[entry] <= window).sum()) for stage in later]
    return (len(part), len(mature), *((n, len(mature)) for n in hits))


def test_the_file_is_in_the_log_and_statistics_equal_it(tickets, passes):
    assert Lead.objects.count() == passes["lead"].nunique() == 3804
    assert StageChange.objects.filter(cycle__gt=1).exists()
    assert passes["cycle"].max() > 5
    assert verify(at=NOW).differences == []


@pytest.mark.parametrize("entry", [Stage.TOFU, Stage.MQL, Stage.SAL, Stage.SQL])
@pytest.mark.parametrize("at", [MIDWAY, NOW])
def test_cohorts_of_several_windows_equal_the_recount(passes, entry, at):
    windows = [timedelta(days=days) for days in (1, 7, 14, 20, 30, 90)]  # of 20 days there is no rollup
    found = cohorts.report(Question(at=at, entry=entry, window=windows[0]), windows)
    assert [told(one.total) for one in found] == [counted(passes, entry, window, at) for window in windows]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("grain", ["day", "month"])
def test_cohorts_by_day_and_month_are_those_of_the_organisations_zone(passes, settings, zone, grain):
    settings.TIME_ZONE = zone
    rebuild()
    window, entered = timedelta(days=7), passes[passes["mql"] <= MIDWAY]
    span = days_in(zone, entered["mql"])
    span = span if grain == "day" else span.map(lambda day: day.replace(day=1))
    found = cohorts.groups(Question(at=MIDWAY, entry=Stage.MQL, window=window, grain=grain))
    wanted = {day: counted(part, Stage.MQL, window, MIDWAY, zone) for day, part in entered.groupby(span)}
    assert {one.span: told(one) for one in found} == wanted


def flows(passes, zone, start, end):
    """Per stage how many cycles came to it or passed it on these days, and how many only passed it."""
    found = {}
    for stage in Stage:
        day = days_in(zone, passes[stage])
        inside = passes[passes[stage].notna() & (day >= start) & (day <= end)]
        found[stage] = (len(inside), int(inside[f"passed_{stage}"].sum()))
    return found


@pytest.mark.parametrize("zone", ZONES)
def test_flow_by_month_and_over_the_days_clocks_change_equals_the_recount(passes, settings, zone):
    settings.TIME_ZONE = zone
    rebuild()
    assert generations.to_read() is not None
    firsts = sorted({day.replace(day=1) for day in days_in(zone, passes["tofu"])})
    months = [(first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)) for first in firsts]
    around = [(day + timedelta(days=n),) * 2 for day in (SPRING, AUTUMN) for n in (-1, 0, 1)]
    for start, end in months + around:
        [found] = flow.flow(Question(at=NOW, start=start, end=end))
        assert {one.stage: (one.n, one.implied) for one in found.entries} == flows(passes, zone, start, end)


def test_days_differ_between_the_zones(passes):
    """So that the tests above cannot pass with days that are cut elsewhere."""
    counts = [days_in(zone, passes["tofu"]).value_counts().to_dict() for zone in ZONES]
    assert all(one != other for one, other in combinations(counts, 2))


STANDS = """
    SELECT rank, count(*) FROM (
        SELECT arg_max(map($from, $to)[ActivityID], (CompleteTimestamp, map($from, $to)[ActivityID])) AS rank
        FROM read_csv('$file') WHERE CompleteTimestamp <= '$at' GROUP BY CaseID) GROUP BY rank
"""


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", [date(2010, 6, 30), AUTUMN, SPRING, date(2012, 9, 30)])
def test_a_snapshot_equals_the_newest_event_of_each_ticket(tickets, settings, zone, day):
    settings.TIME_ZONE = zone
    rebuild()
    question = Question(at=NOW, end=day)
    at = flow.snapshot_at(question)
    ranks = [Stage(stage).rank for stage in MEANT.values()]
    query = STANDS.replace("$from", str(list(MEANT))).replace("$to", str(ranks)).replace("$file", str(tickets))
    standing = dict(duckdb.sql(query.replace("$at", f"{at:%Y-%m-%d %H:%M:%S.%f}")).fetchall())
    [found] = flow.snapshot(question, at=at)
    assert {one.stage.rank: one.n for one in found.entries if one.n} == standing


@pytest.mark.parametrize("days", [7, 90])
def test_medians_are_as_near_as_the_histogram_says(passes, days):
    window = timedelta(days=days)
    cohort = cohorts.total(Question(at=NOW, entry=Stage.MQL, window=window))
    compared = 0
    for one in cohort.conversions:
        stood = passes[~passes[f"passed_{one.stage}"]]
        took = np.sort((stood[one.stage] - stood["mql"]).dropna().dt.total_seconds() / 86_400)
        took = took[took <= days]
        for share, figure in ((0.5, one.median), (0.9, one.p90)):
            true = took[int(np.ceil(share * len(took))) - 1]
            assert abs(figure.value - true) <= max(QUANTILE_ERROR * true, 1 / 24), one.stage
            compared += 1
    assert compared == 6
