"""Statements of the hot path, planned once per connection.

Planning the gate's statements costs more than running them. `plan_cache_mode=force_generic_plan` (settings) keeps the
plan of a prepared statement; everything else is left unprepared, so that it is planned for the values it is asked with.
"""

from collections.abc import Sequence

from django.db import connection
from django.db.backends.utils import CursorWrapper


def execute(cursor: CursorWrapper, statement: str, params: Sequence[object]) -> None:
    """Run a statement prepared. Raises Django's database errors."""
    with connection.wrap_database_errors:
        cursor.cursor.execute(statement, params, prepare=True)
