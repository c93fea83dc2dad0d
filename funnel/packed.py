"""A column in as few bytes as it needs, which is what reading millions of them costs. Pure: no database, no clock.

Times are mostly absent in the later stages: a bit per row says which are there, and only those follow. Other numbers
are kept as how much they exceed the least of them, in the smallest type that holds that. Text is kept as it is.
"""

from __future__ import annotations

import numpy as np

from funnel.columns import NEVER, Column

_HEAD = np.dtype([("way", "S1"), ("size", "u1"), ("unused", "<u2"), ("rows", "<u4"), ("least", "<i8")])
_TIMES, _NUMBERS, _TEXT = b"t", b"n", b"s"
_BIT_TYPES = ("<u1", "<u2", "<u4", "<u8")


def packed(column: Column, *, is_time: bool = False) -> bytes:
    """The bytes of a column of integers, times (NEVER where there is none) or fixed-width text."""
    head = np.zeros(1, _HEAD)
    head["rows"] = len(column)
    if is_time:
        there = column != NEVER
        head["way"] = _TIMES
        return head.tobytes() + np.packbits(there).tobytes() + column[there].astype("<i8").tobytes()
    if column.dtype.kind == "S":
        head["way"], head["size"] = _TEXT, column.dtype.itemsize
        return head.tobytes() + column.tobytes()
    least = int(column.min()) if len(column) else 0
    above = column.astype(np.int64) - least
    kind = np.dtype(next(kind for kind in _BIT_TYPES if not len(above) or above.max() <= np.iinfo(kind).max))
    head["way"], head["size"], head["least"] = _NUMBERS, kind.itemsize, least
    return head.tobytes() + above.astype(kind).tobytes()


def unpacked(data: bytes, kind: str) -> Column:
    """The column that was packed, in the NumPy type `kind`."""
    [head] = np.frombuffer(data, _HEAD, count=1)
    rows, start = int(head["rows"]), _HEAD.itemsize
    if head["way"] == _TIMES:
        bits = -(-rows // 8)
        there = np.unpackbits(np.frombuffer(data, np.uint8, count=bits, offset=start), count=rows).astype(bool)
        found = np.full(rows, NEVER)
        found[there] = np.frombuffer(data, "<i8", offset=start + bits)
        return found
    if head["way"] == _TEXT:
        return np.frombuffer(data, f"S{int(head['size'])}", offset=start)
    above = np.frombuffer(data, f"<u{int(head['size'])}", count=rows, offset=start)
    return above.astype(kind) + np.dtype(kind).type(head["least"])
