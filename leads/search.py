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
from django.db.models import BigAutoField, Case, CharField, Exists, Lookup, OuterRef, Q, Value, When
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
WAYS = ("by_name", "by_key", "by_company")
"""How a lead fits: by its own name, by what it is known as, by its company's name."""
_PHONE = re.compile(r"[+(]?[\d\s().+/-]{3,}")


@CharField.register_lookup
class Like(Lookup):
    """`ILIKE`, which trigram indexes know; Django's `icontains` compares capitals, which they do not."""

    lookup_name = "like"

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} ILIKE {right}", (*left_params, *right_params)


@BigAutoField.register_lookup
class AnyOf(Lookup):
    """One of a list that is a single parameter, however long. Along a key in its order few of a list are soon read."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        left, left_params = self.process_lhs(compiler, connection)
        numbers = ",".join(map(str, self.rhs))  # as text: the driver would write a list number by number
        return f"{left} = ANY(%s::bigint[])", (*left_params, f"{{{numbers}}}")


def cleaned(text: str) -> str:
    """What is looked for: without what no name holds and what PostgreSQL cannot, cut to LONGEST characters."""
    return " ".join(text.replace("\0", "").encode("utf-8", "ignore").decode()[:LONGEST].split())


def leads(text: str, *, user: User, limit: int) -> list[Lead]:
    """The leads a person may see that fit, those whose names begin so first, then the newest; none for no text.

    Where the text fits so many that one's own are looked for among them, they come by the newest alone.
    """
    text = cleaned(text)
    if not text:
        return []
    visible = Lead.objects.visible_to(user)
    found = _read(_ways(visible, text), {"known": REFERRED, "called": REFERRED} | dict.fromkeys(WAYS, LOOKED_AT))
    numbers = set[int]().union(*(found[way][0] for way in WAYS))
    if len(numbers) < limit and (found["known"][1] or found["called"][1]):  # of others' leads, one's own come after
        return list(narrowed(visible, text)[0].select_related("company", "owner").order_by("-pk")[:limit])
    fitting = visible.filter(pk__any_of=numbers)
    return list(fitting.select_related("company", "owner").order_by(_begins(text), "-pk")[:limit])


def companies(text: str, *, user: User, limit: int) -> list[Company]:
    """The companies whose names or domains fit, of those a person may see: with a lead of theirs, or any."""
    text = cleaned(text)
    if not text:
        return []
    named = Company.objects.filter(_named(text))
    if user.scope is not Scope.ALL:
        named = named.filter(Exists(Lead.objects.visible_to(user).filter(company=OuterRef("pk"))))
    numbers, _more = _read({"named": named.values("pk")}, {"named": LOOKED_AT})["named"]
    return list(Company.objects.filter(pk__any_of=numbers).order_by(_begins(text), "name", "pk")[:limit])


def narrowed(among: LeadQuerySet, text: str) -> tuple[LeadQuerySet, int]:
    """Exactly those among the leads that fit, and how many they are at least.

    Up to NAMED are looked up at once, and then are a list of their numbers. Of many the first ones are soon met by
    going through the leads, as long as no list that is compared with grows large.
    """
    text = cleaned(text)
    if not text:
        return among, 0
    found = _read(_ways(among, text), {"known": REFERRED, "called": REFERRED} | dict.fromkeys(WAYS, NAMED))
    fitting = set[int]().union(*(found[way][0] for way in WAYS))
    if not any(has_more for _numbers, has_more in found.values()):
        return Lead.objects.filter(pk__any_of=fitting), len(fitting)
    fits = _named(text)
    known, has_more = found["known"]
    if has_more:
        fits |= Q(Exists(Identity.objects.filter(_keyed(text), lead=OuterRef("pk"))))
    elif known:
        fits |= Q(pk__any_of=known)
    called, has_more = found["called"]
    if has_more:
        fits |= Q(company__in=Company.objects.filter(_named(text)).values("pk"))
    elif called:
        fits |= Q(company__pk__any_of=called)
    return among.filter(fits), len(fitting)


def _ways(among: LeadQuerySet, text: str) -> dict[str, QuerySet[Any, Any]]:
    """The three WAYS in which leads fit, behind the queries that two of them follow."""
    return {
        "known": Identity.objects.filter(_keyed(text)).values("lead"),
        "called": Company.objects.filter(_named(text)).values("pk"),
        "by_name": among.filter(_named(text)).values("pk"),
        "by_key": among.filter(pk__in=_from("known")).values("pk"),
        "by_company": among.filter(company__in=_from("called")).values("pk"),
    }


def _keyed(text: str) -> Q:
    """An e-mail, phone or id elsewhere that fits; a phone may be written as people write it."""
    patterns = _patterns(text)
    if _PHONE.fullmatch(text):
        digits = re.sub(r"\D", "", text).lstrip("0")
        patterns.append(f"%{digits}%" if len(digits) >= PARTS_FROM else f"+{digits}%")
    return _like("value", patterns) & Q(kind__in=SEARCHED)


def _named(text: str) -> Q:
    """A name that fits, of leads or companies."""
    return _like("name", _patterns(text))


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
    """The first rows of a query that stands before this one."""
    return RawSQL(f"SELECT * FROM {name} LIMIT {REFERRED}", [])  # noqa: S611  (a name of ours)


def _read(queries: Mapping[str, QuerySet[Any, Any]], limits: Mapping[str, int]) -> dict[str, tuple[set[int], bool]]:
    """The numbers that each query with a limit gives, up to that, and whether it has more."""
    compiled = {name: query.order_by().query.sql_with_params() for name, query in queries.items()}
    before = ", ".join(f"{name} AS MATERIALIZED ({sql})" for name, (sql, _) in compiled.items())
    wanted = [f"SELECT '{name}', ARRAY(SELECT * FROM {name} LIMIT {limit + 1})" for name, limit in limits.items()]
    with connection.cursor() as cursor:
        params = [param for _, some in compiled.values() for param in some]
        cursor.execute(f"WITH {before} {' UNION ALL '.join(wanted)}", params)
        return {name: (set(numbers[: limits[name]]), len(numbers) > limits[name]) for name, numbers in cursor}
