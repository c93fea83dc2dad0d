"""What a report counts, collected part by part and parted into the groups of its question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from funnel import dimensions
from funnel.answers import Line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from funnel.columns import Column
    from funnel.honest import Figure


@dataclass(frozen=True, eq=False, kw_only=True)
class Group:
    """One group's `columns`; `whole` is all groups together. `code`, `key` and `label` are as in a Line."""

    code: int
    key: Any
    label: str
    whole: bool
    columns: tuple[Column, ...]

    def line(self, figures: dict[str, Figure], *, stage: str = "", label: str = "") -> Line:
        """A line of this group, by its own label or another."""
        return Line(
            label=label or self.label, figures=figures, code=self.code, key=self.key, stage=stage, whole=self.whole
        )


class Gathering:
    """Columns of what is counted, of these NumPy types, with the number of each one's group; nothing else is kept."""

    def __init__(self, by: str, *kinds: str) -> None:
        self.by, self.kinds = by, kinds
        self._values: list[Column] = []
        self._columns: list[list[Column]] = [[] for _ in kinds]

    def add(self, value: Column, *columns: Column) -> None:
        """Take in the rows of one part; `value` is the number of their groups."""
        if self.by:
            self._values.append(value)
        for found, column, kind in zip(self._columns, columns, self.kinds, strict=True):
            found.append(column.astype(kind))

    def groups(self) -> Iterator[Group]:
        """All together, then, where it is split, each group, largest first. Gives the memory of the parts back."""
        columns = []
        for found, kind in zip(self._columns, self.kinds, strict=True):
            columns.append(np.concatenate([np.zeros(0, kind), *found]))
            found.clear()
        yield Group(code=0, key=None, label="All", whole=True, columns=tuple(columns))
        if self._values:
            yield from self._split(np.concatenate(self._values), columns)

    def _split(self, value: Column, columns: list[Column]) -> Iterator[Group]:
        order = np.argsort(value, kind="stable")
        codes, first = np.unique(value[order], return_index=True)
        numbers = codes.tolist()
        labels, words = dimensions.labels(self.by, numbers), dimensions.words(self.by, numbers)
        bounds = [*first.tolist(), len(value)]
        places = sorted(range(len(numbers)), key=lambda at: (bounds[at] - bounds[at + 1], labels[numbers[at]]))
        for place in places:
            code, rows = numbers[place], order[bounds[place] : bounds[place + 1]]
            yield Group(
                code=code, key=dimensions.key_of(self.by, code, words), label=labels[code], whole=False,
                columns=tuple(column[rows] for column in columns),
            )  # fmt: skip
