"""Reading CSV as a stream: encoding, header, rows with the line they begin on, and sane limits."""

from __future__ import annotations

import csv
import re
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.importing.errors import Unusable
from leads.phrases import listed

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
            words = ngettext(
                "%(name)s lacks the column %(columns)s. It has: %(has)s.",
                "%(name)s lacks the columns %(columns)s. It has: %(has)s.",
                len(missing),
            )
            raise Unusable(words % {"name": name, "columns": listed(map(repr, missing)), "has": has})
        twice = [column for column in wanted if counts[column] > 1]
        if twice:
            words = ngettext(
                "%(name)s has the column %(columns)s more than once.",
                "%(name)s has the columns %(columns)s more than once.",
                len(twice),
            )
            raise Unusable(words % {"name": name, "columns": listed(map(repr, twice))})
        self.positions = {column: self.header.index(column) for column in wanted if column in counts}


@contextmanager
def opened(source: Source) -> Iterator[Table]:
    """The file as a table. Raises Unusable, naming the line, for what is no CSV text in the encoding told."""
    path = source.path
    try:
        size = path.stat().st_size
        if source.limit and size > MOST_BYTES:
            words = _("%(path)s is larger than %(most)s MB. Split it, or pass --no-limit.")
            raise Unusable(words % {"path": path, "most": MOST_BYTES // 2**20})
        with path.open(encoding=source.encoding, newline="") as file:
            rows = _rows(file, source)
            header = [name.strip() for name in next(rows, (1, []))[1]]
            if not any(header):
                words = _("%(name)s has no header: its first line must name the columns.")
                raise Unusable(words % {"name": path.name})
            if len(header) > MOST_COLUMNS:
                words = _("%(name)s has %(length)s columns; %(most)s is the most.")
                raise Unusable(words % {"name": path.name, "length": len(header), "most": MOST_COLUMNS})
            yield Table(header, rows)
    except OSError as error:
        words = _("%(path)s cannot be read: %(strerror)s.")
        raise Unusable(words % {"path": path, "strerror": error.strerror}) from None


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
        words = _("%(name)s, line %(begins)s: this is no valid CSV: %(error)s.")
        raise Unusable(words % {"name": source.path.name, "begins": begins, "error": error}) from None


def _lines(file: IO[str], source: Source) -> Iterator[str]:
    for number, line in enumerate(file, start=1):
        if "\0" in line:
            where = f"{source.path.name}, line {number}"
            words = _("%(where)s: contains a NUL character. If it was saved as UTF-16, save it as UTF-8.")
            raise Unusable(words % {"where": where})
        if not line.isascii() and SURROGATE.search(line):
            where = f"{source.path.name}, line {number}"
            words = _("%(where)s: contains half a character of UTF-16 (a lone surrogate). Save it as UTF-8.")
            raise Unusable(words % {"where": where})
        yield line


def _undecodable(source: Source) -> str:
    encoding = "utf-8" if source.encoding == "utf-8-sig" else source.encoding
    how = _('Save the file as UTF-8, or name its encoding in the mapping: [file] encoding = "cp1252".')
    with source.path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode(encoding)
            except UnicodeDecodeError as error:
                byte = line[error.start : error.start + 1].hex()
                words = _("%(name)s, line %(line)s: byte 0x%(byte)s is not %(encoding)s. %(how)s")
                facts = {"name": source.path.name, "line": number, "byte": byte, "encoding": encoding}
                return words % {**facts, "how": how}
    words = _("%(name)s is not %(encoding)s. %(how)s")
    return words % {"name": source.path.name, "encoding": encoding, "how": how}


def load_by_key(source: Source, key: str, columns: Iterable[str]) -> dict[str, dict[str, str]]:
    """A side file in memory: the named columns of each row by its `key`, the first row of a key winning."""
    result: dict[str, dict[str, str]] = {}
    with opened(source) as table:
        table.require([key, *columns], source.path.name)
        for line, row in table.rows:
            if len(row) != len(table.header):
                words = _("%(name)s, line %(line)s: %(problem)s.")
                problem = cells_differ(row, table.header)
                raise Unusable(words % {"name": source.path.name, "line": line, "problem": problem})
            cells = {name: row[place].strip() for name, place in table.positions.items()}
            result.setdefault(cells[key], cells)
    return result


def cells_differ(row: list[str], header: list[str]) -> str:
    """Why a row does not fit its header, in words."""
    words = _("the row has %(cells)s cells where the header has %(columns)s")
    return words % {"cells": len(row), "columns": len(header)}
