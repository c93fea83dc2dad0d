"""The filters of the lead list: what can be asked for, and how a URL says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Count, Value

from leads import search
from leads.models import Lead, Stage, Team, User
from leads.roles import Scope

if TYPE_CHECKING:
    from leads.models.lead import LeadQuerySet

BLANK = "(none)"
NOBODY = "none"
COUNTED = 10_000
PAGE = 50

# DISTINCT over a million leads reads them all; this jumps from one source to the next in its index.
_SOURCES = """
    WITH RECURSIVE jump(source) AS (
        (SELECT source FROM leads_lead WHERE merged_into_id IS NULL ORDER BY source LIMIT 1)
        UNION ALL
        SELECT (SELECT source FROM leads_lead
                WHERE merged_into_id IS NULL AND source > jump.source ORDER BY source LIMIT 1)
        FROM jump WHERE jump.source IS NOT NULL
    ) SELECT source FROM jump WHERE source IS NOT NULL
"""


def param_of(value: str) -> str:
    """How a URL names a value: blank is "(none)", and one that looks like that gets a "=" in front."""
    if not value:
        return BLANK
    return f"={value}" if value[0] in "(=" else value


def value_of(param: str) -> str:
    """The value that `param_of` named."""
    return "" if param == BLANK else param.removeprefix("=")


def sources_seen_by(user: User) -> list[str]:
    """The sources of the leads a person sees."""
    if user.scope is not Scope.ALL:
        return sorted(Lead.objects.visible_to(user).values_list("source", flat=True).distinct())
    with connection.cursor() as cursor:
        cursor.execute(_SOURCES)
        return [source for (source,) in cursor.fetchall()]


def owners_seen_by(user: User) -> list[User]:
    """The people whose leads a person may see, oneself first."""
    others = User.objects.filter(is_active=True).exclude(pk=user.pk).order_by("first_name", "last_name", "username")
    if user.scope is Scope.OWN or (user.scope is Scope.TEAM and not user.team_id):
        return [user]
    return [user, *(others.filter(team=user.team_id) if user.scope is Scope.TEAM else others)]


def teams_seen_by(user: User) -> list[Team]:
    """The teams a person can choose between; none when only one is in sight."""
    return list(Team.objects.order_by("name")) if user.scope is Scope.ALL else []


def filtered(leads: LeadQuerySet, wanted: dict[str, Any]) -> LeadQuerySet:
    """The leads that match every filter given, apart from the stage."""
    if owner := wanted.get("owner"):
        leads = leads.filter(owner=None) if owner == NOBODY else leads.filter(owner=int(owner))
    if source := wanted.get("source"):
        leads = leads.filter(source=value_of(source))
    if team := wanted.get("team"):
        leads = leads.filter(owner__team=int(team))
    if words := wanted.get("q"):
        leads = search.narrowed(leads, words)
    return leads


def counts(leads: LeadQuerySet, *, searching: bool) -> dict[str, int]:
    """Leads by stage, each counted up to one more than COUNTED, so that a big table costs no more than a small one.

    A search has no index to count along, so it goes through the leads once.
    """
    if searching:
        return dict(leads.order_by().values_list("stage").annotate(Count("pk")))
    bounded = [
        leads.filter(stage=stage).order_by().annotate(at=Value(stage)).values_list("at")[: COUNTED + 1]
        for stage in Stage.values
    ]
    sql, params = zip(*(query.query.sql_with_params() for query in bounded), strict=True)
    union = " UNION ALL ".join(f"({part})" for part in sql)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT at, count(*) FROM ({union}) one GROUP BY at", [p for part in params for p in part])
        return dict(cursor.fetchall())


def page(leads: LeadQuerySet, *, before: int | None = None, after: int | None = None) -> tuple[list[Lead], bool, bool]:
    """Fifty leads, newest first, by key and not by counting rows; and whether there are newer and older ones."""
    if after:
        rows = list(leads.filter(pk__gt=after).order_by("pk")[: PAGE + 1])
        return rows[:PAGE][::-1], len(rows) > PAGE, True
    rows = list((leads.filter(pk__lt=before) if before else leads).order_by("-pk")[: PAGE + 1])
    return rows[:PAGE], before is not None, len(rows) > PAGE
