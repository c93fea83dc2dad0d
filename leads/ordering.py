"""The orders of the lead list, and fifty leads of one: by key, never by counting rows, however many there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from leads.literal import rows_of, sql_of
from leads.models import Lead

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.utils.functional import _StrPromise

    from leads.models.lead import LeadQuerySet

PAGE = 50
SHOWN = (
    "name", "title", "stage", "stage_since", "cycle", "version", "score", "amount", "currency", "expected_close_on",
    "source", "campaign", "channel", "created_at", "due_at", "touched_at", "next_kind", "next_at", "erased_at",
    "merged_into", "company__name", "company__industry", "company__country", "owner__username", "owner__first_name",
    "owner__last_name",
)  # fmt: skip
"""What a row shows, in whichever columns, and what says which steps and changes are open to it."""


@dataclass(frozen=True)
class Order:
    """What the list is ordered by. Leads without a value come last, whichever way; ties go by number.

    `down` is the way a person expects first: the newest, the highest.
    """

    column: str
    upwards: _StrPromise
    downwards: _StrPromise
    down: bool = False
    has_blanks: bool = False


ORDERS: dict[str, Order] = {
    "new": Order("id", _("Oldest first"), _("Newest first"), down=True),
    "due": Order("due_at", _("Due soonest"), _("Due latest"), has_blanks=True),
    "since": Order("stage_since", _("Longest in stage"), _("Shortest in stage")),
    "score": Order("score", _("Lowest score"), _("Highest score"), down=True),
    "name": Order("name", _("Name, A to Z"), _("Name, Z to A")),
    "amount": Order("amount", _("Smallest amount"), _("Largest amount"), down=True, has_blanks=True),
    "touched": Order("touched_at", _("Touched longest ago"), _("Touched last"), down=True, has_blanks=True),
    "planned": Order("next_at", _("Planned soonest"), _("Planned latest"), has_blanks=True),
}
NEWEST = "-new"
FIRST_YEAR, LAST_YEAR = 1, 9999


@dataclass(frozen=True)
class Sorting:
    """An order and its direction, as a URL says them: `score` upwards, `-score` downwards. Raises KeyError."""

    name: str

    @property
    def order(self) -> Order:
        return ORDERS[self.name.removeprefix("-")]

    @property
    def down(self) -> bool:
        return self.name.startswith("-")


@dataclass(frozen=True)
class Key:
    """Where in an order a lead stands: its value, and its number."""

    value: Any
    number: int

    def __str__(self) -> str:
        if self.value is None:
            return f"{self.number}~"
        told = self.value.isoformat() if isinstance(self.value, datetime) else str(self.value)
        return f"{self.number}~{told}"


def key_of(lead: Lead, sorting: Sorting) -> Key:
    return Key(getattr(lead, sorting.order.column), lead.pk)


def read_key(text: str, sorting: Sorting) -> Key:
    """The key that a URL carries. Raises ValueError for what is none."""
    number, mark, told = text.partition("~")
    order = sorting.order
    if not (mark and number.isascii() and number.isdigit() and 0 < int(number) < 2**63) or "\0" in told:
        raise ValueError(f"{text!r} is no place in the list")
    if order.has_blanks and not told:
        return Key(None, int(number))
    try:
        value = Lead._meta.get_field(order.column).to_python(told)  # type: ignore[union-attr]
    except (ValidationError, ArithmeticError) as error:
        raise ValueError(f"{text!r} is no place in the list") from error
    if isinstance(value, datetime) and not FIRST_YEAR < value.year < LAST_YEAR:  # at its edge a zone goes over it
        raise ValueError(f"{text!r} is no place in the list")
    if isinstance(value, datetime) and value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    if isinstance(value, int) and not -(2**31) <= value < 2**63:
        raise ValueError(f"{text!r} is no place in the list")
    return Key(value, int(number))


def walk(
    leads: LeadQuerySet, sorting: Sorting, *, start: Key | None, limit: int, back: bool = False, few: bool = False
) -> list[int]:
    """The numbers of the leads that follow `start` in the order; with `back` those before it, the nearest first.

    `few` says that hardly any lead matches: they are then found by the filters and sorted, instead of looked for all
    along the index of the order.
    """
    found: list[int] = []
    for part in _parts(leads, sorting, start=start, back=back, few=few):
        if len(found) < limit:
            found += [number for (number,) in rows_of(sql_of(part.values_list("pk")[: limit - len(found)]))]
    return found


def beside(leads: LeadQuerySet, sorting: Sorting, *, start: Key) -> tuple[int | None, int | None]:
    """The numbers of the leads just before and just after a place in the order, by one query; None at its ends."""
    parts = [
        part.annotate(back=Value(back), turn=Value(turn)).values_list("back", "turn", "id")[:1]
        for back in (True, False)
        for turn, part in enumerate(_parts(leads, sorting, start=start, back=back, few=False))
    ]
    union = " UNION ALL ".join(f"({sql})" for sql in map(sql_of, parts) if sql)
    nearest: dict[bool, int] = {}
    for back, _turn, lead_id in sorted(rows_of(union), reverse=True):
        nearest[back] = lead_id  # the first turn is set last
    return nearest.get(True), nearest.get(False)


def _parts(
    leads: LeadQuerySet, sorting: Sorting, *, start: Key | None, back: bool, few: bool
) -> Iterator[LeadQuerySet]:
    """What follows `start`, or comes before it: those with a value of the order and those without, in their turn."""
    if few and start is None and not back:
        yield _from_the_top(leads, sorting)
        return
    blanks = [False, True] if sorting.order.has_blanks else [False]
    if back:
        blanks.reverse()
    if start and sorting.order.has_blanks:
        blanks = blanks[blanks.index(start.value is None) :]
    for blank in blanks:
        begin = start if start and (start.value is None) == blank else None
        yield _part(leads, sorting, blank=blank, start=begin, down=sorting.down != back, few=few)


def _part(
    leads: LeadQuerySet, sorting: Sorting, *, blank: bool, start: Key | None, down: bool, few: bool
) -> LeadQuerySet:
    """Those with a value of the order, or those without, beginning behind `start`."""
    order = sorting.order
    by = "id" if blank else order.column
    if order.has_blanks:
        leads = leads.filter(**{f"{order.column}__isnull": blank})
    if start:
        leads = leads.filter(_behind(by, start, down=down))
    first = _apart(by) if few else F(by)
    ways = [first, F("id")] if by != "id" else [first]
    return leads.order_by(*(way.desc() if down else way.asc() for way in ways))


def _from_the_top(leads: LeadQuerySet, sorting: Sorting) -> LeadQuerySet:
    """Few leads in their order, those without a value last."""
    first, number = _apart(sorting.order.column), F("id")
    if sorting.down:
        return leads.order_by(first.desc(nulls_last=True), number.desc())
    return leads.order_by(first.asc(nulls_last=True), number.asc())


def _apart(column: str) -> Coalesce:
    """A column that no index has under this name, so that none tempts the planner to walk along it."""
    return Coalesce(F(column), F(column))


def _behind(by: str, start: Key, *, down: bool) -> Q:
    further = "lt" if down else "gt"
    if by == "id":
        return Q(**{f"id__{further}": start.number})
    beyond = Q(**{f"{by}__{further}": start.value}) | Q(**{f"id__{further}": start.number})
    return Q(**{f"{by}__{further}e": start.value}) & beyond


@dataclass(frozen=True)
class Page:
    """Fifty leads, and whether there are others before and after them."""

    rows: list[Lead]
    has_previous: bool
    has_next: bool


def page(
    leads: LeadQuerySet, sorting: Sorting, *, after: Key | None = None, before: Key | None = None, few: bool = False
) -> Page:
    """The fifty leads after a key, or before one; the first ones of all without."""
    found = walk(leads, sorting, start=before or after, limit=PAGE + 1, back=before is not None, few=few)
    known = Lead.objects.select_related("company", "owner").only(*SHOWN).in_bulk(found[:PAGE])
    rows = [known[number] for number in found[:PAGE] if number in known]
    if before:
        return Page(rows[::-1], len(found) > PAGE, has_next=True)
    return Page(rows, after is not None, len(found) > PAGE)
