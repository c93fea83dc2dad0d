"""Columns and rollups against the journeys they follow from. The rollups are recounted in SQL, which shares nothing
with the NumPy that keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from django.db import connection

from funnel import chunks, rollups
from funnel.buckets import EDGES
from funnel.cells import ENTERED, STANDARD
from funnel.columns import FORWARD, STAGES, Column, Columns, Layout, key, take
from funnel.models import Rebuild
from funnel.periods import month_of
from funnel.reading import Leads, copied, journeys_of
from funnel.shards import SPAN

if TYPE_CHECKING:
    from funnel.verification import Verification

COUNT = Layout({"kind": "i4", "value": "i8", "span": "i4", "cell": "i4", "n": "i8"})


def compare(result: Verification) -> None:
    """Compare every chunk and every rollup of the generation that answers."""
    stale = chunks.stale_leads()
    for number in chunks.numbers():
        _compare_chunk(result, number, stale)
    state = Rebuild.objects.filter(id=1).first()
    if state is None:
        return
    for anchor in range(1, len(STAGES) + 1):
        _compare_days(result, state, anchor, [_entered(anchor), *_reached(anchor)])
        _compare_days(result, state, rollups.STANDING + anchor, _stood(anchor))
    _compare_months(result, state)


def _compare_chunk(result: Verification, number: int, stale: Column) -> None:
    [kept] = chunks.parts([number], list(chunks.NAMES))
    true = journeys_of(Leads(first=number * SPAN, over=(number + 1) * SPAN))
    true = chunks.flat(take(true, np.argsort(key(true), kind="stable")))
    kept, true = _without(kept, stale), _without(true, stale)
    same = key(kept).tolist() == key(true).tolist() and all((kept[name] == true[name]).all() for name in chunks.NAMES)
    result.expect(f"columns of leads {number * SPAN} to {(number + 1) * SPAN - 1} equal their journeys", same, True)


def _without(part: Columns, stale: Column) -> Columns:
    return take(part, ~np.isin(part["lead"], stale))


def _compare_days(result: Verification, state: Rebuild, anchor: int, queries: list[str]) -> None:
    kept = _kept(state.generation, anchor, is_month=False)
    found = [copied(query.replace("{zone}", state.zone), COUNT) for query in queries]
    true = _sorted({name: np.concatenate([one[name] for one in found]) for name in COUNT.fields})
    _expect_same(result, f"rollups by day of stage {anchor % rollups.STANDING or anchor}", kept, true)


def _compare_months(result: Verification, state: Rebuild) -> None:
    for anchor in (*range(1, 9), *range(rollups.STANDING + 1, rollups.STANDING + 9)):
        days = _kept(state.generation, anchor, is_month=False)
        days["span"] = np.where(days["span"] == rollups.UNDATED, rollups.UNDATED, month_of(days["span"]))
        true = _sorted(days)
        opens = np.ones(len(true["n"]), bool)
        opens[1:] = np.any([np.diff(true[name]) != 0 for name in ("kind", "value", "span", "cell")], axis=0)
        first = np.flatnonzero(opens)
        sums = np.add.reduceat(true["n"], first) if len(first) else true["n"]
        true = {**take(true, first), "n": sums}
        _expect_same(result, f"rollups by month of {anchor}", _kept(state.generation, anchor, is_month=True), true)


def _kept(generation: int, anchor: int, *, is_month: bool) -> Columns:
    """The cells kept, as (kind, value, span, cell, n)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, value, span, cells FROM funnel_rollup"
            " WHERE generation = %s AND anchor = %s AND is_month = %s",
            [generation, anchor, is_month],
        )
        found = cursor.fetchall()
    row, cell, n = rollups.unpack([bytes(cells) for *_, cells in found])
    kind, value, span = (np.array([one[place] for one in found], np.int64)[row] for place in range(3))
    return _sorted({"kind": kind, "value": value, "span": span, "cell": cell, "n": n})


def _sorted(counts: Columns) -> Columns:
    counts = {name: column.astype(np.int64) for name, column in counts.items()}
    return take(counts, np.lexsort((counts["cell"], counts["span"], counts["value"], counts["kind"])))


