"""The first pass over a file: is it readable to its end, how are its dates written, which keys come more than once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from leads.importing.cells import Cells
from leads.importing.dates import Column, check_format
from leads.importing.errors import Unusable
from leads.importing.reading import Source, opened

if TYPE_CHECKING:
    from pathlib import Path

    from leads.importing.mapping import Mapping


@dataclass
class Survey:
    """What the first pass found. `repeated` are hashes of keys that more than one row has."""

    header: list[str]
    rows: int = 0
    formats: dict[str, str] = field(default_factory=dict)
    repeated: set[int] = field(default_factory=set)


def source_of(path: Path, mapping: Mapping, *, limit: bool) -> Source:
    return Source(path, mapping.encoding, mapping.delimiter, limit)


def survey(source: Source, mapping: Mapping) -> Survey:
    """Read the whole file once. Raises Unusable for a file, or a date column, that cannot be used.

    Keys are kept as hashes, some 60 bytes a row; two keys of one hash only cost the second a place at the end.
    """
    for column, name in mapping.dates.items():
        check_format(column, name)
    with opened(source) as table:
        table.require(mapping.columns(), source.path.name, mapping.optional)
        cells = Cells(table.positions, mapping.values)
        found = Survey(table.header)
        columns = [(cells.column(name), Column(name, mapping.dates.get(name, ""))) for name in mapping.date_columns()]
        open_columns = [(get, column.add) for get, column in columns if not column.fixed]
        keys = [cells.column(getattr(mapping, kind)) for kind in mapping.match]
        seen: set[int] = set()
        width = len(table.header)
        for _line, row in table.rows:
            found.rows += 1
            if len(row) != width:
                continue  # refused by the second pass
            for get, add in open_columns:
                add(get(row))
            for number, get_key in enumerate(keys):
                if key := get_key(row):
                    hashed = key_hash(number, key)
                    (found.repeated if hashed in seen else seen).add(hashed)
    if not found.rows:
        raise Unusable(_("%(name)s has a header and no rows.") % {"name": source.path.name})
    found.formats = {column.name: column.decide() for _get, column in columns}
    return found


def key_hash(number: int, text: str) -> int:
    """A hash that spellings of one key share."""
    return hash((number, text.casefold()))
