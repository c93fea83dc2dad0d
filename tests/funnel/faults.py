"""Ways a worker can fail, and leads few enough to fail at every place."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from unittest.mock import patch

import psycopg
from django.db import connection

from funnel import chunks, generations, journeys, kept, rebuild, shards, verify_rows, verify_stores

EVERYTHING = (
    "leads_lead, leads_merge, leads_erasure, leads_suppression, funnel_term, funnel_rebuild, funnel_touched,"
    " funnel_journey, funnel_rollup, funnel_chunk, funnel_stale"
)


class Crash(Exception):
    """The worker is gone; what it had not committed is too."""


@contextmanager
def crashing_at(number):
    """Let the statement of this number, from 1 on, be the one a worker dies at; prepared ones and COPY count too."""
    statement = count(1)

    def counting(method):
        def run(cursor, query, *args, **options):
            if next(statement) == number:
                raise Crash(query)
            return method(cursor, query, *args, **options)

        return run

    Cursor = psycopg.Cursor
    with patch.multiple(Cursor, execute=counting(Cursor.execute), copy=counting(Cursor.copy)):
        yield


def crashing_after(blocks):
    """What a rebuild tells its progress to, and dies when it has told this often."""
    told = count(1)

    def tell(done, total):
        if next(told) == blocks:
            raise Crash(f"{done} of {total}")

    return tell


def small_pieces(monkeypatch, *, span=4, block=8):
    """Cut shards, chunks and the blocks of a rebuild so small that a few leads make several of each."""
    was = f"lead_id / {shards.SPAN} "
    assert was in shards.SHARD
    assert was in journeys._CLAIM
    for module, name in ((shards, "SHARD"), (journeys, "_CLAIM")):
        monkeypatch.setattr(module, name, getattr(module, name).replace(was, f"lead_id / {span} "))
    for module in (shards, chunks, verify_rows, verify_stores):
        monkeypatch.setattr(module, "SPAN", span)
    for module in (generations, rebuild):
        monkeypatch.setattr(module, "BLOCK", block)


def begin_anew():
    """Forget all leads and statistics; numbers of leads begin at 1 again."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {EVERYTHING} RESTART IDENTITY CASCADE")
    kept._answers.clear()


@contextmanager
def meanwhile(work):
    """Do some work in a thread with a connection of its own; what it raises is raised here in the end."""

    def run():
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(run)
        yield done
        done.result(timeout=60)
