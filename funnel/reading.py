"""The log, the leads and the journeys of some leads, read as columns."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from django.db import connection

from funnel.columns import JOURNEY, STAGES, STEPS, TEXTS, TIMES, Columns, Layout, take

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.backends.utils import CursorWrapper

LINE = Layout({
    "lead": "i8", "sequence": "i4", "cycle": "i2", "step": "i2", "rank": "i2", "at": "i8", "timing": "i2",
    "voids": "i4", "owner": "i8", "team": "i8", "reason": "i8", "entry": "i8", "cents": "i8", "currency": "S3",
})  # fmt: skip
LEAD = Layout({"lead": "i8", "cents": "i8", "currency": "S3", "counts": "?"})


def _words(words: Iterable[str]) -> str:
    return "ARRAY[" + ",".join(f"'{word}'" for word in words) + "]"


_LINES = f"""
    SELECT lead_id, sequence, cycle, (COALESCE(array_position({_words(STEPS)}, step::text), 1) - 1)::int2,
        array_position({_words(STAGES)}, to_stage::text)::int2, occurred_at,
        (CASE timing WHEN 'exact' THEN 0 WHEN 'assumed' THEN 1 ELSE 2 END)::int2, COALESCE(voids, 0),
        COALESCE(owner_id, 0), COALESCE(team_id, 0), COALESCE(reason_id, 0),
        CASE WHEN entry IS NULL THEN 0 ELSE jsonb_hash_extended(entry, 0) END,
        CASE WHEN entry IS NULL THEN -1 ELSE COALESCE((changed -> 'amount' ->> 0)::numeric * 100, -1)::int8 END,
        rpad(CASE WHEN entry IS NULL THEN '' ELSE COALESCE(changed -> 'currency' ->> 0, '') END, 3)::char(3)
    FROM leads_stagechange WHERE {{where}}
"""
_LEADS = """
    SELECT id, COALESCE(amount * 100, -1)::int8, rpad(currency, 3)::char(3), merged_into_id IS NULL FROM leads_lead
    WHERE {where}
"""
_ENTRIES = """
    SELECT DISTINCT jsonb_hash_extended(entry, 0), entry FROM leads_stagechange WHERE entry IS NOT NULL AND {where}
"""
_JOURNEYS = f"""
    SELECT lead_id, cycle, {", ".join(f"COALESCE({name}_at, 'infinity')" for name in TIMES)}, implied, assumed, clamped,
        outcome, end_step, COALESCE(end_reason_id, 0), COALESCE(cents, -1), rpad(currency, 3)::char(3),
        {", ".join(TEXTS)}, asset, entry, owners, teams
    FROM funnel_journey WHERE {{where}}
"""


@dataclass(frozen=True)
class Leads:
    """Which leads to read: those of these numbers, or all from `first` up to and without `over`."""

    numbers: Sequence[int] = ()
    first: int = 0
    over: int = 0

    def where(self, column: str) -> str:
        if self.over:
            return f"{column} >= {int(self.first)} AND {column} < {int(self.over)}"
        return f"{column} = ANY('{{{','.join(str(int(number)) for number in self.numbers)}}}'::bigint[])"


def binary(cursor: CursorWrapper, query: str, params: Sequence[Any] | None) -> list[tuple[Any, ...]]:
    """The rows of a query, sent in binary, which spares writing bytes as text and reading them again."""
    with connection.wrap_database_errors:
        cursor.cursor.execute(query, params, binary=True)
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def columns_of(query: str, layout: Layout) -> Columns:
    """The rows of a query that selects exactly the layout's columns, none of them NULL; in no order."""
    many = len(layout.fields) + len(layout.repeats)
    names = ", ".join(f"c{number}" for number in range(many))
    with connection.cursor() as cursor:
        [arrays] = binary(cursor, f"SELECT {layout.select} FROM ({query}) AS found({names})", None)
    return layout.read(arrays)


def journeys_of(leads: Leads, more: str = "") -> Columns:
    """Journeys as they are kept, in no order; `more` is a further SQL condition."""
    return columns_of(_JOURNEYS.format(where=leads.where("lead_id") + more), JOURNEY)


def leads_of(leads: Leads) -> Columns:
    """What leads have now, by ascending number."""
    found = columns_of(_LEADS.format(where=leads.where("id")), LEAD)
    return take(found, np.argsort(found["lead"]))


@dataclass
class Terms:
    """Numbers of the words that cycles opened with. `known` remembers entries for as long as this object lives, which
    must not be longer than the transactions that wrote their terms."""

    known: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def lines_of(self, leads: Leads) -> Columns:
        """Log lines of leads, with the numbers of the dimensions on those that open a cycle."""
        lines = columns_of(_LINES.format(where=leads.where("lead_id")), LINE)
        hashes, place = np.unique(lines["entry"], return_inverse=True)
        if any(int(one) not in self.known for one in hashes if one):
            self._learn(leads)
        none = (0,) * (len(TEXTS) + 1)
        table = np.array([self.known.get(int(one), none) for one in hashes], np.int32).reshape(-1, len(TEXTS) + 1)
        for number, name in enumerate((*TEXTS, "asset")):
            lines[name] = table[place, number]
        return lines

    def remember(self, journeys: Columns) -> None:
        """Take from kept journeys what the entries they opened with mean."""
        hashes, first = np.unique(journeys["entry"], return_index=True)
        columns = [journeys[name][first].tolist() for name in (*TEXTS, "asset")]
        self.known |= dict(zip(hashes.tolist(), zip(*columns, strict=True), strict=True))

    def _learn(self, leads: Leads) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_ENTRIES.format(where=leads.where("lead_id")).replace("%", "%%"))
            fresh = [(number, _loaded(entry)) for number, entry in cursor.fetchall() if number not in self.known]
        words = {(name, entry.get(name) or "") for _, entry in fresh for name in TEXTS} - {(name, "") for name in TEXTS}
        numbers = numbers_of(sorted(words))
        for number, entry in fresh:
            codes = [numbers.get((name, entry.get(name) or ""), 0) for name in TEXTS]
            self.known[number] = (*codes, int(entry.get("asset") or 0))


def _loaded(entry: Any) -> dict[str, Any]:
    """A JSON document, whether or not the driver has read it already."""
    loaded: dict[str, Any] = json.loads(entry) if isinstance(entry, str) else entry
    return loaded


_KNOWN = """
    SELECT term.dimension, term.value, term.id FROM funnel_term term
    JOIN unnest(%s::text[], %s::text[]) AS wanted(dimension, value) USING (dimension, value)
"""
_NEW = """
    INSERT INTO funnel_term (dimension, value) SELECT * FROM unnest(%s::text[], %s::text[]) ON CONFLICT DO NOTHING
"""


def numbers_of(words: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The number of each (dimension, word), given one where it has none. In ascending order, lest two workers wait for
    each other."""
    if not words:
        return {}
    with connection.cursor() as cursor:
        found = _known(cursor, words)
        missing = [word for word in words if word not in found]
        if missing:
            cursor.execute(_NEW, [list(column) for column in zip(*missing, strict=True)])
            found |= _known(cursor, missing)
    return found


def _known(cursor: Any, words: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    cursor.execute(_KNOWN, [list(column) for column in zip(*words, strict=True)])
    return {(dimension, value): number for dimension, value, number in cursor.fetchall()}
