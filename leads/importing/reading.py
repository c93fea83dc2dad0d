"""Reading CSV as a stream: encoding, header, rows with the line they begin on, and sane limits."""

from __future__ import annotations

import csv
import re
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from leads.importing.errors import Unusable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

MOST_BYTES = 200 * 1024 * 1024
MOST_COLUMNS = 500
LONGEST_ROW = 1024 * 1024  # characters
LONGEST_FIELD = 10 * 1024 * 1024
SURROGATE = re.compile("[\ud800-\udfff]")  # half a character: some codecs let one through, the database does not

type Rows = Iterator[tuple[int, list[str]]]


@dataclass(frozen=True)
class Source:
    """One CSV file and how it is written."""

    path: Path
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    limit: bool = True


@dataclass
class Table:
    """An open CSV file: its header, and its rows, each with the number of the line it begins on."""

    header: list[str]
    rows: Rows
    positions: dict[str, int] = field(default_factory=dict)

    def require(self, columns: Iterable[str], name: str, optional: frozenset[str] = frozenset()) -> None:
        """Find the columns. Raises Unusable naming those that are missing, or there more than once."""
        wanted = sorted(set(columns))
        counts = Counter(self.header)
        missing = [column for column in wanted if column not in counts and column not in optional]
        if missing:
            has = ", ".join(self.header[:40]) + (", …" if len(self.header) > 40 else "")
            raise Unusable(f"{name} lacks the column{_s(missing)} {', '.join(map(repr, missing))}. It has: {has}.")
        twice = [column for column in wanted if counts[column] > 1]
        if twice:
            raise Unusable(f"{name} has the column{_s(twice)} {', '.join(map(repr, twice))} more than once.")
        self.positions = {column: self.header.index(column) for column in wanted if column in counts}


def _s(names: list[str]) -> str:
    return "s" if len(names) > 1 else ""


@contextmanager
def opened(source: Source) -> Iterator[Table]:
    """The file as a table. Raises Unusable, naming the line, for what is no CSV text in the encoding told."""
    path = source.path
    try:
        size = path.stat().st_size
        if source.limit and size > MOST_BYTES:
            raise Unusable(f"{path} is larger than {MOST_BYTES // 2**20} MB. Split it, or pass --no-limit.")
        with path.open(encoding=source.encoding, newline="") as file:
            rows = _rows(file, source)
            header = [name.strip() for name in next(rows, (1, []))[1]]
            if not any(header):
                raise Unusable(f"{path.name} has no header: its first line must name the columns.")
            if len(header) > MOST_COLUMNS:
                raise Unusable(f"{path.name} has {len(header)} columns; {MOST_COLUMNS} is the most.")
            yield Table(header, rows)
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}.") from None


def _rows(file: IO[str], source: Source) -> Rows:
    """The rows; blank lines are no rows."""
    csv.field_size_limit(LONGEST_FIELD)
    reader = csv.reader(_lines(file, source), delimiter=source.delimiter, strict=True)
    begins = 1
    try:
        for row in reader:
            if row:
                yield begins, row
            begins = reader.line_num + 1
    except UnicodeError:
        raise Unusable(_undecodable(source)) from None
    except csv.Error as error:
        raise Unusable(f"{source.path.name}, line {begins}: this is no valid CSV: {error}.") from None


def _lines(file: IO[str], source: Source) -> Iterator[str]:
    for number, line in enumerate(file, start=1):
        if "\0" in line:
            where = f"{source.path.name}, line {number}"
            raise Unusable(f"{where}: contains a NUL character. If it was saved as UTF-16, save it as UTF-8.")
        if not line.isascii() and SURROGATE.search(line):
            where = f"{source.path.name}, line {number}"
            raise Unusable(f"{where}: contains half a character of UTF-16 (a lone surrogate). Save it as UTF-8.")
        yield line


def _undecodable(source: Source) -> str:
    encoding = "utf-8" if source.encoding == "utf-8-sig" else source.encoding
    how = 'Save the file as UTF-8, or name its encoding in the mapping: [file] encoding = "cp1252".'
    with source.path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode(encoding)
            except UnicodeDecodeError as error:
                byte = line[error.start : error.start + 1].hex()
                return f"{source.path.name}, line {number}: byte 0x{byte} is not {encoding}. {how}"
    return f"{source.path.name} is not {encoding}. {how}"


def load_by_key(source: Source, key: str, columns: Iterable[str]) -> dict[str, dict[str, str]]:
    """A side file in memory: the named columns of each row by its `key`, the first row of a key winning."""
    result: dict[str, dict[str, str]] = {}
    with opened(source) as table:
        table.require([key, *columns], source.path.name)
        for line, row in table.rows:
            if len(row) != len(table.header):
                raise Unusable(f"{source.path.name}, line {line}: {cells_differ(row, table.header)}.")
            cells = {name: row[place].strip() for name, place in table.positions.items()}
            result.setdefault(cells[key], cells)
    return result


def cells_differ(row: list[str], header: list[str]) -> str:
    """Why a row does not fit its header, in words."""
    return f"the row has {len(row)} cells where the header has {len(header)}"
