"""How a demo lead begins: who it is, where it comes from, how it can be reached and what it agreed to."""

from __future__ import annotations

from datetime import timedelta
from math import log
from typing import TYPE_CHECKING

from funnel.demo import words
from funnel.demo.lives import Contact, Life
from funnel.demo.sources import source_at
from leads.ledger import NewLead
from leads.models.stage import Stage

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from funnel.demo.cast import World
    from leads.models import Company

CONSENTS = 0.95  # of those who leave an address
PHONES = 0.4


class Births:
    """Begins lives one after another; remembers the addresses given out, for each belongs to one lead."""

    def __init__(self, world: World, rng: Random) -> None:
        self.world = world
        self.rng = rng
        self.openers = [asset for asset in world.assets if asset.stage == Stage.TOFU]
        self.emails: set[str] = set()
        self.phones = [f"+1{area}55501{number:02}" for number in range(100) for area in words.AREA_CODES]

    def begin(self, at: datetime) -> Life:
        world, rng = self.world, self.rng
        length = (world.at - world.start) / timedelta(days=1)
        source = source_at((at - world.start) / timedelta(days=1) / length, rng)
        known = rng.random() < source.known
        company = rng.choice(world.companies) if known and rng.random() < 0.9 else None
        name = f"{rng.choice(words.FIRST_NAMES)} {rng.choice(words.LAST_NAMES)}" if known else ""
        merit = rng.lognormvariate(-0.05, 0.45) * _fit(company)
        titled = known and rng.random() < 0.85
        new = NewLead(
            name=name,
            title=rng.choices(list(words.TITLES), list(words.TITLES.values()))[0] if titled else "",
            title_since=(at - timedelta(days=rng.randint(20, 2500))).date() if titled and rng.random() < 0.4 else None,
            company_id=company.pk if company else None,
            source=source.name,
            medium=source.medium,
            campaign=rng.choice(source.campaigns),
            channel=source.channel,
            asset_id=rng.choice(self.openers).pk if rng.random() < 0.7 else None,
            score=_bounded(32 + 22 * log(merit) + 12 * log(source.quality) + rng.gauss(0, 6)),
            is_demo=True,
            occurred_at=at,
            recorded_at=at,
        )
        return Life(new, source, self._contact(name, company, at), merit, world, rng)

    def _contact(self, name: str, company: Company | None, at: datetime) -> Contact:
        rng = self.rng
        contact = Contact(visitor=f"{rng.getrandbits(128):032x}" if not name or rng.random() < 0.7 else "")
        if name:
            contact.email = self._email(name, company.domain if company else "mail.example")
            contact.phone = self.phones.pop() if self.phones and rng.random() < PHONES else ""
            contact.consented_at = at if rng.random() < CONSENTS else None
            contact.tracked = bool(contact.visitor and contact.consented_at and rng.random() < 0.6)
        return contact

    def _email(self, name: str, domain: str) -> str:
        local = name.lower().replace(" ", ".")
        number, email = 1, f"{local}@{domain}"
        while email in self.emails:
            number += 1
            email = f"{local}{number}@{domain}"
        self.emails.add(email)
        return email


def _fit(company: Company | None) -> float:
    """How well companies of this trade and size convert, as a factor."""
    if company is None:
        return 0.8
    size = next((factor for most, _, factor in words.SIZES if (company.employees or 0) <= most), 1.0)
    return words.INDUSTRIES[company.industry][1] * (size if company.employees else 1.0)


def _bounded(score: float) -> int:
    return round(min(max(score, 0), 70))
