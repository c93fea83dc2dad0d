"""From a mapping and a header to functions that pick values out of a row. Compiled once, run for every row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leads.importing.mapping import Value
    from leads.importing.records import Facts
    from leads.importing.values import Reader

type Row = list[str]
type Getter = Callable[[Row], str]


@dataclass(frozen=True)
class Cells:
    """Where each column stands, and how its values are corrected."""

    positions: Mapping[str, int]
    corrections: Mapping[str, Mapping[str, str]]

    def column(self, name: str) -> Getter:
        """The cell of a column, stripped and corrected; '' for an optional column that the file lacks."""
        place = self.positions.get(name)
        if place is None:
            return lambda row: ""
        table = self.corrections.get(name)
        if table is None:
            return lambda row: row[place].strip()

        def corrected(row: Row) -> str:
            cell = row[place].strip()
            return table.get(cell, cell)

        return corrected

    def value(self, value: Value) -> Getter:
        """A fact's text: a constant, a column, or columns joined by a space."""
        if value.constant:
            constant = value.constant
            return lambda row: constant
        getters = [self.column(name) for name in value.columns]
        if len(getters) == 1:
            return getters[0]
        return lambda row: " ".join(filter(None, (get(row) for get in getters)))


def label_of(value: Value) -> str:
    """How a message names where the value came from."""
    return " + ".join(value.columns) or "value"


def remembered(reader: Reader) -> Reader:
    """The reader with a memory, as columns repeat themselves."""
    seen: dict[str, object] = {}

    def read(text: str, column: str) -> object:
        found = seen.get(text)
        if found is None:
            found = reader(text, column)
            if len(seen) < 100_000:
                seen[text] = found
        return found

    return read


def party_reader(
    values: Mapping[str, Value], readers: Mapping[str, Reader], corrections: Mapping[str, Mapping[str, str]]
) -> Callable[[Mapping[str, str]], Facts]:
    """From the cells of a company or an owner, by column, to its facts. A fact that does not fit raises RowRefused."""

    def cell(cells: Mapping[str, str], column: str) -> str:
        text = cells.get(column, "")
        return corrections.get(column, {}).get(text, text)

    def read(cells: Mapping[str, str]) -> Facts:
        facts = []
        for name, value in values.items():
            text = value.constant or " ".join(filter(None, (cell(cells, column) for column in value.columns)))
            if text:
                reader = readers.get(name)
                facts.append((name, reader(text, label_of(value)) if reader else text))
        return tuple(facts)

    return read
