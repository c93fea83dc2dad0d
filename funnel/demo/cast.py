"""Who is in the demo before the first lead: teams, people, companies, content; and the world all leads share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from funnel.demo import words
from funnel.demo.offers import Turns, make_turns
from leads.models import Asset, Company, Reason, StagePolicy, Team, User
from leads.roles import Role

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

PASSWORD = "demo"  # noqa: S105  (printed on the log-in page of a demo, and meant to be known)
TEAMS = ("North", "South")

# The first of each role is the one to log in as.
PEOPLE: dict[Role, tuple[str, ...]] = {
    Role.SDR: ("Sam Rivera", "Priya Raman", "Tom Whitaker", "Lena Hartmann", "Kofi Boateng"),
    Role.MARKETER: ("Mia Lindqvist", "Jonas Falk", "Aisha Karimi", "Carla Bertoli", "Ben Archer"),
    Role.AE: ("Alex Sokolov", "Nina Duarte", "Omar Nasser", "Grace Mbeki", "Luis Cardenas"),
    Role.MANAGER: ("Max Keller", "Ruth Abrams", "Diego Paredes", "Helen Strand", "Viktor Dragan"),
    Role.ADMIN: ("Ada Winters", "Ivan Belic", "Joy Nakato", "Paulo Teixeira", "Yuki Morita"),
}
IN_TEAMS = (Role.SDR, Role.AE)

# name, kind, the stage it is made for
ASSETS = (
    ("Why leads get lost between teams", Asset.Kind.ARTICLE, "tofu"),
    ("Ten signs of a leaking funnel", Asset.Kind.ARTICLE, "tofu"),
    ("Benchmarks: speed to lead", Asset.Kind.ARTICLE, "tofu"),
    ("A glossary of the funnel", Asset.Kind.ARTICLE, "tofu"),
    ("The handoff handbook", Asset.Kind.EBOOK, "mofu"),
    ("Lead scoring without guesswork", Asset.Kind.EBOOK, "mofu"),
    ("Webinar: funnel clinic", Asset.Kind.WEBINAR, "mofu"),
    ("Webinar: pipeline live", Asset.Kind.WEBINAR, "mofu"),
    ("Buyer's guide", Asset.Kind.EBOOK, "bofu"),
    ("Case study: a freight company", Asset.Kind.CASE_STUDY, "bofu"),
    ("Case study: a software house", Asset.Kind.CASE_STUDY, "bofu"),
    ("Price calculator", Asset.Kind.OTHER, "bofu"),
    ("Product demo", Asset.Kind.DEMO, "mql"),
    ("Free trial", Asset.Kind.TRIAL, "mql"),
    ("Security paper", Asset.Kind.OTHER, "sal"),
    ("Return calculation", Asset.Kind.OTHER, "sql"),
    ("First steps", Asset.Kind.ARTICLE, "won"),
)


@dataclass(frozen=True, kw_only=True)
class World:
    """What every life in the demo can refer to. `skill` multiplies a person's odds, and divides their delays."""

    start: datetime
    at: datetime
    zone: tzinfo
    people: dict[Role, list[User]]
    users: dict[int, User]
    skill: dict[int, float]
    companies: list[Company]
    assets: list[Asset]
    reasons: dict[str, list[Reason]]
    policies: dict[str, StagePolicy]
    currency: str
    turns: Turns

    def person(self, number: int | None) -> User | None:
        return self.users.get(number) if number else None

    def teammates(self, role: Role, team_id: int | None) -> list[User]:
        """The people of a role in a team, or all of the role when no team is meant."""
        people = self.people[role]
        return [user for user in people if user.team_id == team_id] if team_id else people


def make_world(*, leads: int, start: datetime, at: datetime, seed: int) -> World:
    """Write teams, people, companies and assets, and read what the organisation has decided."""
    rng = Random(f"cast {seed}")  # noqa: S311
    people = _people(start)
    users = {user.pk: user for role in people.values() for user in role}
    reasons: dict[str, list[Reason]] = {kind: [] for kind in Reason.Kind.values}
    for reason in Reason.objects.filter(archived_at=None).order_by("kind", "code"):
        reasons[reason.kind].append(reason)
    skill = {number: rng.uniform(0.75, 1.35) for number in users}
    companies = _companies(min(max(leads // 12, 10), 1200), rng)
    return World(
        start=start.astimezone(UTC),
        at=at.astimezone(UTC),
        zone=timezone.get_default_timezone(),
        people=people,
        users=users,
        skill=skill,
        companies=companies,
        assets=Asset.objects.bulk_create(
            [Asset(name=name, kind=kind, stage=stage, is_demo=True) for name, kind, stage in ASSETS]
        ),
        reasons=reasons,
        policies=StagePolicy.objects.in_bulk(),
        currency=settings.DEFAULT_CURRENCY,
        turns=make_turns(people, companies),
    )


def _people(joined: datetime) -> dict[Role, list[User]]:
    """Five people a role; SDRs and AEs in two teams. One hash serves all, for they share the password."""
    teams = Team.objects.bulk_create([Team(name=name, is_demo=True) for name in TEAMS])
    password = make_password(PASSWORD)
    users = []
    for role, names in PEOPLE.items():
        for number, name in enumerate(names):
            first, last = name.split()
            users.append(
                User(
                    username=first.lower(), first_name=first, last_name=last, email=f"{first.lower()}@company.example",
                    password=password, role=role, is_staff=role == Role.ADMIN, is_demo=True, date_joined=joined,
                    team=teams[number % 2] if role in IN_TEAMS else None,
                )
            )  # fmt: skip
    people: dict[Role, list[User]] = {role: [] for role in PEOPLE}
    for user in User.objects.bulk_create(users):
        people[Role(user.role)].append(user)
    return people


def _companies(count: int, rng: Random) -> list[Company]:
    industries = list(words.INDUSTRIES)
    shares = [share for share, _, _ in words.INDUSTRIES.values()]
    names: dict[str, str] = {}
    while len(names) < count:
        [industry] = rng.choices(industries, shares)
        names.setdefault(f"{rng.choice(words.COMPANY_FIRST)} {rng.choice(words.INDUSTRIES[industry][2])}", industry)
    return Company.objects.bulk_create([_company(name, industry, rng) for name, industry in names.items()])


def _company(name: str, industry: str, rng: Random) -> Company:
    band = rng.choices(range(len(words.SIZES)), [share for _, share, _ in words.SIZES])[0]
    least = words.SIZES[band - 1][0] + 1 if band else 2
    employees = rng.randint(least, words.SIZES[band][0]) if rng.random() < 0.93 else None
    revenue = Decimal(employees * rng.randint(60, 220)) * 1000 if employees and rng.random() < 0.7 else None
    return Company(
        name=name,
        domain=f"{name.lower().replace(' ', '-')}.example",
        industry=industry,
        employees=employees,
        revenue=revenue,
        revenue_currency=settings.DEFAULT_CURRENCY if revenue else "",
        country=rng.choices(list(words.COUNTRIES), list(words.COUNTRIES.values()))[0],
        technologies=sorted(rng.sample(words.TECHNOLOGIES, rng.randint(0, 5))),
        spends_on_ads=rng.choice((True, False, None)),
        hiring_for=sorted(rng.sample(words.JOBS, rng.choice((0, 0, 1, 2)))),
        is_demo=True,
    )
