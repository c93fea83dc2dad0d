"""One import from beginning to end: survey the file, read it again in chunks, merge each, tell every row's result."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from leads.importing.errors import RowRefused
from leads.importing.keys import Taken
from leads.importing.merging import Merger
from leads.importing.reading import opened
from leads.importing.records import REFUSED, Record, Result
from leads.importing.rows import RowReader
from leads.importing.survey import source_of, survey
from leads.refusals import LostRace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from leads.importing.mapping import Mapping
    from leads.importing.reading import Source
    from leads.importing.records import Key
    from leads.importing.survey import Survey

CHUNK = 5_000

BUSY = _("Somebody else is changing the same leads right now. Import the file again: that goes on from here.")

type Tell = Callable[[Sequence[Result]], None]


class Stopped(Exception):
    """The import stopped on the way. The chunks before are kept; running it again goes on from there."""


@dataclass
class Summary:
    """What an import did. `rows` counts rows of the file, `counts` rows by result and those with flags."""

    rows: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    companies_created: int = 0
    companies_updated: int = 0
    owners_created: int = 0

    def add(self, results: Sequence[Result]) -> None:
        self.rows += len(results)
        self.counts.update(result.result for result in results)
        self.counts["flagged"] += sum(1 for result in results if result.flags)


@dataclass
class Import:
    """An import ready to run: the file has been read once and can be used. `header` names its columns."""

    source: Source
    mapping: Mapping
    sides: Path
    at: datetime
    survey: Survey

    @property
    def header(self) -> list[str]:
        return self.survey.header


def prepare(path: Path, mapping: Mapping, *, at: datetime, sides: Path | None = None, limit: bool = True) -> Import:
    """Survey the file. `sides` is the folder of side files, the file's own by default. Raises Unusable."""
    source = source_of(path, mapping, limit=limit)
    return Import(source, mapping, sides or path.parent, at, survey(source, mapping))


def run(job: Import, *, tell: Tell, dry_run: bool = False) -> Summary:
    """Write the file's leads, chunk by chunk, and tell the results of each once it is safe.

    A dry run does the same in one transaction that is rolled back. Raises Unusable for side files that cannot be
    used, before anything is written, and Stopped when somebody else holds what a chunk needs.
    """
    reader = RowReader(job.mapping, job.survey, sides=job.sides, at=job.at)
    if not dry_run:
        return _run(job, reader, tell)
    with transaction.atomic():
        summary = _run(job, reader, tell)
        transaction.set_rollback(True)
    return summary


def _run(job: Import, reader: RowReader, tell: Tell) -> Summary:
    merger = Merger(job.mapping, at=job.at)
    summary = Summary()
    repeated: list[Record] = []
    for records, refused in _ahead(_chunks(job, reader, repeated)):
        _merge(merger, records, refused, summary, tell)
    groups = _groups(repeated, job.mapping.match)
    for start in range(0, len(groups), CHUNK):
        _merge(merger, groups[start : start + CHUNK], [], summary, tell)
    summary.companies_created = merger.companies.created
    summary.companies_updated = merger.companies.updated
    summary.owners_created = merger.people.created
    return summary


def _ahead[T](items: Iterator[T]) -> Iterator[T]:
    """The same items; a thread makes the next one while the database is busy with this one."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item


def _chunks(job: Import, reader: RowReader, repeated: list[Record]) -> Iterator[tuple[list[Record], list[Result]]]:
    """The rows read, some thousands at a time, with those refused; rows of repeated keys are put aside."""
    records: list[Record] = []
    refused: list[Result] = []
    with opened(job.source) as table:
        for line, row in table.rows:
            try:
                record = reader.read(line, row)
            except RowRefused as error:
                refused.append(Result(line, reader.key_of(row), REFUSED, str(error), (), row))
            else:
                (repeated if reader.is_repeated(row) else records).append(record)
            if len(records) + len(refused) >= CHUNK:
                yield records, refused
                records, refused = [], []
    yield records, refused


def _merge(merger: Merger, records: list[Record], refused: list[Result], summary: Summary, tell: Tell) -> None:
    try:
        results = merger.merge(records) + refused
    except (Taken, LostRace) as error:
        raise Stopped(str(BUSY)) from error
    results.sort(key=lambda result: result.line)
    summary.add(results)
    tell(results)


def _groups(records: Sequence[Record], match: Sequence[str]) -> list[Record]:
    """One record per lead: rows that share a key are taken in by the first of them."""
    heads: list[Record] = []
    by_key: dict[Key, Record] = {}
    for record in records:
        shared = [key for key in record.keys if key[0] in match]
        head = next((by_key[key] for key in shared if key in by_key), None)
        if head is None:
            heads.append(record)
        else:
            head.absorb(record)
        by_key.update(dict.fromkeys(shared, head or record))
    return heads
