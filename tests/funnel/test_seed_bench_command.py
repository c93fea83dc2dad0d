"""The command seed_bench: all or nothing, the same for a seed, and what the benchmarks build on it."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from funnel import rebuild
from funnel.bulk import seeding
from funnel.verify import verify
from leads.models import Identity, Lead, StageChange, Unapplied
from leads.models.company import Company
from tests.bench import scale
from tests.conftest import NOW

pytestmark = pytest.mark.django_db
LOG = """
    SELECT md5(string_agg(row::text, '|' ORDER BY lead_id, sequence)) FROM (
        SELECT lead_id - (SELECT min(id) FROM leads_lead) AS lead_id, sequence, cycle, step, from_stage, to_stage,
            occurred_at, recorded_at, timing, voids, note, origin, entry, changed - 'owner_id' AS changed
        FROM leads_stagechange) row
"""
CATALOG = """
    SELECT indexdef FROM pg_indexes WHERE tablename LIKE 'leads_%%'
    UNION ALL SELECT conname || pg_get_constraintdef(oid) FROM pg_constraint WHERE conname LIKE '%%lead%%' ORDER BY 1
"""


def run(*arguments, leads=2_000):
    out = StringIO()
    call_command("seed_bench", f"--leads={leads}", f"--at={NOW.isoformat()}", *arguments, stdout=out)
    return out.getvalue()


def fetched(query):
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def test_the_same_seed_gives_the_same_log_and_the_catalog_stays(transactional_db):
    catalog, logs = fetched(CATALOG), []
    for number in ("1", "1", "2"):
        run("--seed", number, leads=300)
        logs.append(fetched(LOG))
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE leads_lead CASCADE")
    assert logs[0] == logs[1] != logs[2]
    assert fetched(CATALOG) == catalog


def test_leads_that_are_there_are_added_to_only_when_asked():
    assert "300 leads, " in run(leads=300)
    with pytest.raises(CommandError, match="--append"):
        run(leads=300)
    run("--append", "--unapplied", "--identities", leads=200)
    assert (Lead.objects.count(), Identity.objects.count(), Company.objects.count()) == (500, 200, 20_000)
    assert Unapplied.objects.count() == StageChange.objects.filter(lead__identities__isnull=False).count()


def test_a_failure_leaves_nothing_behind(transactional_db, monkeypatch):
    catalog = fetched(CATALOG)
    monkeypatch.setattr(seeding, "_send", lambda encoded: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(leads=300)
    assert fetched(CATALOG) == catalog
    assert not Company.objects.exists()


def test_a_role_that_may_not_silence_triggers_is_told_so():
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE bench_nobody")
        cursor.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO bench_nobody")
        cursor.execute("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO bench_nobody")
        cursor.execute("SET LOCAL ROLE bench_nobody")
    with pytest.raises(CommandError, match="superuser"):
        run(leads=300)


@pytest.mark.parametrize("checked", [True, False])
def test_lines_copied_into_the_log_are_the_next_ones(transactional_db, checked):
    run(leads=300)
    lines = StageChange.objects.count()
    moved, rate = scale.copy_into_log(40, at=NOW + timedelta(days=1), checked=checked)
    assert rate > 0
    assert StageChange.objects.filter(recorded_at__gt=NOW).values_list("lead", "sequence").count() == 40
    assert set(moved) == set(StageChange.objects.filter(recorded_at__gt=NOW).values_list("lead", "sequence"))
    assert StageChange.objects.count() == lines + 40
    rebuild.rebuild()
    assert verify(at=NOW + timedelta(days=2), reports=False).differences == []
    with pytest.raises(ValueError, match="in marketing"):
        scale.copy_into_log(400, at=NOW, checked=checked)


@pytest.mark.parametrize("size", ["", "5", "m", "5g", "-1k"])
def test_a_size_is_a_number_with_a_unit(size):
    with pytest.raises(ValueError, match="not a size"):
        scale.leads_of(size)
