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
from django.db.models.expressions import RawSQL

from leads.models import Company, Identity, Lead
from leads.roles import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import QuerySet
    from django.db.models.sql.compiler import SQLCompiler

    from leads.models import User
    from leads.models.lead import LeadQuerySet

LONGEST = 100
"""The characters of what somebody types that are looked at."""
PARTS_FROM = 3
"""From how many characters on a part within a word counts; fewer must begin the name, e-mail or phone."""
LOOKED_AT = 200
"""Rows taken from each condition before the best of them are shown."""
NAMED = 3_000
"""Up to how many leads the list's filter is a list of their numbers."""
REFERRED = 1_000
"""Up to how many e-mails, phones or companies are followed to their leads one by one."""
SEARCHED = (Identity.Kind.EMAIL, Identity.Kind.PHONE, Identity.Kind.EXTERNAL)
MORE = 0
"""Stands among the numbers found when there are more; no lead has it."""
_PHONE = re.compile(r"[+(]?[\d\s().+/-]{3,}")


@CharField.register_lookup
class Like(Lookup):
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
    found = visible.filter(pk__in=_listed(_numbers(visible, text, limit=LOOKED_AT)))
    return list(found.select_related("company", "owner").order_by(_begins(text), "-pk")[:limit])


def companies(text: str, *, user: User, limit: int) -> list[Company]:
    """The companies whose names or domains fit, of those a person may see: with a lead of theirs, or any."""
    text = cleaned(text)
    if not text:
        return []
    named = Company.objects.filter(_like("name", _patterns(text)))
    if user.scope is not Scope.ALL:
        named = named.filter(Exists(Lead.objects.visible_to(user).filter(company=OuterRef("pk"))))
    numbers = _read({"named": named.values("pk")}, ["named"], limit=LOOKED_AT)
    return list(Company.objects.filter(pk__in=_listed(numbers)).order_by(_begins(text), "name", "pk")[:limit])


def narrowed(among: LeadQuerySet, text: str) -> LeadQuerySet:
    """Exactly those among the leads that fit, in whatever order they are asked for afterwards.

    Few are looked up at once, and then are a list of their numbers. Of many the first ones are soon met by going
    through the leads, as long as no list that is compared with grows large.
    """
    text = cleaned(text)
    if not text:
        return among
    numbers = _numbers(among, text, limit=NAMED)
    if MORE not in numbers:
        return among.filter(pk__in=_listed(numbers))
    known = _read({"known": _known_as(text)}, ["known"], limit=REFERRED)
    is_known: Q | Exists = Q(pk__in=_listed(known))
    if MORE in known:
        is_known = Exists(_known_as(text).filter(lead=OuterRef("pk")))
    return among.filter(_like("name", _patterns(text)) | is_known | Q(company__in=_companies_called(text)))


def _numbers(among: LeadQuerySet, text: str, *, limit: int) -> list[int]:
    """The numbers of the leads that fit, each way to fit followed up to the limit; MORE when it was reached."""
    queries = {
        "known": _known_as(text),
        "called": _companies_called(text),
        "by_name": among.filter(_like("name", _patterns(text))).values("pk"),
        "by_key": among.filter(pk__in=_from("known")).values("pk"),
        "by_company": among.filter(company__in=_from("called")).values("pk"),
    }
    return _read(queries, ["by_name", "by_key", "by_company"], limit=limit)


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


def _from(name: str) -> RawSQL:
    """The rows of a query that stands before this one, up to REFERRED."""
    return RawSQL(f"SELECT * FROM {name} LIMIT {REFERRED}", [])  # noqa: S611  (a name of ours)


def _listed(numbers: list[int]) -> RawSQL:
    """A list as one parameter, however long it is."""
    return RawSQL("SELECT unnest(%s::bigint[])", [numbers])


def _read(queries: Mapping[str, QuerySet[Any, Any]], wanted: list[str], *, limit: int) -> list[int]:
    """The numbers that the wanted queries give, up to the limit each, and MORE when one of the queries has more.

    Those that are not wanted are followed by others, and have more from REFERRED rows on.
    """
    compiled = {name: query.order_by().query.sql_with_params() for name, query in queries.items()}
    before = ", ".join(f"{name} AS MATERIALIZED ({sql})" for name, (sql, _) in compiled.items())
    parts = [f"(SELECT * FROM {name} LIMIT {limit})" for name in wanted]
    ends = {name: limit if name in wanted else REFERRED for name in queries}
    parts += [f"(SELECT {MORE} FROM {name} OFFSET {end} LIMIT 1)" for name, end in ends.items()]
    with connection.cursor() as cursor:
        params = [param for _, some in compiled.values() for param in some]
        cursor.execute(f"WITH {before} {' UNION '.join(parts)}", params)
        return [number for (number,) in cursor.fetchall()]
