"""From a row to a Record, by functions compiled from the mapping. Raises RowRefused for a row that cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from leads import identity
from leads.importing.cells import Cells, Row, label_of, remembered
from leads.importing.dates import reader
from leads.importing.errors import RowRefused
from leads.importing.histories import history_of
from leads.importing.parties import party_of
from leads.importing.reading import LONGEST_ROW, cells_differ
from leads.importing.records import Key, Record
from leads.importing.survey import Survey, key_hash
from leads.importing.values import COMPANY_READERS, LEAD_READERS, OWNER_READERS, short
from leads.phrases import all_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from leads.importing.mapping import Mapping

DATES = ("expected_close_on", "title_since")


class RowReader:
    """Reads the rows of one file by one mapping, as seen at the instant `at`."""

    def __init__(self, mapping: Mapping, survey: Survey, *, sides: Path, at: datetime) -> None:
        positions = {name: survey.header.index(name) for name in mapping.columns() if name in survey.header}
        cells = Cells(positions, mapping.values)
        self.mapping = mapping
        self.width = len(survey.header)
        self.header = survey.header
        self.repeated = survey.repeated
        past = {name: reader(survey.formats[name], latest=at) for name in mapping.date_columns()}
        self.entries = history_of(mapping, cells, past, sides, at)
        self.company = party_of(mapping.company, cells, mapping, sides=sides, readers=COMPANY_READERS)
        self.owner = party_of(mapping.owner, cells, mapping, sides=sides, readers=OWNER_READERS)
        kinds = [kind for kind in ("external", "email", "phone") if getattr(mapping, kind)]
        self.keys = [_key_reader(kind, mapping, cells) for kind in kinds]
        self.matches = [cells.column(getattr(mapping, kind)) for kind in mapping.match]
        self.facts = _fact_readers(mapping, cells, survey)
        self.extra = [(name, cells.value(value)) for name, value in mapping.extra.items()]
        self.refuse = [(column, cells.column(column), values) for column, values in mapping.refuse.items()]
        self.consent = _consent_reader(mapping, cells, past)

    def is_repeated(self, row: Row) -> bool:
        """Whether another row of the file has one of its keys."""
        if not self.repeated or len(row) != self.width:
            return False
        return any(key_hash(number, get(row)) in self.repeated for number, get in enumerate(self.matches))

    def key_of(self, row: Row) -> str:
        """The key as the row writes it, for a row that could not be read."""
        if len(row) != self.width:
            return ""
        return next(filter(None, (get(row) for get in self.matches)), "")[:320]

    def read(self, line: int, row: Row) -> Record:
        """The record of one row that begins on `line`."""
        if len(row) != self.width:
            raise RowRefused(cells_differ(row, self.header))
        if sum(map(len, row)) > LONGEST_ROW:
            words = _("the row has more than %(most)s characters")
            raise RowRefused(words % {"most": f"{LONGEST_ROW:,}"})
        for column, get, values in self.refuse:
            if (value := get(row)) in values:
                words = _("%(column)s is %(value)s, which the mapping refuses")
                raise RowRefused(words % {"column": column, "value": short(value)})
        record = Record(line, row)
        record.keys = [key for read in self.keys if (key := read(row))]
        if not any(kind in self.mapping.match for kind, _ in record.keys):
            columns = [repr(getattr(self.mapping, kind)) for kind in self.mapping.match]
            names, several = all_of(columns), "and" in " and ".join(columns)
            words = _("the key is missing: %(names)s blank") if several else _("the key %(names)s is blank")
            raise RowRefused(words % {"names": names})
        record.entries = self.entries(row)
        stage = record.entries[-1].stage
        facts = record.facts
        for name, read_fact, stages in self.facts:
            if not stages or stage in stages:
                value = read_fact(row)
                if value is not None:
                    facts[name] = value
        if facts.get("amount") is None:
            facts.pop("currency", None)
        for name, get in self.extra:
            if text := get(row):
                record.extra[name] = text
        self._parties(record, row)
        if self.consent:
            record.consent = self.consent(row)
        return record

    def _parties(self, record: Record, row: Row) -> None:
        record.company, flag = self.company(row)
        if flag:
            record.flags.append(_("company %(flag)s") % {"flag": flag})
        record.owner, flag = self.owner(row)
        if flag:
            record.flags.append(_("owner %(flag)s") % {"flag": flag})


def _key_reader(kind: str, mapping: Mapping, cells: Cells) -> Callable[[Row], Key | None]:
    column = getattr(mapping, kind)
    get = cells.column(column)

    def read(row: Row) -> Key | None:
        text = get(row)
        if not text:
            return None
        try:
            if kind == "external":
                return kind, identity.external(mapping.system, text)
            return kind, identity.email(text) if kind == "email" else identity.phone(text)
        except ValueError as error:
            raise RowRefused(f"{column}: {error}") from None

    return read


def _fact_readers(
    mapping: Mapping, cells: Cells, survey: Survey
) -> list[tuple[str, Callable[[Row], Any], frozenset[str]]]:
    """Each fact with the function that reads it, None for a blank, and the stages that have it."""
    readers = []
    for name, value in mapping.lead.items():
        get, label = cells.value(value), label_of(value)
        is_date = name in DATES
        read = _date(reader(survey.formats[value.columns[0]])) if is_date else remembered(LEAD_READERS[name])
        readers.append((name, _blank_is_none(get, read, label), value.when_stage))
    return readers


def _blank_is_none(get: Callable[[Row], str], read: Callable[[str, str], Any], label: str) -> Callable[[Row], Any]:
    def fact(row: Row) -> Any:
        text = get(row)
        return read(text, label) if text else None

    return fact


def _date(read: Callable[[str, str], datetime | None]) -> Callable[[str, str], Any]:
    """The day in the organisation's time zone."""

    def day(text: str, column: str) -> Any:
        value = read(text, column)
        try:
            return timezone.localtime(value).date() if value else None
        except OverflowError:  # the last day of the calendar, east of Greenwich
            return value.date() if value else None

    return day


def _consent_reader(
    mapping: Mapping, cells: Cells, dates: dict[str, Callable[[str, str], datetime | None]]
) -> Callable[[Row], tuple[bool, datetime | None] | None] | None:
    """Yes, no, or None where the row says nothing; and since when."""
    source = mapping.consent
    if source is None:
        return None
    get = cells.value(source.value)
    since, read = cells.column(source.at), dates.get(source.at)

    def consent(row: Row) -> tuple[bool, datetime | None] | None:
        text = get(row).lower()
        if not text:
            return None
        return text in source.granted, read(since(row), source.at) if read else None

    return consent
