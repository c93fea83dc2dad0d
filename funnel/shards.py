"""How work is cut by lead, and the locks that keep two workers off the same leads, or the same rollups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterable

SHARDS = 16
SPAN = 16_384
"""A shard holds every sixteenth span of this many leads, so that a chunk of columns lies in one shard."""
SHARD = f"(lead_id / {SPAN} %% {SHARDS})"
"""The shard of a lead, in SQL with parameters."""
_SPACE = 0x4C46  # first key of the advisory locks, so that they meet no other program's
_ROLLUPS = SHARDS


def try_to_hold(wanted: Iterable[int], *, at_most: int) -> list[int]:
    """Keep others off some of these shards until the transaction ends; returns those that nobody else is at."""
    held: list[int] = []
    with connection.cursor() as cursor:
        for shard in wanted:
            if len(held) < at_most:
                cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_SPACE, shard])
                held += [shard] if cursor.fetchone()[0] else []
    return held


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
