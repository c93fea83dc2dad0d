"""How work is cut by lead, and the locks that keep two workers off the same leads, or the same rollups."""

from __future__ import annotations

from django.db import connection

SHARDS = 16
SPAN = 16_384
"""A shard holds every sixteenth span of this many leads, so that a chunk of columns lies in one shard."""
SHARD = f"(lead_id / {SPAN} %% {SHARDS})"
"""The shard of a lead, in SQL with parameters."""
_SPACE = 0x4C46  # first key of the advisory locks, so that they meet no other program's
_ROLLUPS = SHARDS


def try_to_hold(shard: int) -> bool:
    """Keep others off a shard until the transaction ends; False when somebody is at it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_SPACE, shard])
        return bool(cursor.fetchone()[0])


def hold_all() -> None:
    """Wait for the workers to finish, and keep them out until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, shard) FROM generate_series(0, %s) AS shard", [_SPACE, SHARDS - 1]
        )


def hold_rollups() -> None:
    """Wait for whoever writes rollups, and keep others out until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_SPACE, _ROLLUPS])
