"""What a row of Today shows, gathered for all rows at once: a page costs the same with five leads as with fifty."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from leads import rules, sla, whys
from leads.forms.moving import asked_by
from leads.models import Lead, Stage, Touch
from leads.models.stage import RANKS
from leads.standing import look_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from leads.due import Clock
    from leads.models import StagePolicy, User
    from leads.queue import Listed, Section
    from leads.refusals import Offer

SHOWN = (
    "name", "title", "source", "campaign", "stage", "score", "version", "due_at", "next_kind", "next_at", "next_note",
    "erased_at", "company__name", "company__industry", "company__employees", "company__country",
)  # fmt: skip
NEWEST = ("lead", "kind", "outcome", "occurred_at")
PLAN_ICONS = {"call": "call", "email": "mail", "meeting": "meeting"}

type Newest = tuple[str, str, datetime]


@dataclass(frozen=True)
class Step:
    """An open step as a row shows it: `asks` makes it open a form in place instead of being taken at once."""

    offer: Offer
    key: int

    @property
    def asks(self) -> bool:
        return bool(asked_by(self.offer))


@dataclass(frozen=True)
class Row:
    """A lead with everything its row says; `steps` come in the order of their keys, the next one forward first.

    `work` is the address below which its steps and calls are taken.
    """

    lead: Lead
    section: Section
    id: str
    name: str
    company: str
    source: str
    url: str
    work: str
    badge: sla.Badge | None
    touched: str
    planned: str
    plan_at: str
    plan_icon: str
    late_plan: bool
    known: list[str]
    steps: list[Step] = field(default_factory=list)

    @cached_property
    def next(self) -> Step | None:
        return self.steps[0] if self.steps and leads_on(self.steps[0].offer, self.lead) else None

    @cached_property
    def others(self) -> list[Step]:
        return self.steps[1:] if self.next else self.steps


@dataclass(frozen=True)
class Heading:
    """A heading with its rows, how many leads stand under it, and the address of the rest."""

    section: Section
    rows: list[Row]
    count: str
    more: str


def leads_on(offer: Offer, lead: Lead) -> bool:
    """Whether a step leads forward in the funnel, and not out of it."""
    return RANKS[offer.target] > RANKS[lead.stage] and offer.target != Stage.LOST


def rows_of(
    listed: Sequence[Listed], *, user: User, at: datetime, policies: Mapping[str, StagePolicy], clock: Clock
) -> dict[tuple[str, int], Row]:
    """The rows of all these headings, by heading and lead; a lead that went out of sight meanwhile has none."""
    ids = {place.lead_id for one in listed for place in one.places}
    seen = Lead.objects.visible_to(user).filter(pk__in=ids).select_related("company").only(*SHOWN)
    leads = {lead.pk: lead for lead in seen}
    steps = steps_of(list(leads), user=user, policies=policies)
    touches = newest_touches(list(leads))
    badges = sla.badges(leads.values(), at=at, clock=clock)
    found, today, nowhere = {}, reverse("today"), _("Source unknown")
    for one in listed:
        for place in one.places:
            lead, badge = leads.get(place.lead_id), badges.get(place.lead_id)
            if lead:
                found[one.section.value, lead.pk] = Row(
                    lead=lead,
                    section=one.section,
                    id=str(lead.pk),
                    name=str(lead),
                    company=str(lead.company or ""),
                    source=lead.source or nowhere,
                    url=lead.get_absolute_url(),
                    work=f"{today}{lead.pk}/",
                    badge=badge,
                    touched=told(touches.get(lead.pk), at),
                    planned=whys.planned(lead) if lead.next_at else "",
                    plan_at=whys.short(lead.next_at, at) if lead.next_at else "",
                    plan_icon=PLAN_ICONS.get(lead.next_kind, "todo"),
                    late_plan=lead.next_at is not None and lead.next_at <= at,
                    known=whys.known_of(lead),
                    steps=steps.get(lead.pk, []),
                )
    return found


def steps_of(ids: list[int], *, user: User, policies: Mapping[str, StagePolicy]) -> dict[int, list[Step]]:
    """The open steps of each lead, the one that leads forward first, each with its key."""
    found = {}
    for lead in look_at(ids):
        offers = [offer for offer in rules.offers(lead, user, policies) if offer.is_open]
        offers.sort(key=lambda offer: not leads_on(offer, lead))
        found[lead.pk] = [Step(offer, key) for key, offer in enumerate(offers, start=1)]
    return found


def newest_touches(ids: list[int]) -> dict[int, Newest]:
    """The last thing that happened with each lead, from either side: its kind, what came of it, and when."""
    newest = Touch.objects.filter(lead__in=ids).order_by("lead", "-occurred_at").distinct("lead")
    return {lead_id: (kind, outcome, at) for lead_id, kind, outcome, at in newest.values_list(*NEWEST)}


def told(touch: Newest | None, now: datetime) -> str:
    """A touch in words: what, what came of it, and how long ago."""
    if touch is None:
        return ""
    kind, outcome, at = touch
    words = {"kind": Touch.Kind(kind).label, "ago": timesince(at, now, depth=1)}
    if outcome:
        return _("%(kind)s (%(outcome)s) %(ago)s ago") % {**words, "outcome": Touch.Outcome(outcome).label}
    return _("%(kind)s %(ago)s ago") % words
