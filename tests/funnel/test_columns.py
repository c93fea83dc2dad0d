"""Columns in PostgreSQL's binary formats: what is written is what is read."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import connection

from funnel.columns import EPOCH, JOURNEY, NEVER, Layout, instant, moment
from funnel.reading import LEAD, LINE, columns_of

LAYOUTS = {"journey": JOURNEY, "line": LINE, "lead": LEAD, "small": Layout({"a": "i4"}, {"b": 1})}
NUMBERS = {"i2": 2**15 - 1, "i4": 2**31 - 1, "i8": 2**63 - 1}


def some_of(kind, rng, n):
    """A column of a type: its least and greatest value, and others."""
    if kind == "?":
        return rng.integers(0, 2, n).astype(bool)
    if kind == "S3":
        return rng.choice([b"   ", b"USD", b"THB"], n)  # char(3) is padded
    most = NUMBERS[kind]
    ends = rng.choice(np.array([-most - 1, -1, 0, 1, most], kind), n)
    return np.where(rng.integers(0, 2, n) == 0, ends, rng.integers(-most - 1, most, n, dtype=kind)).astype(kind)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "layout", [JOURNEY, LINE, LEAD, Layout({"a": "i4"}, {"b": 1})], ids=["journey", "line", "lead", "small"]
)
@pytest.mark.parametrize("n", [0, 1, 700])
def test_columns_written_to_the_database_are_read_as_they_were(layout, n):
    rng = np.random.default_rng(n)
    columns = {name: some_of(kind, rng, n) for name, kind in layout.fields.items()}
    columns |= {name: rng.integers(-9, 9, (n, many)) for name, many in layout.repeats.items()}
    types = {"?": "bool", "S3": "char(3)", "i2": "int2", "i4": "int4", "i8": "int8"}
    kinds = [*(types[kind] for kind in layout.fields.values()), *("int8[]" for _ in layout.repeats)]
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE held ({', '.join(f'h{place} {kind}' for place, kind in enumerate(kinds))})")
        with cursor.copy("COPY held FROM STDIN (FORMAT binary)") as copy:
            copy.write(layout.write(columns))
    found = columns_of("SELECT * FROM held", layout)
    for name, column in columns.items():
        assert found[name].dtype == column.dtype
        assert np.array_equal(found[name], column), name


def test_times_are_the_microseconds_that_postgresql_keeps():
    at = EPOCH + timedelta(days=9_000, microseconds=1)
    assert moment(instant(at)) == at
    with pytest.raises(OverflowError):
        moment(NEVER)
