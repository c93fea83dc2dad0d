"""What a report counts, parted into the groups of its question, and collected part by part where it is much."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from funnel import dimensions
from funnel.answers import Line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from funnel.columns import Column
    from funnel.honest import Figure


@dataclass(frozen=True, eq=False, kw_only=True)
class Group:
    """One group: which `rows` of what was counted are in it, and these rows of the `columns` that were gathered.

    `whole` is all groups together. `code`, `key` and `label` are as in a Line.
    """

    code: int
    key: Any
    label: str
    whole: bool
    rows: Column | slice
    columns: tuple[Column, ...] = ()

    def line(self, figures: dict[str, Figure], *, stage: str = "", span: date | None = None, part: str = "") -> Line:
        """A line of this group."""
        return Line(
            label=self.label, figures=figures, code=self.code, key=self.key, span=span, stage=stage, part=part,
            whole=self.whole,
        )  # fmt: skip


def parted(by: str, values: Column) -> Iterator[Group]:
    """All rows together, then, where it is split, each group, the largest first; `values` is the number of each row's.

    Nothing is read of the values without a split.
    """
    yield Group(code=0, key=None, label=dimensions.everything(), whole=True, rows=slice(None))
    if not by:
        return
    order = np.argsort(values, kind="stable")
    codes, first = np.unique(values[order], return_index=True)
    numbers = codes.tolist()
    labels, words = dimensions.labels(by, numbers), dimensions.words(by, numbers)
    bounds = [*first.tolist(), len(values)]
    for place in sorted(range(len(numbers)), key=lambda at: (bounds[at] - bounds[at + 1], labels[numbers[at]])):
        code, rows = numbers[place], order[bounds[place] : bounds[place + 1]]
        key = dimensions.key_of(by, code, words)
        yield Group(code=code, key=key, label=labels[code], whole=False, rows=rows)


class Gathering:
    """Columns of what is counted, of these NumPy types, with the number of each one's group; nothing else is kept."""

    def __init__(self, by: str, *kinds: str) -> None:
        self.by, self.kinds = by, kinds
        self._values: list[Column] = [np.zeros(0, np.int64)]
        self._columns: list[list[Column]] = [[] for _ in kinds]

    def add(self, value: Column, *columns: Column) -> None:
        """Take in the rows of one part; `value` is the number of their groups."""
        if self.by:
            self._values.append(value)
        for found, column, kind in zip(self._columns, columns, self.kinds, strict=True):
            found.append(column.astype(kind))

    def groups(self) -> Iterator[Group]:
        """The groups with their columns. Gives the memory of the parts back."""
        columns = []
        for found, kind in zip(self._columns, self.kinds, strict=True):
            columns.append(np.concatenate([np.zeros(0, kind), *found]))
            found.clear()
        for group in parted(self.by, np.concatenate(self._values)):
            yield replace(group, columns=tuple(column[group.rows] for column in columns))
