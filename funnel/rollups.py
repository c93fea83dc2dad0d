"""Counts kept per entry day and month: how many entered a stage, and a histogram of how long each later one took.

A cycle adds one to a few cells of the row of its entry day, for itself as a whole and for each value of the main
dimensions; what it added can be taken away again, so moves, undo, backdating and merges are all a difference of two
contributions. Rows are written by the transaction that writes the journeys, under one lock.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

import numpy as np
from django.db import connection

from funnel.cells import ENTERED, STANDARD, entrants, known_times, merged, summed
from funnel.columns import COPY_HEADER, COPY_TRAILER, FORWARD, NEVER, STAGES, Column, Columns, Layout, rows
from funnel.periods import days, month_of
from funnel.reading import binary
from funnel.stays import forward_rank, stays

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.backends.utils import CursorWrapper

KINDS = ("", "source", "channel", "owner", "team")  # "" is everybody
STANDING = 10
"""What is added to a stage's rank for the rows that count who came to stand in it on a day, and who left it."""
CAME, LEFT = 0, 1
UNDATED = -1_000_000
"""The span of those that entered at a time nobody knows."""
SIZE = STANDARD.size
CELL = np.dtype([("cell", "<u2"), ("n", "<i4")])


@dataclass(frozen=True)
class Rows:
    """Rollup rows, aligned: which row each cell belongs to and what is in it. `index` ascends."""

    kind: Column
    anchor: Column
    value: Column
    month: Column
    span: Column
    index: Column
    cell: Column
    n: Column

    def __len__(self) -> int:
        return len(self.kind)


class Tally:
    """Counts cells of many journeys, some added and some taken away, and says what changed per row."""

    def __init__(self, zone: str) -> None:
        self.zone = zone
        self.parts: dict[tuple[int, int], list[tuple[Column, Column, Column, Column]]] = {}

    def count(self, journeys: Columns, sign: int) -> None:
        """Add (+1) or take away (-1) what the journeys contribute."""
        if not rows(journeys):
            return
        self._count_entries(journeys, sign)
        self._count_standing(journeys, sign)

    def _count_entries(self, journeys: Columns, sign: int) -> None:
        known, last = known_times(journeys), forward_rank(journeys)
        for anchor in range(1, len(STAGES) + 1):
            entered, undated = entrants(journeys, anchor)
            who, cell = STANDARD.of(journeys, anchor, known, entered)
            day = np.full(rows(journeys), UNDATED)
            day[entered] = days(journeys[STAGES[anchor - 1]][entered], self.zone)
            who, cell = np.concatenate((who, undated)), np.concatenate((cell, np.full(len(undated), ENTERED)))
            rank = last if anchor > len(FORWARD) else np.full(len(last), anchor)
            self._add(journeys, anchor, rank, (who, day[who], cell), sign)

    def _count_standing(self, journeys: Columns, sign: int) -> None:
        last = forward_rank(journeys)
        for k, stay in enumerate(stays(journeys), start=1):
            came, left = np.flatnonzero(stay.stood), np.flatnonzero(stay.left != NEVER)
            who = np.concatenate((came, left))
            at = np.concatenate((stay.came[came], stay.left[left]))
            cell = np.repeat((CAME, LEFT), (len(came), len(left)))
            rank = last if k > len(FORWARD) else np.full(len(last), k)
            self._add(journeys, STANDING + k, rank, (who, days(at, self.zone), cell), sign)

    def _add(
        self, journeys: Columns, anchor: int, rank: Column, found: tuple[Column, Column, Column], sign: int
    ) -> None:
        who, day, cell = found
        for kind, name in enumerate(KINDS):
            parts = self.parts.setdefault((kind, anchor), [])
            value = self._values(journeys, name, rank)[who]
            parts.append(summed(value, day, cell, np.full(len(who), sign)))
            if len(parts) > 8:
                self.parts[kind, anchor] = [summed(*(np.concatenate(column) for column in zip(*parts, strict=True)))]

    @staticmethod
    def _values(journeys: Columns, name: str, rank: Column) -> Column:
        """What each cycle is counted under; owner and team are those at the entry of the stage of its `rank`."""
        if name in ("owner", "team"):
            people: Column = journeys[f"{name}s"][np.arange(len(rank)), rank - 1]
            return people
        return journeys[name].astype(np.int64) if name else np.zeros(rows(journeys), np.int64)

    def changes(self) -> Rows:
        """The rows that change and by how much, days and months."""
        found: list[Rows] = []
        for (kind, anchor), parts in self.parts.items():
            value, day, cell, n = summed(*(np.concatenate(column) for column in zip(*parts, strict=True)))
            for is_month in (False, True):
                span = np.where(day == UNDATED, UNDATED, month_of(day)) if is_month else day
                found.append(_rows(kind, anchor, is_month, summed(value, span, cell, n)))
        return _together(found)


