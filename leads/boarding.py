"""The board: the most urgent leads of each stage, and what a whole stage adds up to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from leads import filters, rules, sla
from leads.models import Lead, Stage, StagePolicy, User
from leads.models.stalled import is_stalled
from leads.prepared import execute
from leads.roles import Scope
from leads.standing import look_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta
    from decimal import Decimal

    from leads.due import Clock
    from leads.models.lead import LeadQuerySet
    from leads.refusals import Offer
    from leads.sla import Badge

CARDS = 5
COUNTED = 1_000
"""Columns of more leads are counted and added up only when somebody asks, because that reads every one of them."""
COUNTED_BY_FILTER = 20
"""The same where filters have to look at every lead they count, because no index knows their answer."""

SHOWN = (
    "name", "stage", "stage_since", "score", "amount", "currency", "due_at", "touched_at", "next_kind", "next_at",
    "version", "erased_at", "merged_into", "company__name", "owner__first_name", "owner__last_name", "owner__username",
)  # fmt: skip

# The most urgent first: whose step is due soonest, and so whose limit is longest past; then the higher score.
URGENCY = (F("due_at").asc(nulls_last=True), F("score").desc(), F("id").desc())

_HEADS = """
    SELECT said.stage, head.* FROM unnest(%s::text[]) said(stage) CROSS JOIN LATERAL (
        WITH one(id, due_at, score) AS MATERIALIZED ({rows})
        SELECT LEAST(count(*), {bound}), LEAST(count(*) FILTER (WHERE due_at < %s), {bound}),
            ARRAY(SELECT id FROM one ORDER BY due_at ASC NULLS LAST, score DESC, id DESC LIMIT %s)
        FROM one) head
"""
# One owner after the other, each along the index of their leads: a condition on many owners at once has no order.
_BY_OWNER = """
    SELECT each.* FROM unnest(%s::bigint[]) own(id) CROSS JOIN LATERAL ({owned}) each(id, due_at, score)
    UNION ALL ({unowned})
"""
NOBODY = "SELECT NULL::bigint, NULL::timestamptz, NULL::int WHERE false"
_SUMS = """
    WITH one(stage, currency, amount, since, due_at) AS MATERIALIZED ({leads})
    SELECT stage, NULL, NULL, percentile_disc(0.5) WITHIN GROUP (ORDER BY since DESC), count(*),
        count(*) FILTER (WHERE due_at < %s) FROM one GROUP BY stage
    UNION ALL
    SELECT stage, currency, sum(amount), NULL, NULL, NULL FROM one WHERE amount IS NOT NULL GROUP BY stage, currency
"""


@dataclass(frozen=True)
class Place:
    """Where in a column a lead stands: its key in the order of URGENCY."""

    due_at: datetime | None
    score: int
    number: int

    def __str__(self) -> str:
        due = "" if self.due_at is None else self.due_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
        return f"{due}~{self.score}~{self.number}"


@dataclass(frozen=True)
class Card:
    """A lead on the board, how its clock stands, whether it is stalled, and the steps that start where it stands."""

    lead: Lead
    badge: Badge | None
    stalled: bool
    offers: Sequence[Offer]


@dataclass
class Column:
    """A stage: how many leads, how many of them are overdue, the first cards, and the place behind which are `more`.

    `values` by currency and the `age` of the middle lead are those of all leads of the column. Where it was not
    `added_up`, there are none, and the counts are no higher than where counting stopped.
    """

    stage: str
    count: int
    overdue: int
    cards: list[Card] = field(default_factory=list)
    more: Place | None = None
    added_up: bool = False
    values: list[tuple[str, Decimal]] = field(default_factory=list)
    age: timedelta | None = None


@dataclass(frozen=True)
class Owners:
    """Whose leads a board is about: those of some people, by number, and in these stages those of nobody.

    All of them lie in the sight of whoever looks.
    """

    numbers: list[int]
    nobody: Sequence[str] = ()

    @property
    def where(self) -> Q:
        return Q(owner__in=self.numbers) | Q(owner=None, stage__in=self.nobody)


@dataclass(frozen=True)
class Board:
    """What every column of one board has in common: who looks at it and when, and which leads are on it.

    `leads` match its filters and are in sight; `matching` match them whoever sees them, and are only read through
    `owners`, along whose index a condition on sight would not let the planner walk.
    """

    leads: LeadQuerySet
    matching: LeadQuerySet
    by: User
    at: datetime
    clock: Clock
    policies: Mapping[str, StagePolicy]
    owners: Owners | None = None
    bound: int = COUNTED
    searched: bool = False

    def columns(self, stages: Sequence[str], *, everything: bool = False, cards: int = CARDS) -> list[Column]:
        """The columns of some stages, in their order; `everything` adds up the biggest ones, too."""
        heads = self._heads(stages, cards + 1)
        shown = self.cards([number for *_, numbers in heads.values() for number in numbers[:cards]])
        found = []
        for stage in stages:
            count, overdue, numbers = heads[stage]
            column = Column(stage, count, overdue, [shown[one] for one in numbers[:cards] if one in shown])
            if len(numbers) > cards and column.cards:
                column.more = place_of(column.cards[-1].lead)
            found.append(column)
        narrowed = self.leads.filter(self.owners.where) if self.owners else self.leads
        add_up(narrowed, [one for one in found if everything or one.count <= self.bound], at=self.at)
        return found

    def following(self, stage: str, after: Place, *, cards: int = 2 * CARDS) -> tuple[list[Card], Place | None]:
        """The cards behind a place, and the place behind which there are more."""
        rows = self.leads.filter(behind(after), stage=stage).order_by(*self.order).values_list("pk", flat=True)
        numbers = list(rows[: cards + 1])
        known = self.cards(numbers[:cards])
        shown = [known[one] for one in numbers[:cards] if one in known]
        return shown, place_of(shown[-1].lead) if len(numbers) > cards and shown else None

    def _heads(self, stages: Sequence[str], first: int) -> dict[str, tuple[int, int, list[int]]]:
        """Of each stage the leads, those of them overdue, both counted no further than the bound, and the first ones.

        One statement for all stages, of which each is read along an index and no further than it is shown.
        """
        try:
            rows, params = self._read(self.bound + 1)
        except EmptyResultSet:  # the filters can match nobody
            return {stage: (0, 0, []) for stage in stages}
        with connection.cursor() as cursor:
            sql = _HEADS.format(rows=rows, bound=self.bound + 1)
            execute(cursor, sql, [list(stages), *params, self.at, first])
            return {stage: (count, late, numbers) for stage, count, late, numbers in cursor.fetchall()}

    def _read(self, limit: int) -> tuple[str, list[Any]]:
        """A statement for a stage's first leads in the order of URGENCY, so many of each owner, with its parameters."""
        leads = (self.matching if self.owners else self.leads).filter(stage=RawSQL("said.stage", ()))
        rows = leads.order_by(*self.order).values_list("pk", "due_at", "score")
        if self.owners is None:
            sql, params = rows[:limit].query.sql_with_params()
            return sql, list(params)
        owned, params = rows.filter(owner=RawSQL("own.id", ()))[:limit].query.sql_with_params()
        unowned, more = NOBODY, ()
        if self.owners.nobody:
            queue = rows.filter(owner=None, stage__in=self.owners.nobody).order_by("owner_id", "stage", *self.order)
            unowned, more = queue[:limit].query.sql_with_params()
        return _BY_OWNER.format(owned=owned, unowned=unowned), [self.owners.numbers, *params, *more]

    @property
    def order(self) -> tuple[Any, ...]:
        """The order of URGENCY; where a search finds few, said so that nobody looks for them all along an index."""
        apart = Coalesce(F("due_at"), F("due_at")).asc(nulls_last=True)
        return (apart, *URGENCY[1:]) if self.searched else URGENCY

    def cards(self, numbers: Sequence[int]) -> dict[int, Card]:
        """The cards of some leads, by number, however many by as many queries."""
        leads = Lead.objects.filter(pk__in=numbers, merged_into=None).select_related("company", "owner").only(*SHOWN)
        rows = {lead.pk: lead for lead in leads}
        badges = sla.badges(rows.values(), at=self.at, clock=self.clock)
        days = {stage: policy.stale_days for stage, policy in self.policies.items()}
        return {
            lead.pk: Card(
                lead=rows[lead.pk],
                badge=badges.get(lead.pk),
                stalled=is_stalled(rows[lead.pk], at=self.at, days=days),
                offers=rules.offers(lead, self.by, self.policies),
            )
            for lead in look_at(list(rows))
        }


