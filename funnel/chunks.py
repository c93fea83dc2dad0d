"""Journeys by column: the same rows as packed NumPy arrays, a chunk per 16,384 leads, for what no rollup covers.

A chunk is written from the journeys now and then; leads that changed since are marked `Stale` by the transaction that
changed them, and are read from the journeys instead. So what is read is always exactly the journeys.
"""

from __future__ import annotations

from itertools import batched
from typing import TYPE_CHECKING

import numpy as np
from django.db import connection, transaction

from funnel.columns import JOURNEY, TIMES, Column, Columns, key, take
from funnel.packed import packed, unpacked
from funnel.reading import Leads, binary, journeys_of
from funnel.shards import SHARDS, SPAN, try_to_hold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

KINDS = {
    **{name: kind for name, kind in JOURNEY.fields.items() if name != "entry"},
    **{f"{name}{rank}": "i8" for name in ("owner", "team") for rank in range(1, 8)},
}
"""Column → NumPy type. owner1 to owner7 and team1 to team7 are those at the entry of the stage of that rank."""
NAMES = tuple(KINDS)


def flat(journeys: Columns) -> Columns:
    """Journeys with a column per rank for owners and teams."""
    found = {name: journeys[name] for name in JOURNEY.fields if name in KINDS}
    for rank in range(1, 8):
        found[f"owner{rank}"], found[f"team{rank}"] = journeys["owners"][:, rank - 1], journeys["teams"][:, rank - 1]
    return found


_WRITE = """
    INSERT INTO funnel_chunk (number, name, data) SELECT %s, * FROM unnest(%b::text[], %b::bytea[])
    ON CONFLICT (number, name) DO UPDATE SET data = EXCLUDED.data
"""


def write(number: int) -> None:
    """Write a chunk from the journeys of its leads. The caller holds its shard."""
    leads = Leads(first=number * SPAN, over=(number + 1) * SPAN)
    found = journeys_of(leads)
    found = flat(take(found, np.argsort(key(found), kind="stable")))
    data = [packed(found[name], is_time=name in TIMES) for name in NAMES]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [number, list(NAMES), data])
        cursor.execute(f"DELETE FROM funnel_stale WHERE {leads.where('lead_id')}")


def write_stale(*, budget: int) -> int:
    """Write the chunks with the most stale leads anew, `budget` of them at the most; returns how many were written."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT lead_id / {SPAN} FROM funnel_stale GROUP BY 1 ORDER BY count(*) DESC LIMIT %s", [budget]
        )
        numbers = [number for (number,) in cursor.fetchall()]
    return sum(_write_alone(number) for number in numbers)


def _write_alone(number: int) -> bool:
    with transaction.atomic():
        if not try_to_hold([number % SHARDS], at_most=1):
            return False
        write(number)
    return True


_READ = "SELECT name, data FROM funnel_chunk WHERE number = ANY(%s) AND name = ANY(%s) ORDER BY number"
AT_ONCE = 16


def read(names: Iterable[str]) -> Iterator[Columns]:
    """These columns of all journeys, part by part, each by lead and cycle; others may come along.

    Each lead is in one part, as it was at one moment of the reading.
    """
    stale = stale_leads()
    wanted = sorted({*names, "lead"} if len(stale) else {*names})
    for some in batched(numbers(), AT_ONCE):
        for part in parts(list(some), wanted):
            yield take(part, ~np.isin(part["lead"], stale)) if len(stale) else part
    if len(stale):
        yield _from_journeys(stale, wanted)


def numbers() -> list[int]:
    """The chunks there are, ascending."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM funnel_chunk WHERE name = 'lead' ORDER BY 1")
        return [number for (number,) in cursor.fetchall()]


def parts(numbers: list[int], wanted: list[str]) -> Iterator[Columns]:
    """Chunks with their columns; as many rows a chunk as columns are wanted."""
    with connection.cursor() as cursor:
        found = binary(cursor, _READ, [numbers, wanted])
    for some in batched(found, len(wanted)):
        yield {name: unpacked(data, KINDS[name]) for name, data in some}


def _from_journeys(stale: Column, wanted: Sequence[str]) -> Columns:
    found = journeys_of(Leads(stale.tolist()))
    found = flat(take(found, np.argsort(key(found), kind="stable")))
    return {name: found[name] for name in wanted}


def stale_leads() -> Column:
    """Leads whose journeys are not those in the chunks, ascending."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(array_agg(lead_id ORDER BY lead_id), '{}') FROM funnel_stale")
        return np.array(cursor.fetchone()[0], np.int64)
