"""Indexes set aside while a table is filled, and made again as they were."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# An index that serves a constraint goes and comes with it. One that a foreign key of another table leans on must stay.
_INDEXES = """
    SELECT index.relname, owner.relname, pg_get_indexdef(index.oid), made.conname, pg_get_constraintdef(made.oid)
    FROM pg_index JOIN pg_class index ON index.oid = indexrelid JOIN pg_class owner ON owner.oid = indrelid
    LEFT JOIN pg_constraint made ON made.conindid = indexrelid AND made.conrelid = indrelid
        AND made.contype IN ('p', 'u', 'x')
    WHERE indrelid = ANY(%s::regclass[]) AND NOT EXISTS (
        SELECT FROM pg_constraint leaning WHERE leaning.contype = 'f' AND leaning.conindid = indexrelid)
    ORDER BY index.relname
"""


@contextmanager
def rebuilt_afterwards(tables: Sequence[str], *, unless_larger_than: int) -> Iterator[None]:
    """Drop the indexes of these tables and make them again; leave them where the first table has more rows already.

    Must run in a transaction: if anything fails, its end brings the indexes back.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM (SELECT FROM {tables[0]} LIMIT %s) row", [unless_larger_than + 1])
        if cursor.fetchone()[0] > unless_larger_than:
            yield
            return
        cursor.execute(_INDEXES, [list(tables)])
        found = cursor.fetchall()
        for index, table, _, constraint, _ in found:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}" if constraint else f"DROP INDEX {index}")
        yield
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        for _, table, definition, constraint, rule in found:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {rule}" if constraint else definition)
