"""What a person has to do today: which leads, under which headings, in which order, and what has come in since."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import DateTimeField, Exists, F, Max, OuterRef, Q, Subquery, TextChoices, Value
from django.db.models.functions import Cast, Least
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leads.models import Edit, Lead, Note, Notice, Stage, StagePolicy
from leads.roles import Role, Scope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leads.models import User
    from leads.models.lead import LeadQuerySet

PAGE = 50
COUNTED = 99
"""A heading counts no further than this, so that a neglected queue costs no more than a tended one."""
SOON = timedelta(hours=1)
REMEMBERED = timedelta(days=90)  # how long a rejection waits for an answer
FIRST_WORK = Least("due_at", "next_at")  # of whichever is there; the index lead_queue knows it
NOT_DUE = Cast(Value(None), DateTimeField())
MARKETING = (Stage.TOFU, Stage.MOFU, Stage.BOFU)


class Section(TextChoices):
    """The headings, in the order of the page."""

    ESCALATED = "escalated", _("Escalated to you")
    ANSWERS = "answers", _("Rejected by sales, waiting for your answer")
    OVERDUE = "overdue", _("Overdue")
    HOUR = "hour", _("Due within the hour")
    NEW = "new", _("New")
    TODAY = "today", _("Later today")
    TEAM = "team", _("Overdue in the team")
    AHEAD = "ahead", _("Coming up")
    STALLED = "stalled", _("Stalled")


@dataclass(frozen=True, order=True)
class Place:
    """Where a lead stands under its heading: what is due first, then the higher rank (score, or number)."""

    due: datetime
    below: int
    lead_id: int

    @classmethod
    def of(cls, due: datetime | None, rank: int, lead_id: int) -> Place:
        return cls(due or NEVER, -rank, lead_id)

    def __str__(self) -> str:
        return f"{int(self.due.timestamp() * 1_000_000)}.{-self.below}.{self.lead_id}"

    @classmethod
    def read(cls, text: str) -> Place | None:
        """The place that `str` wrote, None for anything else."""
        try:
            due, rank, lead_id = (int(part) for part in text.split("."))
            at = EPOCH + timedelta(microseconds=due)
        except (ValueError, OverflowError):
            return None
        return cls.of(at, rank, lead_id) if abs(rank) < 2**63 and 0 < lead_id < 2**63 else None


EPOCH = datetime(1970, 1, 1, tzinfo=timezone.get_fixed_timezone(0))
NEVER = datetime(9999, 1, 1, tzinfo=timezone.get_fixed_timezone(0))


@dataclass
class Listed:
    """A heading with its leads: how many there are, counted up to COUNTED + 1, and where those of this page stand."""

    section: Section
    count: int
    places: list[Place] = field(default_factory=list)

    @property
    def more(self) -> Place | None:
        """The place after which there is more, None when all are shown."""
        return self.places[-1] if self.places and self.count > len(self.places) else None


def standing(*, user: User, at: datetime, policies: Mapping[str, StagePolicy]) -> list[Listed]:
    """Every heading that has leads, with the first of them: a page's worth in all, and at least some of each."""
    found: dict[str, list[Place]] = {}
    for section, due, rank, lead_id in _ask(list(_parts(user, at, policies))):
        found.setdefault(section, []).append(Place.of(due, rank, lead_id))
    listed = [Listed(one, len(found[one]), sorted(found[one])[:PAGE]) for one in Section if one in found]
    _share(listed)
    return listed


def one_section(
    section: Section, *, after: Place | None, user: User, at: datetime, policies: Mapping[str, StagePolicy]
) -> Listed:
    """A page of one heading, after a place or from its beginning; its count is of what is left from there."""
    rows = _ask([(one, leads, due) for one, leads, due in _parts(user, at, policies) if one == section], after)
    places = sorted(Place.of(due, rank, lead_id) for _, due, rank, lead_id in rows)
    return Listed(section, len(places), places[:PAGE])


