"""Leads and companies found as somebody types, by part of a name, an e-mail, a phone or a company's name.

At a million leads only the trigram indexes make that quick. A plan made before the words are known would rather walk
a table until enough rows match, which is slow for rare words; so each condition stands in a `MATERIALIZED` query of
its own, which PostgreSQL plans as if all its rows were wanted, and so takes the index, and then reads no further than
the limit around it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Case, CharField, Exists, Lookup, OuterRef, Q, Value, When

from leads.models import Company, Identity, Lead
from leads.roles import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import QuerySet
    from django.db.models.sql.compiler import SQLCompiler

    from leads.models import User
    from leads.models.lead import LeadQuerySet

LONGEST = 100
"""The characters of what somebody types that are looked at."""
PARTS_FROM = 3
"""From how many characters on a part within a word counts; fewer must begin the name, e-mail or phone."""
LOOKED_AT = 500
"""Leads taken from each condition before the best of them are shown."""
NAMED = 2_000
"""Up to how many leads the list's filter is a list of their numbers."""
SEARCHED = (Identity.Kind.EMAIL, Identity.Kind.PHONE, Identity.Kind.EXTERNAL)
_PHONE = re.compile(r"[+(]?[\d\s().+/-]{3,}")


@CharField.register_lookup
class Like(Lookup):  # type: ignore[type-arg]  # generic to mypy alone
    """`ILIKE`, which trigram indexes know; Django's `icontains` compares capitals, which they do not."""

    lookup_name = "like"

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} ILIKE {right}", (*left_params, *right_params)


def cleaned(text: str) -> str:
    """What is looked for: without what no name holds and what PostgreSQL cannot, cut to LONGEST characters."""
    return " ".join(text.replace("\0", "").encode("utf-8", "ignore").decode()[:LONGEST].split())


def leads(text: str, *, user: User, limit: int) -> list[Lead]:
    """The leads a person may see that fit, those whose names begin so first, then the newest; none for no text."""
    text = cleaned(text)
    if not text:
        return []
    visible = Lead.objects.visible_to(user)
    found = visible.filter(pk__in=_any_of(_conditions(visible, text), limit=LOOKED_AT))
    return list(found.select_related("company", "owner").order_by(_begins(text), "-pk")[:limit])


def companies(text: str, *, user: User, limit: int) -> list[Company]:
    """The companies whose names or domains fit, of those a person may see: with a lead of theirs, or any."""
    text = cleaned(text)
    if not text:
        return []
    named = Company.objects.filter(_like("name", _patterns(text)))
    if user.scope is not Scope.ALL:
        named = named.filter(Exists(Lead.objects.visible_to(user).filter(company=OuterRef("pk"))))
    found = Company.objects.filter(pk__in=_any_of([named.values("pk")], limit=LOOKED_AT))
    return list(found.order_by(_begins(text), "name", "pk")[:limit])


def narrowed(among: LeadQuerySet, text: str) -> LeadQuerySet:
    """Exactly those among the leads that fit, in whatever order they are asked for afterwards.

    Few are looked up at once, and then are a list of numbers; of many the database may find the first ones soon.
    """
    text = cleaned(text)
    if not text:
        return among
    ids = _any_of(_conditions(among, text), limit=NAMED + 1)
    if len(ids) <= NAMED:
        return among.filter(pk__in=ids)
    return among.filter(
        _like("name", _patterns(text)) | Q(pk__in=_known_as(text)) | Q(company__in=_companies_called(text))
    )


def _conditions(among: LeadQuerySet, text: str) -> list[QuerySet[Any, Any]]:
    """The numbers of the leads that fit, one query for each way to fit."""
    return [
        among.filter(_like("name", _patterns(text, part=False))).values("pk"),
        among.filter(_like("name", _patterns(text))).values("pk"),
        among.filter(pk__in=_known_as(text)).values("pk"),
        among.filter(company__in=_companies_called(text)).values("pk"),
    ]


def _known_as(text: str) -> QuerySet[Any, Any]:
    """The numbers of leads by e-mail, phone or id elsewhere; a phone may be written as people write it."""
    patterns = _patterns(text)
    if _PHONE.fullmatch(text):
        digits = re.sub(r"\D", "", text).lstrip("0")
        patterns.append(f"%{digits}%" if len(digits) >= PARTS_FROM else f"+{digits}%")
    return Identity.objects.filter(_like("value", patterns), kind__in=SEARCHED).values("lead")


def _companies_called(text: str) -> QuerySet[Any, Any]:
    return Company.objects.filter(_like("name", _patterns(text))).values("pk")


def _patterns(text: str, *, part: bool = True) -> list[str]:
    """What ILIKE is to compare with: the text anywhere, or, when short or not a `part`, at the beginning.

    A database in the C locale folds no capitals beyond ASCII, so those are spelt out.
    """
    spellings = {text} if text.isascii() else {text, text.lower(), text.upper(), text.title()}
    before = "%" if part and len(text) >= PARTS_FROM else ""
    escaped = (re.sub(r"([\\%_])", r"\\\1", spelling) for spelling in spellings)
    return sorted(f"{before}{spelling}%" for spelling in escaped)


def _like(column: str, patterns: Iterable[str]) -> Q:
    """Whether the column is like one of the patterns."""
    return Q(*((f"{column}__like", pattern) for pattern in patterns), _connector=Q.OR)


def _begins(text: str) -> Case:
    """Sorts names that begin with the text before those that hold it elsewhere, or not at all."""
    return Case(When(_like("name", _patterns(text, part=False)), then=Value(0)), default=Value(1))


def _any_of(parts: list[QuerySet[Any, Any]], *, limit: int) -> list[int]:
    """The numbers that any of the queries gives, each of them read up to the limit; see above for the form."""
    names = [f"part{number}" for number in range(len(parts))]
    compiled = [part.order_by().query.sql_with_params() for part in parts]
    queries = ", ".join(f"{name} AS MATERIALIZED ({sql})" for name, (sql, _) in zip(names, compiled, strict=True))
    union = " UNION ".join(f"(SELECT * FROM {name} LIMIT {limit})" for name in names)
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {queries} {union}", [param for _, params in compiled for param in params])
        return [number for (number,) in cursor.fetchall()]