def _together(found: list[Rows]) -> Rows:
    offsets = np.cumsum([0, *(len(rows) for rows in found)])

    def all_of(name: str) -> Column:
        return np.concatenate([np.zeros(0, np.int64), *(getattr(rows, name) for rows in found)])

    index = [rows.index + offset for rows, offset in zip(found, offsets, strict=False)]
    names = ("kind", "anchor", "value", "month", "span", "cell", "n")
    return Rows(index=np.concatenate([np.zeros(0, np.int64), *index]), **{name: all_of(name) for name in names})


def _rows(kind: int, anchor: int, is_month: bool, found: tuple[Column, Column, Column, Column]) -> Rows:
    value, span, cell, n = found
    opens = np.ones(len(value), bool)
    opens[1:] = (np.diff(value) != 0) | (np.diff(span) != 0)
    first, index = np.flatnonzero(opens), np.cumsum(opens) - 1
    many = len(first)
    return Rows(
        np.full(many, kind), np.full(many, anchor), value[first], np.full(many, is_month), span[first], index, cell, n
    )


def pack(cell: Column, n: Column, ends: Column) -> list[bytes]:
    """Cells of row after row as bytes: per cell its number (2 bytes) and its count (4), little-endian."""
    packed = np.empty(len(cell), CELL)
    packed["cell"], packed["n"] = cell, n
    body, starts = packed.tobytes(), np.concatenate(([0], ends))[:-1] * CELL.itemsize
    return [body[a:b] for a, b in zip(starts.tolist(), (ends * CELL.itemsize).tolist(), strict=True)]


def unpack(cells: Sequence[bytes]) -> tuple[Column, Column, Column]:
    """(row, cell, n) of packed rows."""
    found = np.frombuffer(b"".join(cells), CELL)
    lengths = np.fromiter(map(len, cells), np.int64, len(cells)) // CELL.itemsize
    return np.repeat(np.arange(len(cells)), lengths), found["cell"].astype(np.int64), found["n"].astype(np.int64)


_KEY = "kind, anchor, value, is_month, span"
_KEYS = Layout({"place": "i4", "kind": "i2", "anchor": "i2", "value": "i8", "is_month": "?", "span": "i4"})
_STAGE = """
    CREATE TEMP TABLE IF NOT EXISTS funnel_staged_rollup (
        place int4, kind int2, anchor int2, value int8, is_month bool, span int4) ON COMMIT DELETE ROWS;
    CREATE TEMP TABLE IF NOT EXISTS funnel_staged_cells (place int4, at tid, cells bytea) ON COMMIT DELETE ROWS;
    TRUNCATE funnel_staged_rollup, funnel_staged_cells
"""
# A row at a time along the primary key, or to where it stands; the planner, who knows nothing of a temporary table,
# would read all rollups.
_ONE_BY_ONE = "SET LOCAL enable_hashjoin = {0}; SET LOCAL enable_mergejoin = {0}"
_FETCH = f"""
    SELECT place, funnel_rollup.ctid, cells FROM funnel_staged_rollup JOIN funnel_rollup USING ({_KEY})
    WHERE generation = %s
"""
# Nobody else writes rollups meanwhile, so a row stands where it was read.
_UPDATE = """
    UPDATE funnel_rollup SET cells = staged.cells FROM funnel_staged_cells AS staged
    WHERE funnel_rollup.ctid = staged.at
"""
_INSERT = f"""
    INSERT INTO funnel_rollup (generation, {_KEY}, cells)
    SELECT %s, {_KEY}, cells FROM funnel_staged_cells JOIN funnel_staged_rollup USING (place) WHERE at = '(0,0)'
"""
_EMPTY = "DELETE FROM funnel_rollup WHERE ctid = ANY(%s::tid[])"
_STANDS = np.dtype([("page", ">u4"), ("line", ">u2")])
_CELLS = np.dtype([
    ("fields", ">i2"), ("place#", ">i4"), ("place", ">i4"), ("at#", ">i4"), ("at", _STANDS), ("cells#", ">i4"),
])  # fmt: skip


