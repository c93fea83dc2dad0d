"""Writes the demo: simulates every life, then hands all of them to the gate's writer in a few statements."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import timedelta
from itertools import batched
from random import Random
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, connection, transaction

from funnel.demo import workday
from funnel.demo.births import Births
from funnel.demo.cast import PEOPLE, make_world
from funnel.demo.clock import arrivals
from funnel.demo.offers import offer_lately, settle
from funnel.demo.plot import live
from funnel.demo.touches import touches_of
from leads import due, ledger, working
from leads.models import Company, Consent, Identity, Lead, StageChange, Touch, User
from leads.roles import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from funnel.demo.cast import World
    from funnel.demo.lives import Life

CHUNK = 2_000  # leads written by one statement
ENGAGEMENT = 5  # points of the score for every step taken
WORDING = "2026-01"
FRESH = (Lead, StageChange, Touch, Identity, Company)  # tables whose statistics the planner needs at once


class DemoRefused(Exception):
    """The demo could not be written or removed; nothing was changed. The message says why."""


@dataclass(frozen=True)
class Written:
    """How much a demo holds."""

    leads: int
    lines: int
    touches: int


def is_there() -> bool:
    return Lead.objects.filter(is_demo=True).exists() or User.objects.filter(is_demo=True).exists()


def seed(*, leads: int, months: int, seed: int, at: datetime) -> Written:
    """Write a demo whose history of `months` ends at `at`; the same arguments give the same demo.

    One transaction: all of it or nothing. Raises DemoRefused where a name is taken by a real row.
    """
    taken = User.objects.filter(username__in=[name.split()[0].lower() for names in PEOPLE.values() for name in names])
    if taken:
        names = ", ".join(sorted(user.username for user in taken))
        raise DemoRefused(f"The demo needs user names that are taken: {names}. Nothing was written.")
    try:
        with transaction.atomic():
            world = make_world(leads=leads, start=months_before(at, months), at=at, seed=seed)
            all_lives = lives(world, count=leads, seed=seed)
            written = _write(all_lives)
            settle(world.people[Role.SDR], today=at.astimezone(world.zone).date())
            workday.fill(world, all_lives, seed=seed)
            return written
    except IntegrityError as error:
        raise DemoRefused(f"Something in the demo exists already: {error} Nothing was written.") from error


def months_before(at: datetime, months: int) -> datetime:
    """The same day and time some months earlier, or that month's last day."""
    years, month = divmod(at.year * 12 + at.month - 1 - months, 12)
    day = min(at.day, calendar.monthrange(years, month + 1)[1])
    return at.replace(year=years, month=month + 1, day=day)


def lives(world: World, *, count: int, seed: int) -> list[Life]:
    """Every lead's life, up to the present, in memory. They are numbered when they are written."""
    rng = Random(f"lives {seed}")  # noqa: S311
    births = Births(world, rng)
    result = []
    for moment in arrivals(count, world.start, world.at, world.zone, rng):
        life = births.begin(moment)
        live(life)
        result.append(life)
    offer_lately(world, result, Random(f"offers {seed}"))  # noqa: S311
    for life in result:
        life.new.score = min(life.new.score + ENGAGEMENT * len(life.valid), 100)
    return result


def _write(all_lives: list[Life]) -> Written:
    lines = touches = 0
    for chunk in batched(all_lives, CHUNK):
        ledger.open_leads([life.new for life in chunk])
        for life in chunk:
            for line in life.lines:
                line.lead_id = life.new.id
        ledger.write([line for life in chunk for line in life.lines])
        _copy("leads_identity", "kind, value, lead_id, created_at", _identities(chunk))
        _copy(
            "leads_consent", "lead_id, purpose, number, granted, wording, source, occurred_at, recorded_at",
            _consents(chunk),
        )  # fmt: skip
        touches += _copy(
            "leads_touch", "lead_id, occurred_at, key, recorded_at, kind, outcome, channel, asset_id, by_id, note",
            _touches(chunk),
        )  # fmt: skip
        lines += sum(1 + len(life.lines) for life in chunk)
    due.refresh()
    working.refresh_touched()
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(model._meta.db_table for model in FRESH)}")
    return Written(len(all_lives), lines, touches)


def _identities(chunk: Iterable[Life]) -> Iterator[tuple[Any, ...]]:
    for life in chunk:
        contact = life.contact
        for kind, value in (("email", contact.email), ("phone", contact.phone), ("visitor", contact.visitor)):
            if value:
                yield kind, value, life.new.id, life.new.recorded_at


def _consents(chunk: Iterable[Life]) -> Iterator[tuple[Any, ...]]:
    contact_purpose, tracking = Consent.Purpose.CONTACT.value, Consent.Purpose.TRACKING.value
    for life in chunk:
        number, contact, given = life.new.id, life.contact, life.contact.consented_at
        if given:
            yield number, contact_purpose, 1, True, WORDING, "form", given, given
        if given and contact.tracked:
            yield number, tracking, 1, True, WORDING, "form", given, given
        if contact.withdrawn_at:
            gone = contact.withdrawn_at
            yield number, contact_purpose, 2 if given else 1, False, WORDING, "unsubscribe link", gone, gone


def _touches(chunk: Iterable[Life]) -> Iterator[tuple[Any, ...]]:
    for life in chunk:
        for number, row in enumerate(touches_of(life), start=1):
            # A second's worth of a beacon's travel; a call is noted when it is over.
            noted = min(row.occurred_at + timedelta(seconds=1), life.world.at)
            yield (
                life.new.id, row.occurred_at, f"demo-{number}", noted, row.kind, row.outcome,
                row.channel, row.asset_id, row.by_id, row.note,
            )  # fmt: skip


def _copy(table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> int:
    """Load rows with COPY; returns how many."""
    number = 0
    with connection.cursor() as cursor:
        copying: Any = cursor.cursor  # psycopg's own, which Django's wrapper has no types for
        with copying.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
                number += 1
    return number
