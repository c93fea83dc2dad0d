"""The company and the owner of a row: read from the row, or looked up in a side file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from leads.importing.cells import Cells, Row, party_reader
from leads.importing.reading import Source, load_by_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from leads.importing.mapping import Mapping as Map
    from leads.importing.mapping import Party
    from leads.importing.records import Facts
    from leads.importing.values import Reader

type Found = tuple[Facts, str]  # the facts, and a flag when a side file does not know the value


def party_of(
    party: Party | None, cells: Cells, mapping: Map, *, sides: Path, readers: Mapping[str, Reader]
) -> Callable[[Row], Found]:
    """From a row to its company's or owner's facts. Each distinct value is read once."""
    if party is None:
        return lambda row: ((), "")
    if party.lookup is None:
        return _from_row(party, cells, readers)
    return _looked_up(party, cells, mapping, sides=sides, readers=readers)


def _from_row(party: Party, cells: Cells, readers: Mapping[str, Reader]) -> Callable[[Row], Found]:
    columns = sorted(party.main_columns())
    getters = [cells.column(column) for column in columns]
    read = party_reader(party.facts, readers, {})
    named = cells.value(party.keyed_by)
    seen: dict[tuple[str, ...], Found] = {}

    def find(row: Row) -> Found:
        if not named(row):
            return (), ""
        key = tuple([get(row) for get in getters])
        found = seen.get(key)
        if found is None:
            found = seen[key] = read(dict(zip(columns, key, strict=True))), ""
        return found

    return find


def _looked_up(
    party: Party, cells: Cells, mapping: Map, *, sides: Path, readers: Mapping[str, Reader]
) -> Callable[[Row], Found]:
    lookup = party.lookup
    assert lookup is not None  # noqa: S101  (the caller looked)
    own_columns = () if lookup.by else party.keyed_by.columns
    theirs = {column for value in party.facts.values() for column in value.columns if column not in own_columns}
    source = Source(sides / lookup.file, mapping.encoding, mapping.delimiter)
    table = {key.lower(): row for key, row in load_by_key(source, lookup.key, theirs).items()}
    named = cells.value(party.keyed_by)
    first, *others = party.keyed_by.columns or ("",)
    read = party_reader(party.facts, readers, mapping.values)
    seen: dict[str, Found] = {"": ((), "")}

    def find(row: Row) -> Found:
        name = named(row)
        found = seen.get(name)
        if found is None:
            side = table.get(name.lower())
            flag = "" if side else _("%(name)r is not in %(file)s") % {"name": name, "file": lookup.file}
            own = {} if lookup.by else {first: name, **dict.fromkeys(others, "")}
            known = bool(side) or not lookup.by
            facts = read({**(side or {}), **own}) if known else ()
            found = seen[name] = (facts if _is_named(facts) else (), flag)
        return found

    return find


def _is_named(facts: Facts) -> bool:
    return any(name in ("name", "email") for name, _ in facts)
