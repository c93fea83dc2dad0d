"""Tables as NumPy columns: what a journey is made of, and PostgreSQL's binary formats both ways.

Times are int64 microseconds since 2000-01-01 UTC, as PostgreSQL keeps them; NEVER (its 'infinity') where there is
none. Numbers of people, teams, reasons, terms and assets are 0 where there is none; cents are -1.
Pure: no database, no clock.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

type Column = NDArray[Any]
type Columns = dict[str, Column]

NEVER = np.iinfo(np.int64).max
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAY = 86_400_000_000  # microseconds
STAGES = ("tofu", "mofu", "bofu", "mql", "sal", "sql", "won", "lost")
FORWARD = STAGES[:-1]
TEXTS = ("source", "medium", "campaign", "channel", "industry", "country", "size_band")
MASKS = ("implied", "assumed", "clamped")
OPEN, WON, LOST, RECYCLED = range(4)
# A step's number is its place here; the order is what stored numbers mean, so new ones go to the end.
STEPS = (
    "", "undo", "create", "import", "override", "engage", "consider", "qualify", "accept", "reject", "confirm", "win",
    "lose", "disqualify", "recycle", "reengage",
)  # fmt: skip

COPY_HEADER = b"PGCOPY\n\xff\r\n\x00" + b"\x00" * 8
COPY_TRAILER = b"\xff\xff"


class Garbled(Exception):
    """What the database sent is not laid out as asked for."""


def instant(at: datetime) -> int:
    """Microseconds since the epoch of the columns."""
    return (at - EPOCH) // MICROSECOND


def moment(microseconds: int) -> datetime:
    """The instant (UTC) of a value of a time column. Raises OverflowError for NEVER."""
    return EPOCH + timedelta(microseconds=int(microseconds))


class Layout:
    """Columns of one NumPy type each: name → type; `repeats` are arrays of that many bigints.

    They are read as one binary array per column, and written as fixed-width rows of binary COPY.
    """

    def __init__(self, fields: Mapping[str, str], repeats: Mapping[str, int] | None = None) -> None:
        self.fields, self.repeats = dict(fields), dict(repeats or {})
        packed: list[tuple[Any, ...]] = [("fields", ">i2")]
        for name, kind in self.fields.items():
            packed += [(f"{name}#", ">i4"), (name, np.dtype(kind).newbyteorder(">"))]
        for name, many in self.repeats.items():
            packed += [(f"{name}#", ">i4"), (f"{name}@", ">i4", 5), (name, [("#", ">i4"), ("value", ">i8")], many)]
        self.packed = np.dtype(packed)

    @property
    def select(self) -> str:
        """What to select FROM a query whose columns are c0, c1, …: one array per column, as its bytes."""
        many = len(self.fields) + len(self.repeats)
        return ", ".join(f"array_send(array_agg(c{number}))" for number in range(many))

    def read(self, arrays: Sequence[bytes | None]) -> Columns:
        """The columns of what `select` selected. Raises Garbled, as any NULL among them would."""
        found: Columns = {}
        for (name, kind), data in zip(self.fields.items(), arrays, strict=False):
            found[name] = _elements(data, np.dtype(kind), 1)
        for (name, many), data in zip(self.repeats.items(), arrays[len(self.fields) :], strict=True):
            found[name] = _elements(data, np.dtype("i8"), 2).reshape(-1, many)
        return found

    def write(self, columns: Columns) -> bytes:
        """What `COPY … FROM STDIN (FORMAT binary)` reads."""
        rows = np.zeros(len(next(iter(columns.values()))), self.packed)
        rows["fields"] = len(self.fields) + len(self.repeats)
        for name, kind in self.fields.items():
            rows[name], rows[f"{name}#"] = columns[name], np.dtype(kind).itemsize
        for name, many in self.repeats.items():
            rows[f"{name}#"] = 20 + 12 * many
            rows[f"{name}@"] = (1, 0, _BIGINT, many, 1)  # dimensions, no nulls, type, length, first index
            rows[name]["#"], rows[name]["value"] = 8, columns[name]
        return COPY_HEADER + rows.tobytes() + COPY_TRAILER


def _elements(data: bytes | None, kind: np.dtype[Any], dimensions: int) -> Column:
    """The elements of an array as PostgreSQL sends it: a header, then each with its length before it."""
    if data is None:
        return np.zeros(0, kind)
    element = np.dtype([("length", ">i4"), ("value", kind.newbyteorder(">"))])
    header = 12 + 8 * dimensions
    if (len(data) - header) % element.itemsize:
        raise Garbled(f"{len(data) - header} bytes are no whole number of elements of {element.itemsize}")
    elements = np.frombuffer(data, element, offset=header)
    if not (elements["length"] == kind.itemsize).all():
        raise Garbled("an element has another length than its type")
    return elements["value"].astype(kind)


_BIGINT = 20  # its number among PostgreSQL's types

TIMES = ("opened", *STAGES, "ended", "next")
JOURNEY = Layout(
    {
        "lead": "i8",
        "cycle": "i2",
        **dict.fromkeys(TIMES, "i8"),
        **dict.fromkeys(MASKS, "i2"),
        "outcome": "i2",
        "end_step": "i2",
        "end_reason": "i8",
        "cents": "i8",
        "currency": "S3",
        **dict.fromkeys((*TEXTS, "asset"), "i4"),
        "entry": "i8",
    },
    {"owners": 7, "teams": 7},
)


def take(columns: Columns, chosen: Column | slice) -> Columns:
    """The chosen rows: a mask, positions or a slice."""
    return {name: column[chosen] for name, column in columns.items()}


def joined(parts: Sequence[Columns]) -> Columns:
    """The rows of all parts, one after the other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def gathered(parts: Sequence[Columns], kinds: Mapping[str, str]) -> Columns:
    """The rows of all parts; empty columns of these types where there is no part."""
    return joined(parts) if parts else {name: np.zeros(0, kind) for name, kind in kinds.items()}


def rows(columns: Columns) -> int:
    return len(next(iter(columns.values())))


def key(columns: Columns) -> Column:
    """One number per lead and cycle, in their order."""
    return columns["lead"] * 32_768 + columns["cycle"]


def differ(one: Columns, other: Columns) -> Column:
    """Mask of the rows that are not the same in both; the two have the same rows by key."""
    result = np.zeros(rows(one), bool)
    for name, column in one.items():
        unequal = column != other[name]
        result |= unequal.any(axis=1) if unequal.ndim == 2 else unequal
    return result
