"""The one way to delete from the append-only tables. See `models/guards.py` for the triggers that otherwise refuse."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def erasure() -> Iterator[None]:
    """A transaction in which rows of the log may be deleted or changed; afterwards they may not.

    The permission is `SET LOCAL`: it ends with the transaction. Inside an outer transaction it ends with the block:
    put back by hand on success, by the rollback to the savepoint on an error. It never reaches another connection.
    """
    with transaction.atomic():
        before = _allowed()
        _allow(True)
        yield
        _allow(before)


def _allowed() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(current_setting('leads.erasure', true), '') = 'on'")
        return bool(cursor.fetchone()[0])


def _allow(allowed: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL leads.erasure = '{'on' if allowed else 'off'}'")
