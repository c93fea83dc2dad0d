"""Leads as CSV, a row at a time, so that a million take no more memory than one."""

from __future__ import annotations

import csv
import unicodedata
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, QuerySet

from leads.models import Identity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leads.models.lead import LeadQuerySet

CHUNK = 2_000
_FORMULA = "=+-@\t\r\0"
COLUMNS = {
    "lead": F("id"), "name": F("name"), "title": F("title"), "email": "email", "phone": "phone",
    "company": F("company__name"), "industry": F("company__industry"), "country": F("company__country"),
    "employees": F("company__employees"), "stage": F("stage"), "stage_since": F("stage_since"), "cycle": F("cycle"),
    "owner": F("owner__username"), "source": F("source"), "medium": F("medium"), "campaign": F("campaign"),
    "channel": F("channel"), "score": F("score"), "amount": F("amount"), "currency": F("currency"),
    "expected_close_on": F("expected_close_on"), "due_at": F("due_at"), "touched_at": F("touched_at"),
    "next_at": F("next_at"), "created_at": F("created_at"),
}  # fmt: skip


def safe(value: Any) -> Any:
    """A cell no spreadsheet takes for a formula: one that reads like one gets an apostrophe in front.

    What comes before the sign without being seen, and signs of full width, are looked through.
    """
    if not isinstance(value, str):
        return value
    seen = value.lstrip("".join(chr(code) for code in range(33)) + "\x7f\u00a0\u200b\u200e\u200f\u2060\ufeff")
    first = unicodedata.normalize("NFKC", seen[:1])
    return f"'{value}" if value[:1] in ("\t", "\r", "\0") or first[:1] in tuple(_FORMULA) else value


class _Echo:
    """What csv writes to, giving each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def lines(leads: LeadQuerySet) -> Iterator[str]:
    """The lines of the file, its head first; leads by number, times in UTC."""
    writer = csv.writer(_Echo())
    yield writer.writerow(list(COLUMNS))
    for row in _rows(leads).iterator(chunk_size=CHUNK):
        yield writer.writerow([_cell(value) for value in row])


def _rows(leads: LeadQuerySet) -> QuerySet[Any, tuple[Any, ...]]:
    columns: list[Any] = [_key(column) if isinstance(column, str) else column for column in COLUMNS.values()]
    return leads.order_by("id").values_list(*columns)


def _key(kind: str) -> ArraySubquery:
    own = Identity.objects.filter(lead=OuterRef("pk"), kind=kind).order_by("value")
    return ArraySubquery(own.values("value"))


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return safe("; ".join(value))
    return value.isoformat() if hasattr(value, "isoformat") else safe(value)
