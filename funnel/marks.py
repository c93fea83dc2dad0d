"""Which values of which dimensions changed journeys have, so that answers about others can be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from django.db import connection

from funnel import dimensions
from funnel.columns import TEXTS, Column, Columns

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOUCH = """
    WITH next AS (
        INSERT INTO funnel_touched (dimension, value, changes) VALUES ('', 0, 1)
        ON CONFLICT (dimension, value) DO UPDATE SET changes = funnel_touched.changes + 1 RETURNING changes)
    INSERT INTO funnel_touched (dimension, value, changes)
    SELECT dimension, value, changes FROM unnest(%s::text[], %s::bigint[]) AS mark(dimension, value), next
    ON CONFLICT (dimension, value) DO UPDATE SET changes = EXCLUDED.changes
"""


def touch(*changed: Columns) -> None:
    """Mark what these journeys have, in the transaction that changes them. The caller holds the rollups' lock."""
    names, values = [], []
    for name, found in _values(changed):
        distinct = np.unique(found).tolist()
        names += [name] * len(distinct)
        values += distinct
    with connection.cursor() as cursor:
        cursor.execute(_TOUCH, [names, values])


def _values(changed: tuple[Columns, ...]) -> Iterator[tuple[str, Column]]:
    for name in (*TEXTS, "asset", "cycle"):
        yield name, np.concatenate([part[name].astype(np.int64) for part in changed])
    for name in dimensions.PEOPLE:
        yield name, np.concatenate([part[f"{name}s"].ravel() for part in changed])
    yield "round", np.concatenate([dimensions.of("round", part, 1) for part in changed])