def neighbours(
    *, lead_id: int, user: User, at: datetime, policies: Mapping[str, StagePolicy]
) -> tuple[int | None, int | None]:
    """The leads before and after one in the person's queue; for one that has left it, the first of the queue."""
    listed = standing(user=user, at=at, policies=policies)
    order = [place.lead_id for one in listed for place in one.places]
    if lead_id not in order:
        return None, next(iter(order), None)
    here = order.index(lead_id)
    return (order[here - 1] if here else None), next(iter(order[here + 1 :]), None)


def arrived(*, user: User, since: datetime, at: datetime) -> int:
    """How many leads have come to need this person since a moment: offers, and what has become due within the hour."""
    offers = Q(owner=user, stage=Stage.MQL, stage_since__gt=since)
    mine = Lead.objects.filter(owner=user)
    parts = [_live(mine.filter(offers)), _running(mine).filter(first__gt=since + SOON, first__lte=at + SOON)]
    if _sees_queue(user):
        parts.append(_live(Lead.objects.filter(owner=None, stage=Stage.MQL)).filter(stage_since__gt=since))
    ids = [part.order_by().values_list("pk")[: COUNTED + 1] for part in parts]
    return len(set(ids[0].union(*ids[1:])))


def next_due(*, user: User, at: datetime) -> datetime | None:
    """When the next thing of this person's is due, None when nothing is."""
    mine = _running(Lead.objects.filter(owner=user)).filter(first__gt=at)
    found: datetime | None = mine.order_by("first").values_list("first", flat=True).first()
    return found


Part = tuple[Section, "LeadQuerySet", Any]
BY_NEWEST = frozenset({Section.STALLED})  # nothing is due: a lead that came lately can be saved most easily


def _parts(user: User, at: datetime, policies: Mapping[str, StagePolicy]) -> Iterator[Part]:
    """The headings' questions, each with what orders its leads. Whatever a person owns they may see."""
    hour, night = at + SOON, _midnight(at)
    own = Lead.objects.filter(owner=user)
    mine, offer = _running(own), Q(stage=Stage.MQL, next_at=None)
    yield Section.OVERDUE, mine.filter(first__lte=at), F("first")
    yield Section.HOUR, mine.filter(first__gt=at, first__lte=hour), F("first")
    yield Section.NEW, mine.filter(offer, first__gt=hour), F("first")
    yield Section.TODAY, mine.filter(~offer, first__gt=hour, first__lte=night), F("first")
    yield Section.AHEAD, mine.filter(~offer, first__gt=max(hour, night)), F("first")
    days = {stage: policy.stale_days for stage, policy in policies.items()}
    yield Section.STALLED, _live(own.stalled(at=at, days=days)).filter(due_at=None, next_at=None), NOT_DUE
    if not _limit(policies, Stage.MQL):
        yield Section.NEW, _live(own.filter(offer, due_at=None)), F("stage_since")
    if _sees_queue(user):
        yield from _of_the_team_queue(user, at, policies)
    if user.role == Role.MANAGER:
        yield from _of_the_team(user, at)
    if user.role == Role.MARKETER:
        yield from _of_marketing(user, at, hour, night)


def _of_the_team_queue(user: User, at: datetime, policies: Mapping[str, StagePolicy]) -> Iterator[Part]:
    offers = Lead.objects.filter(owner=None, stage=Stage.MQL)
    queue = _running(offers)
    yield Section.NEW, queue.filter(first__gt=at) if user.role == Role.MANAGER else queue, F("first")
    if not _limit(policies, Stage.MQL):
        yield Section.NEW, _live(offers.filter(due_at=None, next_at=None)), F("stage_since")


def _of_the_team(user: User, at: datetime) -> Iterator[Part]:
    """What is late with others: of the manager's team, or of everybody for a manager of none."""
    late = _live(Lead.objects.visible_to(user)).filter(due_at__lte=at).exclude(owner=user)
    told = Notice.objects.filter(user=user, kind=Notice.Kind.ESCALATED, read_at=None).values("lead")
    yield Section.ESCALATED, late.filter(pk__in=told), F("due_at")
    team = late.filter(Q(owner__team=user.team_id) | Q(owner=None)) if user.team_id else late
    yield Section.TEAM, team.exclude(pk__in=told), F("due_at")


