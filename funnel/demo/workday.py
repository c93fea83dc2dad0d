"""The day the demo is looked at: what people plan, note, ask each other and are told about the leads that are open."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any, cast

from django.db.models import F

from funnel.demo import words
from funnel.demo.plot import FRESH
from leads import handoff, notices
from leads.lines import plain
from leads.models import Edit, Lead, Note, Notice, Stage, StageChange
from leads.models.stage import OPEN
from leads.roles import Role
from leads.working import NO_PLAN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from funnel.demo.cast import World
    from funnel.demo.lives import Life
    from leads.ledger import Line
    from leads.models import User

# When the plans of one person are due, in minutes from now; the rest of them falls into the days after.
DUE = (-150, -35, 15, 25, 40, 55, 130, 200, 320)
LATER = (1, 1, 2, 3, 5, 8)  # days
SATURDAY = 5
BUSY = 24  # plans of one person at most
NOTED = 0.35  # of the leads sales works on
TOLD = timedelta(days=75)  # how far back people were told of offers and rejections
UNREAD = 3  # notices of each person
ANSWERED = 0.5  # of the rejections
IN_SALES = (Stage.MQL, Stage.SAL, Stage.SQL)


@dataclass
class Workday:
    """Rows to be written, gathered first: each note and plan has its edit, so that it is told and can be undone."""

    world: World
    rng: Random
    edits: list[Edit] = field(default_factory=list)
    told: list[Notice] = field(default_factory=list)
    planned: list[Lead] = field(default_factory=list)

    @property
    def at(self) -> datetime:
        return self.world.at


def fill(world: World, lives: Sequence[Life], *, seed: int) -> None:
    """Write the workday of everybody in the demo; the same arguments write the same."""
    day = Workday(world, Random(f"workday {seed}"))  # noqa: S311
    _tell(day, lives)
    for role in (Role.SDR, Role.AE, Role.MARKETER):
        for person in world.people[role]:
            _plan(day, person, _leads_of(person, lives))
    for life in lives:
        if life.lead.stage in IN_SALES and life.owner and day.rng.random() < NOTED:
            _note(day, life, life.owner)
    _answer(day, lives)
    Lead.objects.bulk_update(day.planned, ["next_kind", "next_at", "next_note"], batch_size=500)
    Edit.objects.bulk_create(day.edits, batch_size=500)
    notices.tell(day.told)
    for people in world.people.values():
        for person in people:
            _read(person)


def _read(person: User) -> None:
    """Somebody has read all they were told but the newest."""
    own = Notice.objects.filter(user=person).order_by("-at", "-pk")
    kept = list(own.values_list("pk", flat=True)[:UNREAD])
    own.exclude(pk__in=kept).update(read_at=F("at"))


def _leads_of(person: User, lives: Sequence[Life]) -> list[Life]:
    """The open leads a person would plan something with, the newest first; a marketer's are some that nobody owns."""
    if person.role == Role.MARKETER:
        own = [one for one in lives if one.lead.stage == Stage.BOFU and one.lead.owner_id is None and one.lines]
        return [one for one in own if one.lines[-1].by_id == person.pk][-6:]
    own = [one for one in lives if one.lead.owner_id == person.pk and one.lead.stage in OPEN]
    return sorted(own, key=lambda one: one.lead.stage_since, reverse=True)[:BUSY]