def add(changes: Rows, generation: int) -> None:
    """Add to the rows of a generation. The caller holds the rollups' lock."""
    if not len(changes):
        return
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        _copy(cursor, "funnel_staged_rollup", _KEYS.write(_keys(changes)))
        cursor.execute(_ONE_BY_ONE.format("off"))
        there = sorted(binary(cursor, _FETCH, [generation]))
        place = np.array([number for number, _, _ in there], np.int64)
        stands = np.zeros(len(changes), _STANDS)
        stands[place] = np.frombuffer(b"".join(at for _, at, _ in there), _STANDS)
        index, cell, n = unpack([cells for *_, cells in there])
        keys, sums = merged(place[index] * SIZE + cell, n, changes.index * SIZE + changes.cell, changes.n)
        many = np.bincount(keys // SIZE, minlength=len(changes))
        full, empty = np.flatnonzero(many), np.flatnonzero((many == 0) & (stands["line"] != 0))
        if len(empty):
            cursor.execute(_EMPTY, [[f"({page},{line})" for page, line in stands[empty].tolist()]])
        if len(full):
            packed = pack(keys % SIZE, sums, np.cumsum(many[full]))
            _copy(cursor, "funnel_staged_cells", _cells_rows(full, stands[full], packed))
            cursor.execute(_UPDATE)
        cursor.execute(_ONE_BY_ONE.format("on"))
        if (stands["line"][full] == 0).any():
            cursor.execute(_INSERT, [generation])


def _keys(changes: Rows) -> Columns:
    return {
        "place": np.arange(len(changes)), "kind": changes.kind, "anchor": changes.anchor, "value": changes.value,
        "is_month": changes.month, "span": changes.span,
    }  # fmt: skip


def _cells_rows(places: Column, stands: Column, packed: list[bytes]) -> bytes:
    """Rows of binary COPY, page by page: the place of each row, where it stands, and its packed cells."""
    heads = np.zeros(len(places), _CELLS)
    heads["fields"], heads["place#"], heads["at#"] = 3, 4, _STANDS.itemsize
    heads["place"], heads["at"] = places, stands
    heads["cells#"] = [len(cells) for cells in packed]
    body, width = heads.tobytes(), heads.itemsize
    order = np.lexsort((stands["line"], stands["page"])).tolist()
    rows = [part for at in order for part in (body[at * width : (at + 1) * width], packed[at])]
    return COPY_HEADER + b"".join(rows) + COPY_TRAILER


def _copy(cursor: CursorWrapper, table: str, data: bytes) -> None:
    with cursor.copy(f"COPY {table} FROM STDIN (FORMAT binary)") as copy:
        copy.write(data)


def difference(gone: Columns, come: Columns, zone: str) -> Tally:
    """What replacing some journeys by others changes."""
    tally = Tally(zone)
    tally.count(gone, -1)
    tally.count(come, +1)
    return tally


@dataclass(frozen=True)
class Part:
    """Spans from the first up to and without the second; `tag` tells what was read for it from the rest."""

    tag: int
    first: int
    over: int
    is_month: bool = False


_READ = """
    SELECT tag, anchor, value, span, cells FROM funnel_rollup
    JOIN unnest(%s::int4[], %s::int4[], %s::int4[], %s::bool[]) AS part(tag, first, over, is_month)
        ON span >= first AND span < over AND funnel_rollup.is_month = part.is_month
    WHERE generation = %s AND kind = %s AND anchor = ANY(%s) {values}
"""


@dataclass(frozen=True)
class Read:
    """Rows that were read: per row the `tag` of its part, anchor, value, span; per cell its `row`, number and count."""

    tag: Column
    anchor: Column
    value: Column
    span: Column
    row: Column
    cell: Column
    n: Column


def read(
    generation: int, kind: str, anchors: Sequence[int], parts: Sequence[Part], values: Sequence[int] | None = None
) -> Read:
    """The rows in `parts`, in no order. `values` narrows to these values of the dimension `kind`."""
    parts = [part for part in parts if part.first < part.over]
    columns: list[list[object]] = [list(column) for column in zip(*(astuple(part) for part in parts), strict=True)]
    if not parts:
        return Read(*[np.zeros(0, np.int64)] * 7)
    params: list[object] = [*columns, generation, KINDS.index(kind), list(anchors)]
    more = "" if values is None else "AND value = ANY(%s)"
    with connection.cursor() as cursor:
        found = binary(cursor, _READ.format(values=more), params if values is None else [*params, list(values)])
    tag, anchor, value, span = (np.array([one[place] for one in found], np.int64) for place in range(4))
    row, cell, n = unpack([one[4] for one in found])
    return Read(tag, anchor, value, span, row, cell, n)