def _of_marketing(user: User, at: datetime, hour: datetime, night: datetime) -> Iterator[Part]:
    """Rejections somebody waits for an answer to, and what the marketer plans with leads that nobody owns."""
    told = Notice.objects.filter(
        user=user, kind__in=[Notice.Kind.REJECTED, Notice.Kind.REPLY], at__gt=at - REMEMBERED, lead__isnull=False
    )
    answers = Note.objects.filter(lead=OuterRef("pk"), by__role=Role.MARKETER, cycle__isnull=False)
    said = answers.order_by("-at").values("at")[:1]
    asked = told.filter(lead=OuterRef("pk")).order_by().values("lead").annotate(at=Max("at")).values("at")
    waiting = _live(Lead.objects.visible_to(user)).filter(pk__in=told.values("lead"), stage__in=MARKETING)
    waiting = waiting.annotate(said=Subquery(said), asked=Subquery(asked))
    yield Section.ANSWERS, waiting.filter(Q(said=None) | Q(said__lt=F("asked"))), F("asked")
    own = Edit.objects.filter(lead=OuterRef("pk"), kind=Edit.Kind.PLAN, by=user, undone_at=None)
    planned = _live(Lead.objects.visible_to(user)).filter(Exists(own), owner=None)
    yield Section.OVERDUE, planned.filter(next_at__lte=at), F("next_at")
    yield Section.HOUR, planned.filter(next_at__gt=at, next_at__lte=hour), F("next_at")
    yield Section.TODAY, planned.filter(next_at__gt=hour, next_at__lte=night), F("next_at")
    yield Section.AHEAD, planned.filter(next_at__gt=max(hour, night)), F("next_at")


def _ask(parts: list[Part], after: Place | None = None) -> list[tuple[str, datetime | None, int, int]]:
    """The first leads of each part by one statement: heading, when it is due, rank, number."""
    asked = []
    for section, leads, due in parts:
        rank = "pk" if section in BY_NEWEST else "score"
        ordered = leads.annotate(heading=Value(section.value), due=due, rank=F(rank))
        if after:
            ordered = ordered.filter(_beyond(after))
        ordered = ordered.order_by("-rank") if section in BY_NEWEST else ordered.order_by("due", "-rank", "pk")
        asked.append(ordered.values_list("heading", "due", "rank", "pk")[: COUNTED + 1])
    return list(asked[0].union(*asked[1:], all=True)) if asked else []


def _beyond(place: Place) -> Q:
    """The leads that come after a place."""
    same = Q(rank__lt=-place.below) | Q(rank=-place.below, pk__gt=place.lead_id)
    if place.due == NEVER:
        return Q(due=None) & same
    return Q(due__gte=place.due) & (Q(due__gt=place.due) | same) | Q(due=None)


def _share(listed: list[Listed]) -> None:
    """Cut the headings to one page together: each keeps a fair share, and the first take what the others leave."""
    least = PAGE // max(len(listed), 1)
    left = PAGE - sum(min(least, len(one.places)) for one in listed)
    for one in listed:
        extra = min(left, max(len(one.places) - least, 0))
        left -= extra
        one.places = one.places[: least + extra]


def _live(leads: LeadQuerySet) -> LeadQuerySet:
    return leads.filter(merged_into=None, erased_at=None)


def _running(leads: LeadQuerySet) -> Any:
    """Those with something due or planned, and when the first of it is; said as the index lead_queue says it."""
    return _live(leads).filter(Q(due_at__isnull=False) | Q(next_at__isnull=False)).annotate(first=FIRST_WORK)


def _sees_queue(user: User) -> bool:
    return user.role == Role.MANAGER or user.scope is Scope.TEAM


def _limit(policies: Mapping[str, StagePolicy], stage: str) -> int | None:
    policy = policies.get(stage)
    return policy.sla_hours if policy else None


def _midnight(at: datetime) -> datetime:
    """The end of the organisation's day."""
    tomorrow = timezone.localtime(at).date() + timedelta(days=1)
    return timezone.make_aware(datetime.combine(tomorrow, time()))
