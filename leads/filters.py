"""The filters of the lead list: what can be asked for, how a URL says it, and which leads it means."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.utils import timezone

from leads.models import Lead, Team, User
from leads.models.company import LARGEST_BAND, SIZE_BANDS
from leads.prepared import execute
from leads.roles import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from leads.models.lead import LeadQuerySet
    from leads.models.stalled import Days

BLANK = "(none)"
NOBODY = "none"
ME = "me"

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
    """The sources of the leads a person sees.

    Own leads are few and read as they are. Of a team's the first of each source is enough, which comes soon where the
    source is a usual one; to tell the different ones among hundreds of thousands would take all of them.
    """
    seen = Lead.objects.visible_to(user).order_by()
    if user.scope is Scope.OWN:
        return sorted(seen.values_list("source", flat=True).distinct())
    query, params = f"SELECT source FROM ({_SOURCES}) every", ()
    if user.scope is Scope.TEAM:
        one, params = seen.filter(source=RawSQL("every.source", [])).values("pk").query.sql_with_params()
        query += f" WHERE EXISTS ({one})"
    with connection.cursor() as cursor:
        execute(cursor, query, params)
        return [source for (source,) in cursor.fetchall()]


def owners_seen_by(user: User) -> list[User]:
    """The people whose leads a person may see, oneself first."""
    names = ("username", "first_name", "last_name", "team__name")
    active = User.objects.filter(is_active=True).select_related("team").only(*names)
    others = active.exclude(pk=user.pk).order_by("first_name", "last_name", "username")
    if user.scope is Scope.OWN or (user.scope is Scope.TEAM and not user.team_id):
        return [user]
    return [user, *(others.filter(team=user.team_id) if user.scope is Scope.TEAM else others)]


def teams_seen_by(user: User) -> list[Team]:
    """The teams a person can choose between; none when only one is in sight."""
    return list(Team.objects.order_by("name")) if user.scope is Scope.ALL else []


def filtered(leads: LeadQuerySet, wanted: Mapping[str, Any], *, at: datetime, days: Days | None = None) -> LeadQuerySet:
    """The leads that match every filter given, apart from the stage and from what is searched for.

    `at` is what "overdue" and "today" are told by, `days` after how many a lead stalls, read where it is not given.
    """
    for name in filtering(wanted):
        if name in _RULES:
            leads = leads.filter(_RULES[name](wanted[name], at))
    return leads.stalled(at=at, days=days) if wanted.get("stalled") else leads


def staged(leads: LeadQuerySet, wanted: Mapping[str, Any]) -> LeadQuerySet:
    """The leads of the stages wanted; of all of them when none is named."""
    return leads.filter(stage__in=wanted["stage"]) if wanted.get("stage") else leads


def filtering(wanted: Mapping[str, Any]) -> list[str]:
    """The names of the filters in force, apart from the stage."""
    return [name for name in FILTERS if is_given(wanted.get(name))]


def is_given(value: Any) -> bool:
    """Whether a filter's value asks for something; 0 does."""
    return value is not False and value not in (None, "", [])


def day_starts(day: date) -> datetime:
    """When a day of the organisation's calendar begins."""
    return timezone.make_aware(datetime.combine(day, time()))


def _owned(owners: list[str], at: datetime) -> Q:
    numbers = [int(owner) for owner in owners if owner != NOBODY]
    asked = Q(owner__in=numbers) if numbers else Q()
    return asked | Q(owner=None) if NOBODY in owners else asked


def _sized(band: str, at: datetime) -> Q:
    if band == BLANK:
        return Q(company__employees=None)
    above = 0
    for limit, label in SIZE_BANDS:
        if label == band:
            return Q(company__employees__gte=above, company__employees__lte=limit)
        above = limit + 1
    return Q(company__employees__gte=above)


def _due(when: str, at: datetime) -> Q:
    today = timezone.localdate(at)
    ends = {"today": today + timedelta(days=1), "week": today + timedelta(days=7 - today.weekday())}
    if when == "none":
        return Q(due_at=None)
    return Q(due_at__lt=at if when == "overdue" else day_starts(ends[when]))


def _planned(when: str, at: datetime) -> Q:
    if when == "no":
        return Q(next_at=None)
    return Q(next_at__lt=at) if when == "past" else Q(next_at__isnull=False)


def _created(when: str, at: datetime) -> Q:
    today = timezone.localdate(at)
    starts = {"week": today - timedelta(days=today.weekday()), "month": today.replace(day=1)}
    return Q(created_at__gte=day_starts(starts.get(when, today)))


_RULES: dict[str, Callable[[Any, datetime], Q]] = {
    "owner": _owned,
    "team": lambda team, at: Q(owner__in=User.objects.filter(team=int(team)).values("pk")),
    "source": lambda sources, at: Q(source__in=[value_of(one) for one in sources]),
    "campaign": lambda param, at: Q(campaign=value_of(param)),
    "channel": lambda param, at: Q(channel=value_of(param)),
    "company": lambda number, at: Q(company=number),
    "industry": lambda words, at: Q(company__industry__iexact=words),
    "country": lambda words, at: Q(company__country__iexact=words),
    "size": _sized,
    "score": lambda least, at: Q(score__gte=least),
    "days": lambda days, at: Q(stage_since__lte=at - timedelta(days=days)),
    "due": _due,
    "planned": _planned,
    "created": _created,
    "created_from": lambda day, at: Q(created_at__gte=day_starts(day)),
    "created_to": lambda day, at: Q(created_at__lt=day_starts(day + timedelta(days=1))),
}
FILTERS = ("q", "stalled", *_RULES)
BANDS = [*(label for _, label in SIZE_BANDS), LARGEST_BAND, BLANK]
