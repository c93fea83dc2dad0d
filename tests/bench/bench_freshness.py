"""How long a move takes to be in the numbers, at 200 moves a second with one worker, against two seconds."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import django

PROMISED, PER_SECOND, SECONDS = 2.0, 200, 15
ROOT = Path(__file__).resolve().parents[2]


def _worker(folder):
    command = [sys.executable, "-m", "celery", "-A", "funnel", "worker", "--beat", "--concurrency", "1"]
    command += ["--loglevel", "warning", "--schedule", str(Path(folder) / "beat")]
    return subprocess.Popen(command, cwd=ROOT, env=os.environ, start_new_session=True)


def main() -> None:
    django.setup()
    from django.db import connection

    from leads import moves
    from leads.models import Unapplied
    from tests.bench.rounds import tell
    from tests.bench.stage import clear, leads_at

    moved, counted, over = {}, {}, Event()
    leads = leads_at("mofu", PER_SECOND * SECONDS, at=datetime.now(UTC))

    def watch():
        while not over.is_set():
            known = dict(moved)
            waiting = set(Unapplied.objects.values_list("lead_id", flat=True))
            now = time.perf_counter()
            counted.update({lead: now for lead in known if lead not in waiting and lead not in counted})
            time.sleep(0.02)
        connection.close()

    with tempfile.TemporaryDirectory() as folder:
        worker = _worker(folder)
        try:
            while Unapplied.objects.exists():  # it has started, and counted how they came in
                time.sleep(0.1)
            watcher = Thread(target=watch)
            watcher.start()
            begun = time.perf_counter()
            for number, lead in enumerate(leads):
                time.sleep(max(0.0, begun + number / PER_SECOND - time.perf_counter()))
                moves.move(lead_id=lead, step="consider", by=None, at=datetime.now(UTC))
                moved[lead] = time.perf_counter()
            took = time.perf_counter() - begun
            while len(counted) < len(leads):
                time.sleep(0.1)
            over.set()
            watcher.join()
        finally:
            os.killpg(worker.pid, signal.SIGTERM)
            worker.wait()
    latencies = sorted(counted[lead] - at for lead, at in moved.items())
    p95 = latencies[int(len(latencies) * 0.95)]
    clear()
    tell(
        bench="freshness", ratio=round(p95 / PROMISED, 3), p95_s=round(p95, 3),
        median_s=round(latencies[len(latencies) // 2], 3), moves=len(leads), moves_per_s=round(len(leads) / took),
        against="two seconds from the commit of a move to the commit of its count (time ÷ time)",
    )  # fmt: skip


if __name__ == "__main__":
    main()
