"""Takes the demo away again, and nothing else.

What is demo: the flagged rows of `FLAGGED`, and every row that could not live without one of them (its foreign key
cascades): log lines, touches, identities, journeys … The foreign keys are read from the models, so that a table added
later is cleared too.

Real data that leans on a demo row (a real lead owned by a demo person, a log line they wrote on one) is a reason to
refuse: a log line cannot be given to somebody else, and leaving it nameless would rewrite history.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import connection, models

from funnel import journeys, shards
from funnel.demo.seeding import DemoRefused
from funnel.reading import Leads
from leads.erasure import erasure
from leads.models import Asset, Company, Lead, Team, User

if TYPE_CHECKING:
    from collections.abc import Iterator

type Table = type[models.Model]
type Key = models.ForeignKey[Any, Any]

# In the order they can go: each may refer to those after it.
FLAGGED: tuple[Table, ...] = (Lead, Company, Asset, User, Team)


def remove() -> dict[str, int]:
    """Delete all demo rows in one transaction; returns how many, by table.

    Raises DemoRefused when real rows lean on them.
    """
    with erasure():
        shards.hold_all()
        _run("SELECT FROM leads_lead WHERE is_demo ORDER BY id FOR UPDATE")
        leaning = [f"{count} {table._meta.verbose_name_plural} ({key.name})" for table, key, count in _leaning()]
        if leaning:
            raise DemoRefused(
                f"Real rows refer to demo rows, so nothing was removed: {', '.join(leaning)}. "
                "Give them to somebody else, or delete them first."
            )
        journeys.forget(Leads(list(Lead.objects.filter(is_demo=True).values_list("pk", flat=True))))
        for key in _keys(models.SET_NULL):
            _run(f'UPDATE {_name(key.model)} SET "{key.column}" = NULL WHERE {_points_at_demo(key)}')
        gone = {}
        for table in _doomed_tables():
            gone[table._meta.db_table] = _run(f"DELETE FROM {_name(table)} WHERE {_is_demo(table)}")
    return {table: count for table, count in gone.items() if count}


def _run(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.rowcount)


def _name(table: Table) -> str:
    return f'"{table._meta.db_table}"'


def _keys(*on_delete: Any) -> Iterator[Key]:
    """The foreign keys that point from any table at a flagged one and do this on deletion."""
    for table in apps.get_models(include_auto_created=True):
        for key in table._meta.local_fields:
            if isinstance(key, models.ForeignKey) and _does(key) in on_delete and key.related_model in FLAGGED:
                yield key


def _does(key: Any) -> Any:
    """What the key does when the row it points at is deleted."""
    return key.remote_field.on_delete


def _points_at_demo(key: Key) -> str:
    target: Any = key.related_model
    return f'"{key.column}" IN (SELECT "{key.target_field.column}" FROM {_name(target)} WHERE {_is_demo(target)})'


@cache
def _is_demo(table: Table) -> str:
    """The SQL condition under which a row of the table belongs to the demo; FALSE where none can."""
    if table in FLAGGED:
        return f"{_name(table)}.is_demo"
    parents = [key for key in _cascading(table) if _is_demo(key.related_model) != "FALSE"]
    return " OR ".join(_points_at_demo(key) for key in parents) or "FALSE"


def _cascading(table: Table) -> list[Any]:
    return [
        key
        for key in table._meta.local_fields
        if isinstance(key, models.ForeignKey) and _does(key) is models.CASCADE and key.related_model is not table
    ]


def _doomed_tables() -> list[Table]:
    """Every table that can hold demo rows, dependents before what they depend on."""
    dependents = [
        table
        for table in apps.get_models(include_auto_created=True)
        if table not in FLAGGED and _is_demo(table) != "FALSE"
    ]
    dependents.sort(key=_depth, reverse=True)
    return [*dependents, *FLAGGED]


def _depth(table: Table) -> int:
    """How many cascades away from a flagged row."""
    if table in FLAGGED:
        return 0
    return 1 + max((_depth(key.related_model) for key in _cascading(table)), default=0)


def _leaning() -> Iterator[tuple[Table, Key, int]]:
    """The real rows whose foreign key protects a demo row: table, key, how many."""
    for key in _keys(models.PROTECT, models.RESTRICT):
        where = f"{_points_at_demo(key)} AND NOT ({_is_demo(key.model)})"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {_name(key.model)} WHERE {where}")
            count = int(cursor.fetchone()[0])
        if count:
            yield key.model, key, count
