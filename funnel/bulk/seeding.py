"""Loads the lives of a benchmark block by block, in one transaction: all of it or nothing."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import psycopg
from django.db import ProgrammingError, connection, transaction

from funnel.bulk import binary, cast, indexes, lives, rows
from funnel.bulk.binary import Coded, Plain, Same, Table
from funnel.demo.seeding import months_before
from leads.models import Lead

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from funnel.bulk.rows import Columns, Writer

BLOCK = 50_000  # leads in memory at once: about 300 MB with the block that follows
GROWTH = 0.4  # by how much more leads arrive at the end of the history than at its beginning
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
TABLES = ("leads_lead", "leads_stagechange", "leads_unapplied", "leads_identity")

type Encoded = dict[str, tuple[str, memoryview]]


class SeedRefused(Exception):
    """Nothing was written. The message says why."""


@dataclass(frozen=True)
class Seeded:
    """How much was written, and in how many seconds, indexes and statistics of the planner included."""

    leads: int
    changes: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What to seed: so many leads, born in the `months` before `at`; the same wish brings the same leads."""

    leads: int
    months: int = 24
    seed: int = 1
    at: datetime
    unapplied: bool = False
    identities: bool = False
    append: bool = False


def seed(wanted: Wanted, tell: Callable[[str], object] = lambda line: None) -> Seeded:
    """Write the leads, their log and what was wished for besides; `tell` hears how far it is.

    Triggers and foreign keys are off for this transaction, so the rows must be right by themselves. Raises SeedRefused.
    """
    start = time.perf_counter()
    if not wanted.append and Lead.objects.exists():
        raise SeedRefused("There are leads already; --append adds to them. Nothing was written.")
    with transaction.atomic():
        there = cast.gather(seed=wanted.seed, at=wanted.at)
        _silence_triggers()
        with indexes.rebuilt_afterwards(TABLES, unless_larger_than=wanted.leads):
            changes = _load(wanted, there, tell)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join((*TABLES, 'leads_company'))}")
    return Seeded(wanted.leads, changes, time.perf_counter() - start)


def _silence_triggers() -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
    except ProgrammingError as error:
        if not isinstance(error.__cause__, psycopg.errors.InsufficientPrivilege):
            raise
        raise SeedRefused(
            "Bulk loading needs a database role that may set session_replication_role: a superuser, "
            "or one with GRANT SET ON PARAMETER. Nothing was written."
        ) from error


def _load(wanted: Wanted, there: cast.Cast, tell: Callable[[str], object]) -> int:
    """Copy block after block; returns the number of log lines. One thread simulates while the other one sends."""
    first_id = _take_numbers(wanted.leads)
    begin, over = _micros(months_before(wanted.at, wanted.months)), _micros(wanted.at)
    writer = rows.Writer(there, first_day=begin // lives.DAY - 1, over=over)
    started, written, changes = time.perf_counter(), 0, 0
    with ThreadPoolExecutor(1) as thread:
        blocks = [(first, min(first + BLOCK, wanted.leads)) for first in range(0, wanted.leads, BLOCK)]
        coming = thread.submit(_block, wanted, writer, begin, first_id, blocks[0])
        for number in range(len(blocks)):
            leads, lines, encoded = coming.result()
            if number + 1 < len(blocks):
                coming = thread.submit(_block, wanted, writer, begin, first_id, blocks[number + 1])
            _send(encoded)
            written, changes = written + leads, changes + lines
            tell(f"{written:,} leads, {changes:,} changes, {time.perf_counter() - started:.0f} s")
    return changes


def _block(
    wanted: Wanted, writer: Writer, begin: int, first_id: int, block: tuple[int, int]
) -> tuple[int, int, Encoded]:
    """The numbers of leads and lines of a block, and its rows by table."""
    rng = np.random.default_rng([wanted.seed, 1, block[0]])
    born = _births(rng, block, wanted.leads, begin, writer.over)
    count = len(born)
    leads, lines = lives.live(rng, born, first_day=begin // lives.DAY - 1, over=writer.over)
    ids = first_id + np.arange(*block)
    company = np.where(rng.random(count) < rows.NO_COMPANY, 0, rng.integers(1, len(writer.cast.company_ids), count))
    columns = {
        "leads_lead": writer.leads(rng, leads, ids, company),
        "leads_stagechange": writer.lines(rng, leads, lines, ids, writer.cast.firm[company]),
    }
    if wanted.unapplied:
        every = columns["leads_stagechange"]
        columns["leads_unapplied"] = {name: every[name] for name in ("lead_id", "sequence")}
    if wanted.identities:
        columns["leads_identity"] = _identities(columns["leads_lead"], ids)
    return count, len(lines.lead), {table: _encoded(names, table, count, lines) for table, names in columns.items()}


def _encoded(columns: Columns, table: str, leads: int, lines: lives.Lines) -> tuple[str, memoryview]:
    many = len(lines.lead) if table in ("leads_stagechange", "leads_unapplied") else leads
    return ", ".join(columns), binary.encode(list(columns.values()), many)


def _births(
    rng: np.random.Generator, block: tuple[int, int], leads: int, begin: int, over: int
) -> np.ndarray[Any, Any]:
    """Instants of birth in rising order, denser towards the end."""
    share = (np.arange(*block) + rng.random(block[1] - block[0])) / leads
    grown = (np.sqrt(1 + share * ((1 + GROWTH) ** 2 - 1)) - 1) / GROWTH  # inverse of the integral of a rising rate
    return begin + (grown * (over - begin)).astype(np.int64)


def _identities(lead: Columns, ids: np.ndarray[Any, Any]) -> Columns:
    emails = Table([binary.text(f"lead{number}@bench.example") for number in ids.tolist()])
    return {
        "kind": Same(binary.text("email")), "value": Coded(np.arange(len(ids)), emails), "lead_id": Plain(ids),
        "created_at": lead["created_at"],
    }  # fmt: skip


def _send(encoded: Encoded) -> None:
    with connection.cursor() as cursor:
        copying: Any = cursor.cursor  # psycopg's own, which Django's wrapper has no types for
        for table, (columns, content) in encoded.items():
            with copying.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT binary)") as copy:
                copy.write(binary.HEADER)
                for piece in _pieces(content):
                    copy.write(piece)
                copy.write(binary.TRAILER)


def _pieces(content: memoryview, size: int = 1 << 20) -> Iterator[memoryview]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


def _take_numbers(count: int) -> int:
    """Take so many lead numbers from the sequence; returns the first."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE leads_lead IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute("SELECT nextval(pg_get_serial_sequence('leads_lead', 'id'))")
        first: int = cursor.fetchone()[0]
        cursor.execute("SELECT setval(pg_get_serial_sequence('leads_lead', 'id'), %s)", [first + count - 1])
    return first


def _micros(moment: datetime) -> int:
    past = moment - EPOCH
    return (past.days * 86_400 + past.seconds) * 1_000_000 + past.microseconds
