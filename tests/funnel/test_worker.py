"""A real worker, killed and starved: whatever happens to it or to Redis, every line is counted once."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
import redis
from django.conf import settings
from django.db import connection, transaction

from funnel.models import Journey
from funnel.verify import verify
from leads import moves
from leads.models import Unapplied
from tests.factories import make_lead

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db(transaction=True)


def eventually(holds, seconds=60):
    """Wait until `holds()` is true; fails when it takes longer."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.1)


@contextmanager
def worker(tmp_path, *, beat=True):
    """A Celery worker on the test's database and broker, in a process group of its own."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    address = urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}"))
    command = [sys.executable, "-m", "celery", "-A", "funnel", "worker", "--concurrency", "1", "--loglevel", "warning"]
    command += ["--beat", "--schedule", str(tmp_path / "beat")] if beat else []
    log = (tmp_path / "worker.log").open("a")
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "DATABASE_URL": address}, stdout=log, stderr=log, start_new_session=True
    )
    try:
        yield process
    finally:
        kill(process)
        log.close()


def kill(process):
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
def broker():
    """The broker, empty."""
    client = redis.Redis.from_url(settings.CELERY_BROKER_URL)
    try:
        client.ping()
    except redis.ConnectionError:
        pytest.skip("no broker: run the tests with ./run test, which starts one")
    client.flushall()
    return client


@pytest.fixture
def work(mia, now):
    """Forty leads and eighty lines that wait to be counted."""
    leads = [make_lead("mofu") for _ in range(40)]
    moves.move_many(lead_ids=[lead.pk for lead in leads], step="consider", by=mia, at=now)


def blocked():
    """Whether some statement waits for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0] > 0


def test_a_worker_killed_while_deriving_counts_everything_once_after_its_restart(broker, work, tmp_path):
    with worker(tmp_path) as first, transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE funnel_journey IN SHARE MODE")
        eventually(blocked)
        kill(first)
    assert Unapplied.objects.count() == 80
    assert not Journey.objects.exists()
    with worker(tmp_path):
        eventually(lambda: not Unapplied.objects.exists())
    assert Journey.objects.filter(bofu_at__isnull=False).count() == 40
    assert verify().differences == []


def test_losing_all_of_redis_loses_nothing(broker, work, tmp_path):
    from funnel.tasks import apply_changes

    for _ in range(20):
        apply_changes.delay()
    broker.flushall()
    assert broker.dbsize() == 0
    with worker(tmp_path):
        eventually(lambda: not Unapplied.objects.exists())
    assert verify().differences == []


def test_moves_need_no_broker_at_all(mia, now, settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    lead = make_lead("mofu")
    assert moves.move(lead_id=lead.pk, step="consider", by=mia, at=now).to_stage == "bofu"
    assert Unapplied.objects.count() == 2
