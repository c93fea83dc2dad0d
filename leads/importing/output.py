"""Telling an import's results: to people, to programs, and as a file of refused rows to correct and import again."""

from __future__ import annotations

import csv
import json
import os
from typing import IO, TYPE_CHECKING, Any, Self

from leads.importing.errors import Unusable
from leads.importing.records import CREATED, REFUSED, UNCHANGED, UPDATED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from django.core.management.base import OutputWrapper

    from leads.importing.records import Result
    from leads.importing.run import Import, Summary

LINE, REASON = "refused_line", "refused_reason"
COUNTS = (CREATED, UPDATED, UNCHANGED, REFUSED, "flagged")
SHOWN = 10  # refused rows that a summary for people quotes


class Refusals:
    """A file of refused rows, as they were, with their line and the reason. It is made only when there are any."""

    def __init__(self, path: Path, job: Import) -> None:
        self.target = path
        self.job = job
        self.file: IO[str] | None = None

    @property
    def path(self) -> Path | None:
        """The file, None when no row was refused."""
        return self.target if self.file else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self.file:
            self.file.close()

    def add(self, results: Sequence[Result]) -> None:
        """Write those of the results that are refused."""
        for result in results:
            if result.result == REFUSED:
                self._writer().writerow(self._cells(result.cells or [], str(result.line), result.why))

    def _writer(self) -> Any:
        if self.file is None:
            source = self.job.source
            self.kept = [place for place, name in enumerate(self.job.header) if name not in (LINE, REASON)]
            encoding = source.encoding.removesuffix("-sig")
            try:  # a reason can have characters that the file's encoding lacks
                self.file = self.target.open("w", encoding=encoding, errors="backslashreplace", newline="")
            except OSError as error:
                raise Unusable(f"{self.target} cannot be written: {error.strerror}.") from None
            self.writer = csv.writer(self.file, delimiter=source.delimiter)
            self.writer.writerow([*(self.job.header[place] for place in self.kept), LINE, REASON])
        return self.writer

    def _cells(self, cells: list[str], line: str, why: str) -> list[str]:
        """Cells under their columns; those that a row has too many of come last, lest they be lost."""
        own = [cells[place] if place < len(cells) else "" for place in self.kept]
        return [*own, line, why, *cells[len(self.job.header) :]]


class Listener:
    """Standard output as long as somebody reads it: `| head` ends the telling, not the import."""

    def __init__(self, out: OutputWrapper) -> None:
        self.out = out
        self.encoding = getattr(out, "encoding", None) or "utf-8"

    def write(self, text: str, ending: str = "\n") -> None:
        """Write what the encoding can say; what it cannot, as escapes."""
        try:
            self.out.write(text.encode(self.encoding, "backslashreplace").decode(self.encoding), ending=ending)
            self.out.flush()
        except BrokenPipeError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.out.fileno())
            os.close(nowhere)


class TextOutput:
    """A summary for people."""

    def __init__(self, out: Listener, file: Path, mapping: Path, *, dry_run: bool) -> None:
        self.out = out
        self.file = file
        self.dry_run = dry_run
        self.quoted = 0

    def add(self, results: Sequence[Result]) -> None:
        for result in results:
            if result.result == REFUSED:
                self.quoted += 1
                if self.quoted <= SHOWN:
                    self.out.write(f"line {result.line}: refused: {result.why}")
                elif self.quoted == SHOWN + 1:
                    self.out.write("… and more")

    def end(self, summary: Summary, refused: Path | None) -> None:
        counts = ", ".join(f"{summary.counts[name]:,} {name}" for name in COUNTS)
        self.out.write(f"{self.file.name}: {summary.rows:,} rows: {counts}.")
        beside = {
            "companies created": summary.companies_created,
            "companies updated": summary.companies_updated,
            "owners created": summary.owners_created,
        }
        if any(beside.values()):
            self.out.write(", ".join(f"{count:,} {what}" for what, count in beside.items() if count) + ".")
        if refused:
            self.out.write(f"Refused rows, with reasons: {refused}")
        if self.dry_run:
            self.out.write("This was a dry run: nothing was written.")


class JsonOutput:
    """One JSON document, written as the import goes, so that its size does not matter."""

    def __init__(self, out: Listener, file: Path, mapping: Path, *, dry_run: bool) -> None:
        self.out = out
        self.first = True
        self.head = json.dumps({"file": str(file), "mapping": str(mapping), "dry_run": dry_run})[:-1]

    def add(self, results: Sequence[Result]) -> None:
        if results:
            rows = (
                {"line": row.line, "key": row.key, "result": row.result, "why": row.why, "flags": list(row.flags)}
                for row in results
            )
            self.out.write((self.head + ', "results": [\n') if self.first else ",\n", ending="")
            self.out.write(",\n".join(map(json.dumps, rows)), ending="")
            self.first = False

    def end(self, summary: Summary, refused: Path | None) -> None:
        if self.first:
            self.out.write(self.head + ', "results": [', ending="")
        tail = {
            "rows": summary.rows,
            "counts": {name: summary.counts[name] for name in COUNTS},
            "companies": {"created": summary.companies_created, "updated": summary.companies_updated},
            "owners": {"created": summary.owners_created},
            "refused_file": str(refused) if refused else None,
        }
        self.out.write("\n], " + json.dumps(tail)[1:])
