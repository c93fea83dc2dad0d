"""Where in the database words are still to be found."""

from django.db import connection

# What `person` in conftest.py is known by, in one table or another.
WORDS = (
    "Xanthippe", "Oboist", "Rivalcorp", "Zitherstrasse", "xan@", "+3725550101", "visitor-77", "crm:X-77", "sotto voce",
    "con brio",
)  # fmt: skip


def dump():
    """Every row of every table of the database, as text."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(table_name) FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        tables = [name for (name,) in cursor.fetchall()]
        assert len(tables) > 15
        return {name: cursor.execute(f"SELECT row::text FROM {name} row").fetchall() for name in tables}


def left_of(words, *, besides=()):
    """Which of the words stand in which table still."""
    return {
        (table, word)
        for table, rows in dump().items() if table not in besides
        for (row,) in rows for word in words if word.lower() in row.lower()
    }  # fmt: skip
