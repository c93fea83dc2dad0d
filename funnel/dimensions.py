"""What reports can be narrowed to and broken down by: from words to the numbers columns hold, and back to names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy

from funnel.columns import TEXTS, Column, Columns, rows
from funnel.models import Term
from funnel.moment import memory
from leads.models import Asset, Team, User
from leads.phrases import listed, nothing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PEOPLE = ("owner", "team")
NUMBERED = ("owner", "team", "asset", "cycle")
ROUNDS = ("first", "later")
DIMENSIONS = ("owner", "team", *TEXTS, "asset", "cycle", "round")
NONE = "(none)"
UNKNOWN = -1  # the number of a word that no cycle has
NAMES = {
    "owner": pgettext_lazy("heading", "Owner"),
    "team": pgettext_lazy("heading", "Team"),
    "source": pgettext_lazy("heading", "Source"),
    "medium": pgettext_lazy("heading", "Medium"),
    "campaign": pgettext_lazy("heading", "Campaign"),
    "channel": pgettext_lazy("heading", "Channel"),
    "industry": pgettext_lazy("heading", "Industry"),
    "country": pgettext_lazy("heading", "Country"),
    "size_band": pgettext_lazy("heading", "Size"),
    "asset": pgettext_lazy("heading", "Content"),
    "cycle": pgettext_lazy("heading", "Cycle"),
    "round": pgettext_lazy("heading", "First or later cycle"),
}
WITHIN = {
    "owner": pgettext_lazy("within a sentence", "owner"),
    "team": pgettext_lazy("within a sentence", "team"),
    "source": pgettext_lazy("within a sentence", "source"),
    "medium": pgettext_lazy("within a sentence", "medium"),
    "campaign": pgettext_lazy("within a sentence", "campaign"),
    "channel": pgettext_lazy("within a sentence", "channel"),
    "industry": pgettext_lazy("within a sentence", "industry"),
    "country": pgettext_lazy("within a sentence", "country"),
    "size_band": pgettext_lazy("within a sentence", "size"),
    "asset": pgettext_lazy("within a sentence", "content"),
    "cycle": pgettext_lazy("within a sentence", "cycle"),
    "round": pgettext_lazy("within a sentence", "first or later cycle"),
}
"""The dimensions as headings, and as a sentence names them."""


class BadQuestion(ValueError):
    """A question that has no answer; the message says what to ask instead."""


def number(name: str, value: str) -> int:
    """The number a dimension is chosen by, 0 for none of it. Raises BadQuestion for anything else."""
    if not value:
        return 0
    if not value.isascii() or not value.isdigit() or len(value) > 18:
        words = _("%(name)s is chosen by its number, not by %(value)r.")
        raise BadQuestion(words % {"name": name, "value": value})
    return int(value)


def check(name: str, values: Iterable[str]) -> None:
    """Raises BadQuestion for a dimension there is not, or a value it cannot have."""
    if name not in DIMENSIONS:
        words = _("There is no breakdown by %(name)r. Known: %(known)s.")
        raise BadQuestion(words % {"name": name, "known": listed(DIMENSIONS)})
    for value in values:
        if name in NUMBERED:
            number(name, value)
        elif name == "round" and value not in ROUNDS:
            raise BadQuestion(_("round is first or later, not %(value)r.") % {"value": value})


def codes(name: str, values: Sequence[str]) -> list[int]:
    """The numbers that columns hold for these values."""
    if name in NUMBERED:
        return [number(name, value) for value in values]
    if name == "round":
        return [ROUNDS.index(value) for value in values]
    known = dict(Term.objects.filter(dimension=name, value__in=values).values_list("value", "id"))
    return [known.get(value, UNKNOWN) if value else 0 for value in values]


def columns_of(names: Iterable[str], ranks: Iterable[int]) -> set[str]:
    """The columns that `of` reads for these dimensions."""
    found: set[str] = set()
    for name in names:
        if name in PEOPLE:
            found |= {f"{name}{rank}" for rank in ranks}
        elif name == "round":
            found.add("cycle")
        elif name:
            found.add(name)
    return found


def of(name: str, part: Columns, rank: int | Column) -> Column:
    """The number each cycle has for a dimension; owner and team are those at the entry of the stage of its rank."""
    if name in PEOPLE:
        if isinstance(rank, int):
            return part[f"{name}{rank}"]
        return np.choose(rank - 1, [part[f"{name}{k}"] for k in range(1, 8)])
    if name == "round":
        return (part["cycle"] > 1).astype(np.int64)
    if not name:
        return np.zeros(rows(part), np.int64)
    return part[name].astype(np.int64)


def words(name: str, numbers: Iterable[int]) -> dict[int, str]:
    """How a URL or a file names each number: the word, the number itself, '' for none."""
    numbers = list(numbers)
    if name in NUMBERED:
        return {one: str(one) if one else "" for one in numbers}
    if name == "round":
        return {one: ROUNDS[one] for one in numbers}
    return {0: "", **_remembered(name, numbers)} if name else {0: ""}


def _remembered(name: str, numbers: list[int]) -> dict[int, str]:
    """The names of numbers that something has, each asked for once a moment."""
    known: dict[int, str | None] = memory(("dimension", name))
    missing = {one for one in numbers if one and one not in known}
    if missing:
        known |= dict.fromkeys(missing) | _named(name, missing)
    return {one: label for one in numbers if (label := known.get(one)) is not None}


def _named(name: str, numbers: set[int]) -> dict[int, str]:
    if name == "owner":
        return {user.pk: str(user) for user in User.objects.filter(pk__in=numbers)}
    if name in ("team", "asset"):
        model = Team if name == "team" else Asset
        return dict(model.objects.filter(pk__in=numbers).values_list("pk", "name"))
    return dict(Term.objects.filter(id__in=numbers).values_list("id", "value"))


def labels(name: str, numbers: Iterable[int]) -> dict[int, str]:
    """How people read each number; blank is '(none)', and never the same as a value called so."""
    numbers, none = list(numbers), nothing()
    named: dict[int, str] = {}
    if name in ("owner", "team", "asset"):
        named = _remembered(name, numbers)
    elif name == "cycle":
        numbered = _("cycle %(number)s")
        named = {one: numbered % {"number": one} for one in numbers}
    elif name == "round":
        return {0: _("first cycle"), 1: _("later cycles")}
    elif name:
        found = words(name, numbers)
        named = {one: f"“{word}”" if word in (NONE, none) else word for one, word in found.items() if one}
    else:
        return {0: everything()}
    return {one: named.get(one) or (_unnamed(name, one) if one else none) for one in numbers}


def everything() -> str:
    """What a line of all groups together is called."""
    return pgettext("all groups together", "All")


def _unnamed(name: str, one: int) -> str:
    return _("%(dimension)s %(number)s") % {"dimension": WITHIN[name], "number": one}


def key_of(name: str, one: int, named: dict[int, str]) -> Any:
    """What JSON calls a number: the word of a dimension of words, the number of a numbered one, None for none."""
    if name in NUMBERED:
        return one or None
    return named.get(one, "") if name else None