def owners_for(user: User, wanted: Mapping[str, Any]) -> Owners | None:
    """Whose leads somebody's board with these filters can be about; None when that is anybody's.

    Never anybody's whose leads the person may not see: `LeadQuerySet.in_sight_of` says the same of leads.
    """
    queue = {Scope.ALL: Stage.values, Scope.TEAM: [Stage.MQL.value]}.get(user.scope, [])
    sight = {user.pk, *(user.team_mates if user.scope is Scope.TEAM else [])}
    if chosen := wanted.get("owner"):
        numbers = [int(one) for one in chosen if one != filters.NOBODY]
        seen = [one for one in numbers if user.scope is Scope.ALL or one in sight]
        return Owners(seen, queue if filters.NOBODY in chosen else ())
    if user.scope is Scope.ALL:
        team = wanted.get("team")
        return Owners(_members(int(team))) if team else None
    return Owners(sorted(sight), queue)


def _members(team: int) -> list[int]:
    return list(User.objects.filter(team=team).values_list("pk", flat=True))


def place_of(lead: Lead) -> Place:
    return Place(lead.due_at, lead.score, lead.pk)


def read_place(text: str) -> Place:
    """The place that a URL carries. Raises ValueError for what is none."""
    due, score, number = text.split("~")
    place = Place(datetime.fromisoformat(due) if due else None, int(score), int(number))
    if place.due_at is not None and place.due_at.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    if not (-(2**31) <= place.score < 2**31 and 0 < place.number < 2**63):
        raise ValueError(f"{text!r} is no place on the board")
    return place


def behind(place: Place) -> Q:
    """The leads that come after a place in a column."""
    lower = Q(score__lt=place.score) | Q(score=place.score, pk__lt=place.number)
    if place.due_at is None:
        return Q(due_at=None) & lower
    return Q(due_at=None) | Q(due_at__gt=place.due_at) | (Q(due_at=place.due_at) & lower)


def add_up(leads: LeadQuerySet, columns: Sequence[Column], *, at: datetime) -> None:
    """Write into columns what all their leads together are worth, and how long the middle one has stood there."""
    by_stage = {column.stage: column for column in columns}
    for column in columns:
        column.added_up = True
    wanted = [stage for stage, column in by_stage.items() if column.count]
    if not wanted:
        return
    rows = leads.filter(stage__in=wanted).order_by().values_list("stage", "currency", "amount", "stage_since", "due_at")
    sql, params = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        execute(cursor, _SUMS.format(leads=sql), [*params, at])
        for stage, currency, amount, since, count, overdue in cursor.fetchall():
            column = by_stage[stage]
            if amount is None:
                column.age, column.count, column.overdue = at - since, count, overdue
            else:
                column.values.append((currency, amount))
    for column in columns:
        column.values.sort(key=lambda value: -value[1])
