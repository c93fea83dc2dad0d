"""Who works a benchmark's leads, and the companies they come from. Made once; a further seeding finds them again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from django.db import connection

from funnel.bulk.plan import MARKETERS, OWNERS, SDRS, TEAMS, team_of
from funnel.demo import words
from leads.models import Company, Reason, Team, User
from leads.models.company import size_band
from leads.roles import Role

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

COMPANIES = 20_000


@dataclass
class Cast:
    """People and companies by code (see `plan.py`): place 0 is nobody, the system.

    `firm` is a company's place in `firmographics`, the distinct (industry, country, size band); 0 is no company.
    """

    user_ids: list[int | None]
    team_ids: list[int | None]
    company_ids: NDArray[np.int64]
    firm: NDArray[np.int64]
    firmographics: list[tuple[str, str, str]]
    reasons: dict[str, list[int]]
    competitor_reason: int


def gather(*, seed: int, at: datetime) -> Cast:
    """The cast, with whoever of it is missing."""
    teams = [Team.objects.get_or_create(name=f"Bench team {number + 1}")[0].pk for number in range(TEAMS)]
    user_ids: list[int | None] = [None]
    for number in range(1, OWNERS + MARKETERS + 1):
        user_ids.append(_person(number, teams))
    company_ids, kinds = _companies(seed, at)
    distinct = sorted(set(kinds))
    places = {kind: place for place, kind in enumerate(distinct, start=1)}
    reasons: dict[str, list[int]] = {}
    for kind, pk in Reason.objects.filter(archived_at=None).order_by("pk").values_list("kind", "pk"):
        reasons.setdefault(kind, []).append(pk)
    return Cast(
        user_ids=user_ids,
        team_ids=[None if (team := team_of(code)) is None else teams[team] for code in range(len(user_ids))],
        company_ids=np.array([0, *company_ids]),
        firm=np.array([0, *(places[kind] for kind in kinds)]),
        firmographics=[("", "", ""), *distinct],
        reasons=reasons,
        competitor_reason=Reason.objects.filter(asks_competitor=True).values_list("pk", flat=True).first() or 0,
    )


def _person(code: int, teams: list[int]) -> int:
    role = Role.SDR if code <= SDRS else Role.AE if code <= OWNERS else Role.MARKETER
    team = team_of(code)
    values = {"role": role, "team_id": None if team is None else teams[team], "password": "!"}
    return User.objects.get_or_create(username=f"bench{code:02d}", defaults=values)[0].pk


def _companies(seed: int, at: datetime) -> tuple[list[int], list[tuple[str, str, str]]]:
    """Ids of the companies, and of each its industry, country and size band."""
    found = Company.objects.filter(domain__endswith=".bench.example").order_by("domain")
    if not found.exists():
        _write_companies(np.random.default_rng([seed, 0]), at)
    rows = found.values_list("pk", "industry", "country", "employees")
    return [row[0] for row in rows], [(row[1], row[2], size_band(row[3])) for row in rows]


def _write_companies(rng: np.random.Generator, at: datetime) -> None:
    industries = _drawn(rng, {name: share for name, (share, _, _) in words.INDUSTRIES.items()})
    countries = _drawn(rng, words.COUNTRIES)
    firsts = rng.choice(words.COMPANY_FIRST, COMPANIES)
    employees = np.clip(np.exp(rng.normal(4.4, 1.9, COMPANIES)), 1, 200_000).astype(int)
    columns = (
        "name, domain, industry, employees, country, revenue_currency, technologies, hiring_for, is_demo, created_at"
    )
    with connection.cursor() as cursor:
        copying: Any = cursor.cursor  # psycopg's own, which Django's wrapper has no types for
        with copying.copy(f"COPY leads_company ({columns}) FROM STDIN") as copy:
            for number in range(COMPANIES):
                name, domain = f"{firsts[number]} {number + 1}", f"c{number + 1:05d}.bench.example"
                copy.write_row(
                    (name, domain, industries[number], int(employees[number]), countries[number], "", [], [], False, at)
                )


def _drawn(rng: np.random.Generator, shares: dict[str, float]) -> list[str]:
    weights = np.array(list(shares.values()))
    drawn: list[str] = rng.choice(list(shares), COMPANIES, p=weights / weights.sum()).tolist()
    return drawn
