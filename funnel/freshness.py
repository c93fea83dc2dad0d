"""How fresh the statistics are."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils import timezone

from funnel.moment import memory, remembering

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


@dataclass(frozen=True)
class Freshness:
    """Lines of the log not counted yet, and when the oldest of them was written."""

    waiting: int
    since: datetime | None


def freshness() -> Freshness:
    """How many log lines wait to be counted now, and since when."""
    known = memory("freshness")
    if "now" not in known:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*), min(since) FROM leads_unapplied")
            known["now"] = Freshness(*cursor.fetchone())
    found: Freshness = known["now"]
    return found


@contextmanager
def one_moment() -> Iterator[datetime]:
    """A transaction in which everything is read as it was at one moment, which is given: nothing known then is later.

    Inside another transaction it is that one's, and sees what that one sees. Nothing is to be written in it.
    """
    outermost = not connection.in_atomic_block
    with transaction.atomic(), remembering():
        with connection.cursor() as cursor:
            if outermost:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SELECT 1")  # what is read from here on is what is there now
        yield timezone.now()