def _plan(day: Workday, person: User, leads: Sequence[Life]) -> None:
    """Something planned with most of these leads: some of it late, some of it within the hour."""
    dues = [timedelta(minutes=minutes + day.rng.randint(-4, 4)) for minutes in DUE]
    day.rng.shuffle(dues)
    for number, life in enumerate(leads):
        if life.lead.stage == Stage.MQL and (number % 2 or day.at - life.lead.stage_since < FRESH):
            continue  # an offer that is still to be decided
        due = day.at + dues.pop() if dues else _some_morning(day)
        kind, note = day.rng.choice(words.PLANS)
        plan = {
            "next_kind": kind,
            "next_at": due.replace(minute=due.minute // 5 * 5, second=0, microsecond=0),
            "next_note": note,
        }
        day.planned.append(Lead(pk=life.new.id, **plan))
        made = max(life.lead.stage_since, min(day.at, due) - timedelta(hours=day.rng.randint(3, 60)))
        after: dict[str, Any] = {name: plain(value) for name, value in plan.items()}
        data = {"before": dict(NO_PLAN), "after": after}
        day.edits.append(Edit(lead_id=life.new.id, kind=Edit.Kind.PLAN, by=person, at=made, data=data))


def _some_morning(day: Workday) -> datetime:
    """A working hour of one of the next days."""
    local = day.at.astimezone(day.world.zone) + timedelta(days=day.rng.choice(LATER))
    while local.weekday() >= SATURDAY:
        local += timedelta(days=1)
    return local.replace(hour=day.rng.randint(9, 16), minute=day.rng.choice((0, 15, 30, 45)))


def _note(day: Workday, life: Life, owner: User) -> None:
    """A note on a lead by its owner, or by somebody who asks the owner."""
    teammates = [*day.world.teammates(Role.SDR, owner.team_id), *day.world.teammates(Role.AE, owner.team_id)]
    writer = day.rng.choice([owner, owner, *teammates])
    text = day.rng.choice(words.NOTES["lead"])
    if writer != owner:
        text = day.rng.choice(words.NOTES["mention"]).format(name=owner.username)
    at = _between(day, life.lead.stage_since)
    note = _written(day, life.new.id, by=writer, at=at, text=text)
    if writer != owner:
        day.told.append(_notice(owner, Notice.Kind.MENTION, note))


def _answer(day: Workday, lives: Sequence[Life]) -> None:
    """The threads of rejected leads: some wait for marketing, in some marketing has answered and sales again."""
    for life in lives:
        rejection = next((line for line in reversed(life.valid) if line.step == "reject"), None)
        if rejection is None or rejection != life.valid[-1] or day.rng.random() > ANSWERED:
            continue
        offer = next((line for line in reversed(life.valid) if line.to_stage == Stage.MQL), None)
        marketer, seller = (day.world.person(line.by_id if line else None) for line in (offer, rejection))
        if marketer is None or seller is None or marketer.role != Role.MARKETER:
            continue
        cycle = rejection.cycle - 1
        at, text = _between(day, rejection.occurred_at), day.rng.choice(words.NOTES["ask"])
        asked = _written(day, life.new.id, by=marketer, at=at, text=text, cycle=cycle)
        day.told.append(_notice(seller, Notice.Kind.REPLY, asked))
        if day.rng.random() < ANSWERED:
            at, text = _between(day, asked.at), day.rng.choice(words.NOTES["answer"])
            answer = _written(day, life.new.id, by=seller, at=at, text=text, cycle=cycle)
            day.told.append(_notice(marketer, Notice.Kind.REPLY, answer))


def _tell(day: Workday, lives: Sequence[Life]) -> None:
    """What people were told as it happened: offers and rejections of the last months."""
    ids = [life.new.id for life in lives]
    recent = StageChange.objects.filter(lead__in=ids, recorded_at__gt=day.at - TOLD).valid().order_by("recorded_at")
    for line in recent:
        if handoff.concerns(line):
            handoff.tell([cast("Line", line)], at=line.recorded_at)  # a line as the ledger knows it


def _written(day: Workday, lead_id: int, *, by: User, at: datetime, text: str, cycle: int | None = None) -> Note:
    note = Note.objects.create(lead_id=lead_id, by=by, at=at, text=text, cycle=cycle)
    day.edits.append(Edit(lead_id=lead_id, kind=Edit.Kind.NOTE, by=by, at=at, data={"note": note.pk}))
    return note


def _notice(user: User, kind: Notice.Kind, note: Note) -> Notice:
    return Notice(user=user, kind=kind, key=f"note:{note.pk}", lead_id=note.lead_id, by=note.by, note=note, at=note.at)


def _between(day: Workday, since: datetime) -> datetime:
    """A moment after something, in the days that followed it, and not after now."""
    return since + min(day.at - since, timedelta(days=2)) * day.rng.uniform(0.1, 0.95)