def _expect_same(result: Verification, what: str, kept: Columns, true: Columns) -> None:
    if all(np.array_equal(kept[name], true[name]) for name in COUNT.fields):
        result.expect(what, len(kept["n"]), len(true["n"]))
        return
    names = ("kind", "value", "span", "cell", "n")
    rows = [set(zip(*(counts[name].tolist() for name in names), strict=True)) for counts in (kept, true)]
    some = sorted(rows[0] ^ rows[1])[:3]
    result.expect(what, f"{int(kept['n'].sum())} in {len(kept['n'])} cells", f"{int(true['n'].sum())} in "
                  f"{len(true['n'])} cells; (kind, value, day, cell, n) such as {some}")  # fmt: skip


def _flag(mask: str, rank: int) -> str:
    return f"({mask} & {1 << (rank - 1)} <> 0)"


def _values(rank: str) -> str:
    """A row per kind: its number and the value the journey is counted under."""
    people = ", ".join(f"({rollups.KINDS.index(name)}, {name}s[{rank}])" for name in ("owner", "team"))
    words = ", ".join(f"({rollups.KINDS.index(name)}, {name}::bigint)" for name in ("source", "channel"))
    return f"CROSS JOIN LATERAL (VALUES (0, 0::bigint), {words}, {people}) AS by(kind, value)"


_FURTHEST = f"({' + '.join(f'({stage}_at IS NOT NULL)::int' for stage in FORWARD)})"


def _rank(anchor: int) -> str:
    return _FURTHEST if anchor > len(FORWARD) else str(anchor)


def _day(column: str) -> str:
    return f"(({column} AT TIME ZONE '{{zone}}')::date - DATE '2000-01-01')"


def _entered(anchor: int) -> str:
    """Who entered or only passed, by day; those at a time nobody knows under a day of their own."""
    at, assumed = f"{STAGES[anchor - 1]}_at", _flag("assumed", anchor)
    return f"""
        SELECT kind, value, CASE WHEN {assumed} THEN {rollups.UNDATED} ELSE {_day(at)} END, cell, count(*)
        FROM funnel_journey {_values(_rank(anchor))}
        CROSS JOIN LATERAL (SELECT {ENTERED} AS cell
            UNION ALL SELECT 1 WHERE {_flag("implied", anchor)} AND NOT {assumed}) AS added
        WHERE {at} IS NOT NULL GROUP BY 1, 2, 3, 4
    """


def _reached(anchor: int) -> list[str]:
    """How long those that entered took to each later stage or beyond, by day and bucket."""
    at = f"{STAGES[anchor - 1]}_at"
    queries = []
    for rank in range(anchor + 1, len(FORWARD) + 1):
        beyond = ", ".join(
            f"CASE WHEN NOT {_flag('assumed', later)} THEN {STAGES[later - 1]}_at END"
            for later in range(rank, len(FORWARD) + 1)
        )
        took = f"(extract(epoch FROM reached_at - {at}) * 1000000)::bigint"
        edges = ",".join(str(edge) for edge in EDGES.tolist())
        flavour = f"{_flag('implied', rank)}::int + 2 * {_flag('assumed', rank)}::int"
        queries.append(f"""
            SELECT kind, value, {_day(at)}, {STANDARD.first(rank)} + CASE WHEN reached_at IS NULL
                THEN {STANDARD.per_target - 1} ELSE ({flavour}) * {STANDARD.buckets}
                + width_bucket({took} - 1, ARRAY[{edges}]::bigint[]) END, count(*)
            FROM (SELECT *, LEAST({beyond}) AS reached_at FROM funnel_journey
                  WHERE {at} IS NOT NULL AND NOT {_flag("assumed", anchor)}) entered {_values(str(anchor))}
            WHERE reached_at IS NOT NULL OR {_flag("assumed", rank)} GROUP BY 1, 2, 3, 4
        """)
    return queries


def _stood(anchor: int) -> list[str]:
    """Who came to stand in a stage on a day, and who left it."""
    at = f"{STAGES[anchor - 1]}_at"
    later = [
        f"CASE WHEN NOT {_flag('implied', rank)} THEN {STAGES[rank - 1]}_at END"
        for rank in range(anchor + 1, len(STAGES) + 1)
    ]
    left = f"COALESCE({', '.join([*later, 'next_at'])})"
    stood = f"{at} IS NOT NULL AND NOT {_flag('implied', anchor)}"
    return [
        f"""
        SELECT kind, value, {_day(column)}, {cell}, count(*) FROM funnel_journey {_values(_rank(anchor))}
        WHERE {stood} AND {column} IS NOT NULL GROUP BY 1, 2, 3
        """
        for cell, column in ((rollups.CAME, at), (rollups.LEFT, left))
    ]
