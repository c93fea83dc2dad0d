"""What happens to a lead next, how likely, after how long, by whom and with which facts. Draws from the life's dice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from funnel.demo import words
from funnel.demo.clock import at_work, stay
from leads.lines import NOTHING, Given
from leads.models import Lead, Stage
from leads.roles import Role

if TYPE_CHECKING:
    from datetime import datetime

    from funnel.demo.lives import Life
    from leads.models import Reason, User


@dataclass(frozen=True)
class Turn:
    """A step with its chance for an average lead and the median days until it; what is `good` comes easier to good
    leads of good sources in good hands. Chances that do not sum to 1 leave leads that stay where they are."""

    step: str
    chance: float
    days: float
    good: bool = False


TURNS: dict[str, tuple[Turn, ...]] = {
    Stage.TOFU: (Turn("engage", 0.61, 8, True), Turn("qualify", 0.08, 1.5, True), Turn("disqualify", 0.08, 25)),
    Stage.MOFU: (Turn("consider", 0.35, 17, True), Turn("qualify", 0.06, 9, True), Turn("disqualify", 0.10, 45)),
    Stage.BOFU: (Turn("qualify", 0.64, 9, True), Turn("disqualify", 0.09, 30)),
    Stage.MQL: (Turn("accept", 0.62, 0.5, True), Turn("reject", 0.28, 1.2), Turn("disqualify", 0.10, 1.0)),
    Stage.SAL: (
        Turn("confirm", 0.57, 7, True), Turn("lose", 0.20, 14), Turn("recycle", 0.13, 15), Turn("disqualify", 0.10, 7),
    ),
    Stage.SQL: (
        Turn("win", 0.235, 32, True), Turn("lose", 0.555, 40), Turn("recycle", 0.17, 48), Turn("disqualify", 0.04, 20),
    ),
    Stage.WON: (Turn("reengage", 0.16, 150),),
    Stage.LOST: (Turn("recycle", 0.22, 110),),
}  # fmt: skip

SPREAD = {Stage.MQL: 1.2, Stage.SQL: 0.65}
FRESH = timedelta(hours=30)  # before the present: who came since
EAGER = 0.8  # of whom asked for a talk at once, and nobody has decided yet
LATER_CYCLES = 0.6  # factor on the odds and the pace of a lead that was handed back
LAST_CYCLE = 3
OVERLOOKED = 0.1  # offers nobody looked at for a long time
SLIPS = 0.012  # steps taken by mistake and undone
FINAL = {"unsubscribed", "junk", "duplicate"}
BY_ITSELF = {"engage": 0.6, "consider": 0.5, "qualify": 0.35}  # done by the system's rules, not by a marketer
REASONS = {
    "competitor": 3, "no-decision": 4, "price": 2.2, "not-ready": 5, "wrong-person": 2.5, "bad-data": 2,
    "outside-target": 2.5, "not-a-fit": 4, "junk": 2, "unreachable": 3, "duplicate": 1, "unsubscribed": 2, "timing": 5,
    "no-budget": 3, "changed-job": 1, "new-need": 1.5, "other": 0.6,
}  # fmt: skip


def live(life: Life) -> None:
    """Let a life run until nothing more happens or the present is reached."""
    if life.world.at - life.now < FRESH and life.lead.has_contact and life.rng.random() < EAGER:
        life.take("qualify", None, life.now + timedelta(minutes=life.rng.randint(2, 40)))
        return
    while not life.over:
        worker = _worker(life)
        turn = _turn(life, worker)
        if turn is None:
            return
        by = None if life.rng.random() < BY_ITSELF.get(turn.step, 0) else worker
        at = _when(life, turn, worker if by else None)
        given = _given(life, turn.step, by, at)
        if given is None or not life.take(turn.step, by, at, given):
            return
        if given.reason and given.reason.code == "unsubscribed":
            life.contact.withdrawn_at = at
        if by and life.rng.random() < SLIPS:
            life.undo(by, at + timedelta(minutes=life.rng.uniform(1, 28)), life.rng.choice(words.NOTES["undo"]))


def _worker(life: Life) -> User:
    """Who looks after the lead where it stands: marketing before the handoff, then the owner, rarely a manager."""
    lead, world, rng = life.lead, life.world, life.rng
    owner = life.owner
    if lead.stage in (Stage.SAL, Stage.SQL) and owner:
        return rng.choice(world.people[Role.MANAGER]) if rng.random() < 0.04 else owner
    if lead.stage == Stage.MQL:
        if owner and owner.role == Role.SDR:
            return owner
        return rng.choice(world.teammates(Role.SDR, owner.team_id if owner else None))
    if lead.stage == Stage.WON and owner and rng.random() < 0.5:
        return owner
    return rng.choice(world.people[Role.MARKETER])


def _turn(life: Life, worker: User) -> Turn | None:
    """The next step, drawn; None for a lead that stays."""
    lead = life.lead
    if (lead.stage in (Stage.WON, Stage.LOST) and lead.cycle >= LAST_CYCLE) or life.contact.withdrawn_at:
        return None
    if lead.stage == Stage.LOST and life.lines[-1].step == "disqualify" and _reason_code(life) in FINAL:
        return None
    factor = life.source.quality * life.merit * life.world.skill[worker.pk]
    if lead.cycle > 1:
        factor *= LATER_CYCLES
    turns = TURNS[lead.stage]
    weights = [
        turn.chance * (factor if turn.good else 1) * (life.source.fast if _is_fast(life, turn) else 1) for turn in turns
    ]
    remains = max(0.0, 1 - sum(turn.chance for turn in turns))
    return life.rng.choices([*turns, None], [*weights, remains])[0]


def _is_fast(life: Life, turn: Turn) -> bool:
    return turn.step == "qualify" and life.lead.stage == Stage.TOFU


def _reason_code(life: Life) -> str:
    last = life.lines[-1].reason_id
    return next((r.code for kind in life.world.reasons.values() for r in kind if r.pk == last), "")


def _when(life: Life, turn: Turn, worker: User | None) -> datetime:
    """When the step is taken: people work office hours and at their own pace, the system at once."""
    lead = life.lead
    pace = life.source.speed * (life.world.skill[worker.pk] if worker else 1)
    spread = SPREAD.get(lead.stage, 0.9)
    if lead.stage == Stage.MOFU and lead.cycle > 1:
        pace *= LATER_CYCLES
    if lead.stage == Stage.MQL and life.rng.random() < OVERLOOKED:
        pace /= 12
    moment = life.now + stay(turn.days / pace, spread, life.rng) + timedelta(minutes=life.rng.randint(3, 45))
    return at_work(moment, life.world.zone, life.rng, urgent=lead.stage == Stage.MQL) if worker else moment


def _given(life: Life, step: str, by: User | None, at: datetime) -> Given | None:
    """The facts brought with the step; None when the organisation has no reason left to give for it."""
    if step in ("reject", "lose", "disqualify", "recycle"):
        return _why(life, step, at)
    if step == "accept":
        sdr = by if by and by.role == Role.SDR else life.rng.choice(life.world.people[Role.SDR])
        return Given(owner=sdr)
    if step == "confirm":
        return _deal(life, at)
    if step == "win" and life.lead.amount is not None and life.rng.random() < 0.45:
        return Given(amount=_round(float(life.lead.amount) * life.rng.uniform(0.8, 1.1)))
    return NOTHING


def _why(life: Life, step: str, at: datetime) -> Given | None:
    rng = life.rng
    reasons = life.world.reasons[step]
    if not reasons:
        return None
    reason: Reason = rng.choices(reasons, [REASONS.get(reason.code, 1) for reason in reasons])[0]
    competitor = rng.choices(list(words.COMPETITORS), list(words.COMPETITORS.values()))[0]
    wakes = step == "recycle" and rng.random() < 0.8
    return Given(
        reason=reason,
        note=rng.choice(words.NOTES[step]) if rng.random() < 0.5 else "",
        competitor=competitor if reason.asks_competitor else "",
        wake_on=(at + timedelta(days=rng.choice((30, 60, 90, 180)))).date() if wakes else None,
    )


def _deal(life: Life, at: datetime) -> Given:
    """Size, timeline and urgency of the deal, and the account executive of the same team who takes it over."""
    rng, owner = life.rng, life.owner
    sellers = life.world.teammates(Role.AE, owner.team_id if owner else None)
    amount = min(11_000 * rng.lognormvariate(0, 0.75) * life.merit**0.3, 80_000)
    return Given(
        owner=owner if owner and owner.role == Role.AE else rng.choice(sellers),
        amount=_round(amount),
        currency=life.world.currency,
        expected_close_on=(at + timedelta(days=rng.randint(20, 100))).date(),
        urgency=rng.choices(Lead.Urgency.values, (3, 5, 2))[0],
    )


def _round(amount: float) -> Decimal:
    """Deals are quoted in steps of fifty, and none is too small to bother; two places, as the database keeps it."""
    return Decimal(f"{max(round(amount / 50) * 50, 2_000)}.00")
