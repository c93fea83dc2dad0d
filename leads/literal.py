"""Queries planned for the values they are asked with.

The connection plans every statement before its values are known, as the gate's hot path wants it. A list is another
thing: whether an index is worth walking depends on how rare the value is, so its values are written into the statement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet
from django.db import connection

if TYPE_CHECKING:
    from django.db.models import QuerySet


def sql_of(rows: QuerySet[Any, Any]) -> str:
    """The query with its values in it; '' where it is plain without asking that it gives no row."""
    try:
        sql, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return ""
    return str(connection.ops.compose_sql(sql, params))  # type: ignore[attr-defined]


def rows_of(sql: str) -> list[tuple[Any, ...]]:
    """What the query gives; nothing for ''."""
    if not sql:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
