"""Rows for PostgreSQL's binary COPY, made from whole columns by NumPy. Pure: no database, no clock.

A field is four bytes of length and its value, or four bytes of -1 for NULL, so rows differ in length. Where each field
of each row goes follows from the running sums of the lengths; then a column is written by one scatter a length.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

type Ints = NDArray[Any]

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
NULL = b"\xff\xff\xff\xff"
INT2, INT4, INT8 = ">i2", ">i4", ">i8"  # a timestamp is INT8 (µs), a date INT4 (days), both from 2000 on


def text(value: str | None) -> bytes:
    """The field of a text value."""
    return NULL if value is None else _framed(value.encode())


def jsonb(value: str | None) -> bytes:
    """The field of a JSON document; the 1 is the version of the format."""
    return NULL if value is None else _framed(b"\1" + value.encode())


def integer(value: int | None, kind: str = INT8) -> bytes:
    """The field of a whole number, a date or a timestamp."""
    return NULL if value is None else _framed(np.array(value, kind).tobytes())


def boolean(value: bool) -> bytes:
    """The field of a truth value."""
    return _framed(bytes([value]))


def money(value: int | None) -> bytes:
    """The field of a whole amount below 10^8, as numeric with two places."""
    if value is None:
        return NULL
    return _framed(np.array([2, 1, 0, 2, *divmod(value, 10_000)], INT2).tobytes())


def _framed(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value


class Table:
    """The fields a column can hold, each known by its place in the list."""

    def __init__(self, fields: Sequence[bytes]) -> None:
        self.sizes = np.fromiter(map(len, fields), np.int64, len(fields))
        widest = int(self.sizes.max())
        padded = b"".join(one.ljust(widest) for one in fields)
        self._bytes = np.frombuffer(padded, np.uint8).reshape(len(fields), widest)
        self._cut: dict[int, NDArray[Any]] = {}

    def of_size(self, size: int) -> NDArray[Any]:
        """All fields cut to one size; only those that have it are whole."""
        if size not in self._cut:
            self._cut[size] = np.ascontiguousarray(self._bytes[:, :size]).view(f"V{size}")[:, 0]
        return self._cut[size]


@dataclass
class Plain:
    """A column of numbers, with a mask of those that are NULL or without."""

    values: Ints
    kind: str = INT8
    null: NDArray[np.bool_] | None = None

    def sizes(self, rows: int) -> Ints:
        whole = 4 + np.dtype(self.kind).itemsize
        return np.full(rows, whole) if self.null is None else np.where(self.null, 4, whole)

    def put(self, out: Rows, at: Ints, sizes: Ints) -> None:
        framed = np.empty(len(at), [("size", ">i4"), ("value", self.kind)])
        framed["size"], framed["value"] = framed.dtype.itemsize - 4, self.values
        there = slice(None) if self.null is None else ~self.null
        out.scatter(at[there], framed[there])
        if self.null is not None:
            out.fill(at[self.null], NULL)


@dataclass
class Coded:
    """A column whose every field is one of a table's."""

    codes: Ints
    table: Table

    def sizes(self, rows: int) -> Ints:
        sizes: Ints = self.table.sizes[self.codes]
        return sizes

    def put(self, out: Rows, at: Ints, sizes: Ints) -> None:
        for size in np.flatnonzero(np.bincount(sizes)).tolist():
            rows = np.flatnonzero(sizes == size)
            out.scatter(at[rows], self.table.of_size(size)[self.codes[rows]])


@dataclass
class Same:
    """A column with the same field in every row."""

    field: bytes

    def sizes(self, rows: int) -> Ints:
        return np.full(rows, len(self.field))

    def put(self, out: Rows, at: Ints, sizes: Ints) -> None:
        out.fill(at, self.field)


@dataclass
class Sparse:
    """A column of JSON that most rows lack: groups of row numbers with their documents, of one length a group."""

    groups: list[tuple[Ints, NDArray[Any]]] = field(default_factory=list)

    def sizes(self, rows: int) -> Ints:
        sizes = np.full(rows, 4)
        for numbers, documents in self.groups:
            sizes[numbers] = 5 + documents.dtype.itemsize
        return sizes

    def put(self, out: Rows, at: Ints, sizes: Ints) -> None:
        out.fill(at[sizes == 4], NULL)
        for numbers, documents in self.groups:
            framed = np.empty(
                len(numbers), [("size", ">i4"), ("version", "i1"), ("text", f"V{documents.dtype.itemsize}")]
            )
            framed["size"], framed["version"] = 1 + documents.dtype.itemsize, 1
            framed["text"] = documents.view(f"V{documents.dtype.itemsize}")
            out.scatter(at[numbers], framed)


type Column = Plain | Coded | Same | Sparse


class Rows:
    """The buffer, and ways to write into it at many places at once."""

    def __init__(self, size: int) -> None:
        self.buffer = np.zeros(size, np.uint8)

    def scatter(self, at: Ints, records: NDArray[Any]) -> None:
        """Write each record at its place. Records are copied as opaque bytes: any place will do, aligned or not."""
        width = records.dtype.itemsize
        windows: NDArray[Any] = np.ndarray(
            (max(len(self.buffer) - width + 1, 0),), f"V{width}", self.buffer.data, strides=(1,)
        )
        windows[at] = records.view(f"V{width}")

    def fill(self, at: Ints, one: bytes) -> None:
        """Write the same bytes at every place."""
        self.scatter(at, np.full(len(at), np.void(one)))


def encode(columns: Sequence[Column], rows: int) -> memoryview:
    """The rows as COPY wants them, without its header and trailer."""
    sizes = [column.sizes(rows) for column in columns]
    ends = np.cumsum(2 + np.sum(sizes, axis=0))
    out = Rows(int(ends[-1]) if rows else 0)
    at = np.concatenate([[0], ends[:-1]]) if rows else ends
    out.fill(at, len(columns).to_bytes(2, "big"))
    at = at + 2
    for column, widths in zip(columns, sizes, strict=True):
        column.put(out, at, widths)
        at = at + widths
    return out.buffer.data
