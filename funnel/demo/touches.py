"""What a demo lead did and what was done with it, strewn around the steps of its log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from funnel.demo import words
from funnel.demo.clock import at_work
from leads.models import Stage, Touch
from leads.roles import Role

if TYPE_CHECKING:
    from datetime import datetime

    from funnel.demo.lives import Life
    from leads.ledger import Line
    from leads.models import Asset, User

Kind, Outcome = Touch.Kind, Touch.Outcome
UNTOLD = {
    Outcome.REACHED: 4,
    Outcome.NO_ANSWER: 5,
    Outcome.VOICEMAIL: 3,
    Outcome.WRONG_NUMBER: 1,
}  # of a call without a note
MARKETING = (Stage.TOFU, Stage.MOFU, Stage.BOFU)

# Between two steps, by the stage the lead is in: how many touches at least and at most, and of which kinds.
STREWN: dict[str, tuple[int, int, dict[str, int]]] = {
    Stage.TOFU: (2, 5, {Kind.VISIT: 7, Kind.AD: 1, Kind.EMAIL: 1}),
    Stage.MOFU: (2, 5, {Kind.VISIT: 4, Kind.EMAIL: 5, Kind.EVENT: 1}),
    Stage.BOFU: (1, 4, {Kind.VISIT: 5, Kind.EMAIL: 3, Kind.EVENT: 1}),
    Stage.MQL: (0, 1, {Kind.VISIT: 1}),
    Stage.SAL: (1, 4, {Kind.CALL: 5, Kind.EMAIL: 3, Kind.MEETING: 1, Kind.VISIT: 1}),
    Stage.SQL: (2, 5, {Kind.MEETING: 4, Kind.CALL: 2, Kind.EMAIL: 3}),
    Stage.WON: (0, 2, {Kind.EMAIL: 1, Kind.VISIT: 1}),
    Stage.LOST: (0, 1, {Kind.EMAIL: 1}),
}
# What brings about a marketing step, minutes before it.
CAUSES: dict[str, tuple[str, ...]] = {
    "engage": (Kind.FORM,),
    "consider": (Kind.FORM, Kind.EVENT, Kind.VISIT),
    "qualify": (Kind.FORM,),
}
RETURNS = {"Direct": 5, "Organic search": 3, "Referral": 1, "Social": 1}
IDLE = timedelta(days=45)  # how long a lead that went nowhere is still heard of


@dataclass(slots=True)
class Row:
    """One touch, without its lead."""

    occurred_at: datetime
    kind: str
    channel: str
    asset_id: int | None = None
    by_id: int | None = None
    note: str = ""
    outcome: str = ""


def touches_of(life: Life) -> list[Row]:
    """All touches of a life, in order, none after the present."""
    first = life.source.first
    rows = [Row(life.new.occurred_at, first, life.source.channel, _asset(life, Stage.TOFU, first))]
    lines = life.valid
    edges = [life.new.occurred_at, *(line.occurred_at for line in lines)]
    stages = [life.new.stage, *(line.to_stage for line in lines)]
    for (since, until), stage, line in zip(pairwise(edges), stages, lines, strict=False):
        rows += _strewn(life, stage, since, until, line.owner_id)
        rows += _cause(life, line, since)
    rows += _strewn(life, stages[-1], edges[-1], min(edges[-1] + IDLE, life.world.at), life.lead.owner_id)
    rows += _first_calls(life, lines)
    return sorted((row for row in rows if row.occurred_at <= life.world.at), key=lambda row: row.occurred_at)


def _strewn(life: Life, stage: str, since: datetime, until: datetime, owner_id: int | None) -> list[Row]:
    """A handful of touches between two instants, fewer in a short stay."""
    rng = life.rng
    least, most, kinds = STREWN[stage]
    if until <= since:
        return []
    number = min(rng.randint(least, most), 1 + round((until - since) / timedelta(hours=12)))
    rows = []
    for kind in rng.choices(list(kinds), list(kinds.values()), k=number):
        human = kind in Touch.HUMAN_KINDS
        if (human and owner_id is None) or (kind == Kind.EMAIL and not life.contact.email):
            continue
        moment = since + (until - since) * rng.random()
        if human:
            moment = at_work(moment, life.world.zone, rng, urgent=False)
        if since < moment < until:
            rows.append(_row(life, kind, stage, moment, owner_id if human else None))
    return rows


def _row(life: Life, kind: str, stage: str, moment: datetime, by_id: int | None) -> Row:
    rng = life.rng
    channel = ""
    if kind == Kind.EMAIL:
        channel = "E-mail"
    elif kind == Kind.AD:
        channel = "Paid search"
    elif kind == Kind.EVENT:
        channel = "Webinar"
    elif kind in (Kind.VISIT, Kind.FORM) and life.source.channel:
        channel = life.source.channel if rng.random() < 0.45 else rng.choices(list(RETURNS), list(RETURNS.values()))[0]
    note = rng.choice(words.NOTES[kind]) if kind in words.NOTES and rng.random() < 0.6 else ""
    outcome = _outcome(life, kind, note) if by_id else ""
    return Row(moment, kind, channel, _asset(life, stage, kind), by_id, note, outcome)


def _outcome(life: Life, kind: str, note: str) -> str:
    """What came of a call or a meeting; a note says it already."""
    if note:
        return words.OUTCOMES.get(note, Outcome.HELD if kind == Kind.MEETING else Outcome.REACHED)
    outcomes = {Outcome.HELD: 8, Outcome.NO_SHOW: 1} if kind == Kind.MEETING else UNTOLD
    return life.rng.choices(list(outcomes), list(outcomes.values()))[0]


def _cause(life: Life, line: Line, since: datetime) -> list[Row]:
    """The form filled in or event attended just before a step of marketing."""
    if line.step not in CAUSES:
        return []
    kind = life.rng.choice(CAUSES[line.step])
    moment = max(line.occurred_at - timedelta(seconds=life.rng.randint(2, 170)), since)
    return [_row(life, kind, line.to_stage, moment, None)]


def _first_calls(life: Life, lines: list[Line]) -> list[Row]:
    """The SDR's call on a fresh MQL: within hours, and before the offer is decided."""
    rows, rng = [], life.rng
    for number, line in enumerate(lines):
        if line.to_stage != Stage.MQL or rng.random() < 0.08:
            continue
        decided = lines[number + 1] if number + 1 < len(lines) else None
        caller = _caller(life, decided)
        if decided:
            waited = decided.occurred_at - line.occurred_at
            moment = at_work(line.occurred_at + waited * rng.uniform(0.2, 0.8), life.world.zone, rng)
            if moment >= decided.occurred_at:
                moment = decided.occurred_at - min(timedelta(minutes=rng.uniform(4, 40)), waited / 2)
        elif rng.random() < 0.5:
            later = line.occurred_at + timedelta(hours=rng.lognormvariate(0.7, 0.8))
            moment = at_work(later, life.world.zone, rng)
        else:
            continue
        rows.append(_row(life, Kind.CALL, Stage.MQL, moment, caller.pk))
    return rows


def _caller(life: Life, decided: Line | None) -> User:
    person = life.world.person(decided.by_id) if decided else life.owner
    return person if person and person.role == Role.SDR else life.rng.choice(life.world.people[Role.SDR])


def _asset(life: Life, stage: str, kind: str) -> int | None:
    """A piece of content made for the stage, where such a touch has one; webinars for events."""
    if kind in Touch.HUMAN_KINDS or kind == Kind.AD:
        return None
    assets: list[Asset] = [asset for asset in life.world.assets if asset.stage == stage]
    if kind == Kind.EVENT:
        assets = [asset for asset in life.world.assets if asset.kind == "webinar"]
    elif kind == Kind.VISIT and stage not in MARKETING:
        return None
    return life.rng.choice(assets).pk if assets and (kind != Kind.VISIT or life.rng.random() < 0.75) else None
