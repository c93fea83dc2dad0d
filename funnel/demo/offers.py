"""How the demo's company shares its offers out: rules, whose turn it is, who has how much room, and who is away."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from leads import routing
from leads.models import Absence, Lead, RoutingRule, Stage, User
from leads.roles import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date
    from random import Random

    from funnel.demo.cast import World
    from funnel.demo.lives import Life
    from leads.models import Company, Team

EUROPE = ("United Kingdom", "Germany", "France", "Netherlands", "Sweden")
OVERSEAS = ("United States", "Canada", "Brazil", "India", "Australia")
LARGE = ("1,001-5,000", "5,001+")
LATELY = 14  # offers of the last hours
ROOM = 15  # leads a desk can take before it is full
FULL, AWAY, SOON_AWAY = 3, 2, 4  # which of the SDRs
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Turns:
    """Who gets the next offer. Lives are told one after another, so nobody in them was ever away or full."""

    rules: list[RoutingRule]
    companies: dict[int, Company]
    queues: dict[int, deque[int]]

    def next(self, lead: Lead) -> int | None:
        """The number of the SDR whose turn it is with this lead; None for the team queue, where no rule fits."""
        company = self.companies.get(lead.company_id) if lead.company_id else None
        rule = next((rule for rule in self.rules if routing.fits(rule, lead, company)), None)
        if rule is None:
            return None
        queue = self.queues[rule.team_id]
        queue.rotate(-1)
        return queue[-1]


def make_turns(people: dict[Role, list[User]], companies: Iterable[Company]) -> Turns:
    """Write the rules; none fits a lead without a company that came by another way than a webinar."""
    first, second, *_ = people[Role.SDR]
    north, south = _team(first), _team(second)
    rules = RoutingRule.objects.bulk_create(
        [
            RoutingRule(position=1, name="Europe", countries=list(EUROPE), team=north),
            RoutingRule(position=2, name="Large companies", size_bands=list(LARGE), team=south),
            RoutingRule(position=3, name="Webinars", sources=["webinar"], team=north),
            RoutingRule(position=4, name="Overseas", countries=list(OVERSEAS), team=south),
        ]
    )
    queues = {team.pk: deque(sdr.pk for sdr in people[Role.SDR] if sdr.team_id == team.pk) for team in (north, south)}
    return Turns(rules, {company.pk: company for company in companies}, queues)


def offer_lately(world: World, lives: Sequence[Life], rng: Random) -> None:
    """Let marketing offer some of the leads that weigh up in the hours before the present: sales has yet to decide."""
    weighing = [one for one in lives if one.lead.stage == Stage.BOFU and not one.contact.withdrawn_at]
    for life in sorted(weighing, key=lambda one: one.now, reverse=True)[:LATELY]:
        at = world.at - timedelta(minutes=rng.randint(5, 150))
        if life.now < at:
            life.take("qualify", rng.choice(world.people[Role.MARKETER]), at)


def settle(sdrs: list[User], *, today: date) -> None:
    """Give everybody the room that goes with what they own now, but one of them none; and send one on leave."""
    working = Lead.objects.filter(owner__in=sdrs, stage__in=routing.WORKED)
    owned = Counter(working.values_list("owner", flat=True))
    for number, sdr in enumerate(sdrs):
        sdr.capacity = owned[sdr.pk] + (0 if number == FULL else ROOM)
    User.objects.bulk_update(sdrs, ["capacity"])
    Absence.objects.bulk_create(
        [
            Absence(user=sdrs[AWAY], starts_on=today - WEEK / 7, ends_on=today + WEEK),
            Absence(user=sdrs[SOON_AWAY], starts_on=today + 3 * WEEK, ends_on=today + 4 * WEEK),
        ]
    )


def _team(sdr: User) -> Team:
    assert sdr.team is not None  # noqa: S101  (every SDR of the cast has one)
    return sdr.team
