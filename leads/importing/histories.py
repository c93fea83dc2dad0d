"""Where a row's stage history comes from: date columns, a stage column, or a file of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from leads.importing.arranging import Entry, one_pass
from leads.importing.dates import Column, reader
from leads.importing.errors import RowRefused, Unusable
from leads.importing.reading import Source, cells_differ, opened
from leads.importing.values import short

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from leads.importing.cells import Cells, Row
    from leads.importing.mapping import Dated, History
    from leads.importing.mapping import Mapping as Map

type Dates = Mapping[str, Callable[[str, str], datetime | None]]  # a reader per date column
type Entries = Callable[[Row], list[Entry]]


def history_of(mapping: Map, cells: Cells, dates: Dates, sides: Path, at: datetime) -> Entries:
    """From a row to its entries; raises RowRefused when it has none, or an impossible one."""
    history = mapping.history
    if history.kind == "dates":
        own = _from_dates(history, cells, dates)
    elif history.kind == "stage":
        own = _from_stage(history, cells, dates)
    else:
        own = _from_file(mapping, cells, sides, at)
    fallback = _reader_of(history.otherwise, cells, dates) if history.otherwise else None

    def entries(row: Row) -> list[Entry]:
        found = own(row)
        if not found:
            if fallback is None:
                raise RowRefused(_("the row says no stage; the mapping's [history].otherwise could name one"))
            found = [fallback(row)]
        return found

    return entries


def _reader_of(dated: Dated, cells: Cells, dates: Dates) -> Callable[[Row], Entry]:
    stage, column = dated.stage, dated.column
    if not column:
        return lambda row: Entry(stage, None)
    get, read = cells.column(column), dates[column]
    return lambda row: Entry(stage, read(get(row), column))


def _from_dates(history: History, cells: Cells, dates: Dates) -> Entries:
    readers = [_reader_of(dated, cells, dates) for dated in history.dated]

    def entries(row: Row) -> list[Entry]:
        return one_pass([entry for read in readers if (entry := read(row)).at is not None])

    return entries


def _from_stage(history: History, cells: Cells, dates: Dates) -> Entries:
    get = cells.column(history.column)
    table = {
        value.lower(): [_reader_of(dated, cells, dates) for dated in meant] for value, meant in history.stages.items()
    }

    def entries(row: Row) -> list[Entry]:
        value = get(row)
        readers = table.get(value.lower())
        if readers is None:
            if not value:
                return []
            raise _unknown(history.column, value)
        return one_pass([read(row) for read in readers])

    return entries


def _unknown(column: str, value: str) -> RowRefused:
    words = _("%(column)s: the stage %(value)s is not in the mapping's [history.stages]")
    return RowRefused(words % {"column": column, "value": short(value)})


def _from_file(mapping: Map, cells: Cells, sides: Path, at: datetime) -> Entries:
    """The rows of a history file by key: all of it is held in memory, about 200 bytes a row."""
    history = mapping.history
    get = cells.column(mapping.external or mapping.email or mapping.phone)
    source = Source(sides / history.file, mapping.encoding, mapping.delimiter, limit=False)
    known = _load(source, mapping, at)

    def entries(row: Row) -> list[Entry]:
        found = known.get(get(row), [])
        if isinstance(found, str):
            raise RowRefused(found)
        # entries are filled in later, so every row gets its own
        return [Entry(entry.stage, entry.at) for entry in found]

    return entries


def _load(source: Source, mapping: Map, at: datetime) -> dict[str, list[Entry] | str]:
    """Entries by key, in the order of time; or why a key's history cannot be used."""
    history = mapping.history
    name = source.path.name
    columns = [history.key, history.column, history.valid_from, *([history.valid_to] if history.valid_to else [])]
    formats = _formats(source, mapping, columns)
    begins = reader(formats[history.valid_from], latest=at)
    ends = reader(formats.get(history.valid_to, "%Y-%m-%d"))
    stages = {value.lower(): meant for value, meant in history.stages.items()}
    found: dict[str, list[Entry] | str] = {}
    with opened(source) as table:
        table.require(columns, name)
        places = [table.positions[column] for column in columns]
        for line, row in table.rows:
            key, stage, start, *end = [row[place].strip() for place in places]
            entries = found.setdefault(key, [])
            if isinstance(entries, str):
                continue
            try:
                entered = begins(start, history.valid_from)
                _check_interval(entered, end[0] if end else "", history, ends)
                if stage.lower() not in stages:
                    raise _unknown(history.column, stage)
                entries += [Entry(dated.stage, entered) for dated in stages[stage.lower()]]
            except RowRefused as refused:
                words = _("%(name)s, line %(line)s: %(problem)s")
                found[key] = words % {"name": name, "line": line, "problem": refused}
    return found


def _check_interval(
    entered: datetime | None, end: str, history: History, ends: Callable[[str, str], datetime | None]
) -> None:
    """Raises RowRefused for an interval that ends before it begins; an open one has no end."""
    if not end or end.startswith(history.open_ends):
        return
    ended = ends(end, history.valid_to)
    if entered is not None and ended is not None and ended < entered:
        words = _("%(valid_to)s: %(end)r lies before %(valid_from)s")
        raise RowRefused(words % {"valid_to": history.valid_to, "end": end, "valid_from": history.valid_from})


def _formats(source: Source, mapping: Map, columns: list[str]) -> dict[str, str]:
    """The formats of the history file's date columns, each from all its values."""
    history = mapping.history
    dated = [column for column in (history.valid_from, history.valid_to) if column]
    surveyed = {column: Column(column, mapping.dates.get(column, "")) for column in dated}
    with opened(source) as table:
        table.require(columns, source.path.name)
        for line, row in table.rows:
            if len(row) != len(table.header):
                raise Unusable(f"{source.path.name}, line {line}: {cells_differ(row, table.header)}.")
            for column, seen in surveyed.items():
                seen.add(row[table.positions[column]].strip())
    return {column: seen.decide() for column, seen in surveyed.items()}
