"""A question to the funnel: which period, which leads, which stage to start from, split by what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.lookups import Exact

from funnel.models import Journey
from funnel.periods import day_after, day_start
from leads.models import Lead, Stage, Team, Unapplied, User
from leads.roles import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models.expressions import Combinable

TEXT_DIMENSIONS = ("source", "medium", "campaign", "channel", "industry", "country", "size_band")
PEOPLE = {"owner": "owners", "team": "teams"}
NUMBERED = ("owner", "team", "cycle")
DIMENSIONS = (*PEOPLE, *TEXT_DIMENSIONS, "cycle")
FUNNEL = (Stage.TOFU, Stage.MOFU, Stage.BOFU, Stage.MQL, Stage.SAL, Stage.SQL, Stage.WON)
NONE = "(none)"


class BadQuestion(ValueError):
    """A question that has no answer; the message says what to ask instead."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """`start` and `end` are the first and last day, in the organisation's time zone; `at` is the instant of asking.

    `entry` is the stage whose entrants make the cohort, `window` how long each of them is followed. `where` narrows to
    leads with these values of dimensions, '' meaning none. `viewer` is who asks: only leads they may see are counted.
    `settled` leaves out leads that have log lines waiting to be counted.
    Owner and team are those at the entry of `entry`, the other dimensions those at the entry of the cycle.
    """

    at: datetime
    start: date | None = None
    end: date | None = None
    entry: Stage = Stage.TOFU
    window: timedelta = timedelta(days=90)
    by: str = ""
    where: tuple[tuple[str, str], ...] = ()
    viewer: User | None = None
    settled: bool = False

    def __post_init__(self) -> None:
        if self.start and self.end and self.start > self.end:
            raise BadQuestion(f"The period ends ({self.end}) before it begins ({self.start}).")
        if self.entry not in FUNNEL[:-1]:
            raise BadQuestion(f"The entry stage is one of {', '.join(FUNNEL[:-1])}.")
        if not timedelta(0) < self.window <= timedelta(days=3650):
            raise BadQuestion("The window is a number of days from 1 to 3650.")
        for name in [self.by, *(name for name, _ in self.where)]:
            if name and name not in DIMENSIONS:
                raise BadQuestion(f"There is no breakdown by {name!r}. Known: {', '.join(DIMENSIONS)}.")
        for name, value in self.where:
            if name in NUMBERED:
                number(name, value)

    @property
    def targets(self) -> tuple[Stage, ...]:
        """The stages beyond the entry, up to won."""
        return FUNNEL[self.entry.rank :]

    @property
    def instants(self) -> tuple[datetime | None, datetime | None]:
        """The period as instants: from the first, up to and without the second."""
        zone = settings.TIME_ZONE
        start = day_start(self.start, zone) if self.start else None
        return start, day_after(self.end, zone) if self.end else None

    def during(self, column: str) -> Q:
        """Rows whose time in `column` lies in the period."""
        begin, over = self.instants
        inside = Q(**{f"{column}__isnull": False})
        if begin:
            inside &= Q(**{f"{column}__gte": begin})
        return inside & Q(**{f"{column}__lt": over}) if over else inside

    def journeys(self, key: Callable[[str], Any] | None = None) -> QuerySet[Journey]:
        """The cycles the question is about, whenever they were.

        `key` says what owner and team are read from; without it they are those at the entry of `entry`.
        """
        key = key or self.dimension
        rows = Journey.objects.all()
        if self.viewer and self.viewer.scope is not Scope.ALL:
            rows = rows.filter(lead__in=Lead.objects.visible_to(self.viewer))
        if self.settled:
            rows = rows.exclude(Exists(Unapplied.objects.filter(lead=OuterRef("lead"))))
        for name, value in self.where:
            rows = rows.annotate(**{f"its_{name}": key(name)})
            wanted = number(name, value) if name in NUMBERED else value
            rows = rows.filter(**{f"its_{name}__isnull": True} if wanted is None else {f"its_{name}": wanted})
        return rows

    def dimension(self, name: str) -> Combinable:
        """The column a dimension is read from."""
        return F(f"{PEOPLE[name]}__{self.entry.rank - 1}") if name in PEOPLE else F(name)

    @cached_property
    def names(self) -> dict[int, str]:
        """The names of the people or teams it is split by; fetched once."""
        return names_of(self.by)

    def label(self, key: Any) -> str:
        """How one value of the dimension it is split by is called."""
        return label(self.by, key, self.names) if self.by else "All"


def number(name: str, value: str) -> int | None:
    """The number a dimension is chosen by, None for none of it. Raises BadQuestion for anything else."""
    if not value:
        return None
    if not value.isascii() or not value.isdigit() or len(value) > 18:
        raise BadQuestion(f"{name} is chosen by its number, not by {value!r}.")
    return int(value)


def flagged(mask: str, stage: Stage) -> Q:
    """Rows whose `mask` (implied, assumed, clamped) has the stage's bit set."""
    return Q(Exact(F(mask).bitand(1 << (stage.rank - 1)), 1 << (stage.rank - 1)))


def names_of(dimension: str) -> dict[int, str]:
    """What the people or teams of a dimension are called, by number; {} for a dimension of words."""
    if dimension == "owner":
        return {user.pk: str(user) for user in User.objects.all()}
    return dict(Team.objects.values_list("pk", "name")) if dimension == "team" else {}


def label(dimension: str, key: Any, names: dict[int, str]) -> str:
    """How one value is called; blank is '(none)' and never the same as a value called so."""
    if dimension == "cycle" and key:
        return f"cycle {key}"
    if dimension in PEOPLE or not key:
        return names.get(key) or NONE
    return f"“{key}”" if key == NONE else str(key)
