"""Reading single facts of a row: text that fits its column, money, numbers. Pure.

Each reader takes the cell, already stripped and not blank, and its column; it raises RowRefused naming both.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads import identity
from leads.importing.errors import RowRefused
from leads.models import Company, Lead, Team, User
from leads.phrases import listed

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as StrOrPromise

_NUMBER = re.compile(r"[-+]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?")
CENT = Decimal("0.01")

type Reader = Callable[[str, str], Any]


def short(text: str) -> str:
    """The cell in quotes, cut to what a message can bear."""
    return repr(text if len(text) <= 60 else text[:57] + "…")


def text_of(model: type[Model], name: str, called: "StrOrPromise" = "") -> Reader:
    """A text that fits the model's column, which messages may name otherwise."""
    longest: int = getattr(model._meta.get_field(name), "max_length", 0)

    def read(text: str, column: str) -> str:
        if len(text) > longest:
            words = _("%(column)s: %(length)s characters where %(field)s holds %(most)s: %(value)s")
            facts = {"field": called or name, "most": longest, "value": short(text)}
            raise RowRefused(words % {"column": column, "length": len(text), **facts})
        return text

    return read


def number(text: str, column: str) -> Decimal:
    """A plain number such as 1200, 1,200 or 1200.50."""
    if not _NUMBER.fullmatch(text):
        words = _("%(column)s: %(value)s is not a number such as 1200 or 1,200.50")
        raise RowRefused(words % {"column": column, "value": short(text)})
    return Decimal(text.replace(",", ""))


def money(digits: int) -> Reader:
    """An amount of money, not negative, rounded to cents, of `digits` before the point."""
    most = Decimal(10) ** digits

    def read(text: str, column: str) -> Decimal:
        value = number(text, column)
        if 0 <= value < most and (cents := value.quantize(CENT)) < most:  # rounding can reach it
            return cents
        words = _("%(column)s: %(value)s is not an amount between 0 and %(most)s")
        raise RowRefused(words % {"column": column, "value": short(text), "most": f"{most:,}"})

    return read


def whole(least: int, most: int) -> Reader:
    """A whole number between two bounds."""

    def read(text: str, column: str) -> int:
        value = number(text, column)
        if not least <= value <= most or value != int(value):
            words = _("%(column)s: %(value)s is not a whole number between %(least)s and %(most)s")
            raise RowRefused(
                words % {"column": column, "value": short(text), "least": f"{least:,}", "most": f"{most:,}"}
            )
        return int(value)

    return read


def currency(text: str, column: str) -> str:
    """Three letters, such as EUR."""
    value = text.upper()
    if not (len(value) == 3 and value.isascii() and value.isalpha()):
        words = _("%(column)s: %(value)s is not a currency such as EUR")
        raise RowRefused(words % {"column": column, "value": short(text)})
    return value


def urgency(text: str, column: str) -> str:
    """One of the urgencies, in any case."""
    value = text.lower()
    if value not in Lead.Urgency.values:
        words = _("%(column)s: %(value)s is not an urgency: %(names)s")
        raise RowRefused(words % {"column": column, "value": short(text), "names": listed(Lead.Urgency.values)})
    return value


def domain_of(text: str) -> str:
    """The bare domain of a web address: `https://www.Example.com/about` is `example.com`."""
    scheme, colon, rest = text.strip().lower().partition("://")
    return (rest if colon else scheme).partition("/")[0].partition(":")[0].removeprefix("www.").rstrip(".").strip()


def domain(text: str, column: str) -> str:
    """A bare domain that fits; lower case can be longer than what was written."""
    value = domain_of(text)
    if not value:
        words = _("%(column)s: %(value)s is not a domain such as example.com")
        raise RowRefused(words % {"column": column, "value": short(text)})
    return str(_DOMAIN(value, column))


def address(text: str, column: str) -> str:
    """An e-mail address in its one spelling."""
    try:
        return identity.email(text)
    except ValueError as error:
        raise RowRefused(f"{column}: {error}") from None


_DOMAIN = text_of(Company, "domain")
LEAD_READERS: dict[str, Reader] = {
    **{name: text_of(Lead, name) for name in ("name", "title", "source", "medium", "campaign", "channel")},
    "score": whole(-(2**31), 2**31 - 1),
    "amount": money(12),
    "currency": currency,
    "urgency": urgency,
}
COMPANY_READERS: dict[str, Reader] = {
    **{name: text_of(Company, name) for name in ("name", "industry", "country")},
    "domain": domain,
    "employees": whole(0, 2**31 - 1),
    "revenue": money(16),
    "revenue_currency": currency,
}
OWNER_READERS: dict[str, Reader] = {
    "name": text_of(User, "first_name", gettext_lazy("an owner's name")),
    "email": address,
    "team": text_of(Team, "name", gettext_lazy("a team's name")),
}
