"""A block of leads lived through at once: in each round every lead still in motion takes its next step. Pure.

A step that would lie after the end of the history leaves its lead where it is. What a step does to the facts mirrors
`leads/lines.py`. Instants are microseconds from 2000 on, as PostgreSQL keeps them; facts are codes (see `facts.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from funnel.bulk import plan
from funnel.bulk.plan import AES, MARKETERS, OWNERS, SDRS, TEAMS
from leads.lines import FACTS
from leads.models.stage import RANKS

if TYPE_CHECKING:
    from numpy.typing import NDArray

type Array = NDArray[Any]

DAY, MINUTE = 86_400_000_000, 60_000_000
OWNER, AMOUNT, CURRENCY, CLOSE, URGENCY, COMPETITOR, WAKE = range(len(FACTS))
HIGHEST_AMOUNT = 20_000  # of the codes of amounts, each 50 more than the one before
EXACT, ASSUMED, CLAMPED = range(3)
MQL, WON = RANKS["mql"], RANKS["won"]
_MEDIANS, _SIGMAS = plan.option_table("median"), plan.option_table("sigma")
_WEIGHTS, _STEPS, _TO = plan.option_table("weight"), *(plan.option_table(n).astype(int) for n in ("step", "to"))
_QUALITY = np.array([source.quality for source, _ in plan.ORIGINS])
_SPEED = np.array([source.speed for source, _ in plan.ORIGINS])


@dataclass
class Lines:
    """Log lines by column. `lead` counts from 0 within the block, `before` and `after` are facts: a row each."""

    lead: Array
    sequence: Array
    cycle: Array
    step: Array
    from_rank: Array
    to_rank: Array
    occurred: Array
    timing: Array
    voids: Array
    by: Array
    opens: Array
    before: Array
    after: Array


@dataclass
class Leads:
    """Where each lead stands now; the facts are a row a fact, a column a lead."""

    origin: Array
    merit: Array
    imported: Array
    born: Array
    stage: Array
    since: Array
    now: Array
    cycle: Array
    version: Array
    facts: Array

    def of(self, numbers: Array) -> Leads:
        """A copy of some of them."""
        return Leads(**{name: value[..., numbers] for name, value in vars(self).items()})

    def set(self, numbers: Array, some: Leads) -> None:
        """Put some of them in place of what was there."""
        for name, value in vars(self).items():
            value[..., numbers] = getattr(some, name)


def live(rng: np.random.Generator, born: Array, *, first_day: int, over: int) -> tuple[Leads, Lines]:
    """The leads born at these instants as they stand when it is `over`, and their log in order of lead and sequence.

    `first_day` is the day (from 2000 on) before the one that the code 1 of a date means.
    """
    leads = _born(rng, born)
    written = [_opening(leads)]
    moving = np.arange(len(born))
    while len(moving):
        moving, some, lines = _step(rng, leads, moving, first_day=first_day, over=over)
        if not len(moving):
            break
        before = leads.of(moving)
        leads.set(moving, some)
        written += [lines, _take_back(rng, leads, before, lines, over)]
    lines = Lines(**{name: np.concatenate([getattr(one, name) for one in written], axis=-1) for name in vars(lines)})
    order = np.lexsort((lines.sequence, lines.lead))
    return leads, Lines(**{name: value[..., order] for name, value in vars(lines).items()})


def _born(rng: np.random.Generator, born: Array) -> Leads:
    count = len(born)
    facts = np.zeros((len(FACTS), count), np.int32)
    imported = rng.random(count) < plan.IMPORTED
    deal = _deal(rng, int(imported.sum()))
    facts[OWNER, imported] = rng.integers(1, OWNERS + 1, len(deal[0]))
    facts[AMOUNT, imported], facts[CURRENCY, imported] = deal
    return Leads(
        origin=rng.choice(len(plan.ORIGINS), count, p=plan.origin_shares()),
        merit=np.exp(rng.normal(0, 0.15, count)),
        imported=imported, born=born, stage=np.ones(count, int), since=born.copy(), now=born.copy(),
        cycle=np.ones(count, int), version=np.ones(count, int), facts=facts,
    )  # fmt: skip


def _opening(leads: Leads) -> Lines:
    """The first line of every lead."""
    count = len(leads.born)
    zeros = np.zeros(count, int)
    return Lines(
        lead=np.arange(count), sequence=zeros + 1, cycle=zeros + 1,
        step=np.where(leads.imported, plan.IMPORT, plan.CREATE), from_rank=zeros, to_rank=zeros + 1,
        occurred=leads.born, timing=zeros, voids=zeros, by=zeros, opens=zeros == 0, before=leads.facts.copy(),
        after=leads.facts.copy(),
    )  # fmt: skip


def _deal(rng: np.random.Generator, count: int) -> tuple[Array, Array]:
    """Codes of amounts and currencies."""
    amounts = np.clip(np.exp(rng.normal(5.2, 1.0, count)), 1, HIGHEST_AMOUNT).astype(int)
    return amounts, rng.choice(3, count, p=[0.5, 0.35, 0.15]) + 1


def _step(
    rng: np.random.Generator, leads: Leads, moving: Array, *, first_day: int, over: int
) -> tuple[Array, Leads, Lines]:
    """The leads that take a step in time, as they are after it, and the lines that say so."""
    choice = _choose(rng, leads, moving)
    moving, choice = moving[choice >= 0], choice[choice >= 0]
    some = leads.of(moving)
    timing = _timing(rng, some.imported)
    at = some.now + _stay(rng, some, choice) * (timing != CLAMPED)
    kept = at <= over
    moving, choice, timing, at, some = moving[kept], choice[kept], timing[kept], at[kept], leads.of(moving[kept])
    step, to, from_rank, before = _STEPS[some.stage, choice], _TO[some.stage, choice], some.stage, some.facts.copy()
    opens = (from_rank >= WON) | (to < from_rank)
    by = _apply(rng, some, step, opens, at // DAY - first_day)
    some.stage, some.since, some.now, some.cycle, some.version = to, at, at, some.cycle + opens, some.version + 1
    lines = Lines(
        lead=moving, sequence=some.version, cycle=some.cycle, step=np.where(some.imported, plan.IMPORT, step),
        from_rank=from_rank, to_rank=to, occurred=at, timing=timing, voids=np.zeros_like(to), by=by, opens=opens,
        before=before, after=some.facts,
    )  # fmt: skip
    return moving, some, lines


def _choose(rng: np.random.Generator, leads: Leads, moving: Array) -> Array:
    """The place of each lead's next step among its stage's options; -1 where it stays for good."""
    stage = leads.stage[moving]
    odds = _WEIGHTS[stage].copy()
    odds[:, 0] *= _QUALITY[leads.origin[moving]] * leads.merit[moving]
    opens = (stage >= WON)[:, None] | (_TO[stage] < stage[:, None])
    odds *= np.where(opens, np.array([0, *plan.AGAIN])[leads.cycle[moving]][:, None], 1)
    reached = np.cumsum(odds, axis=1)
    drawn = rng.random(len(moving)) * np.maximum(reached[:, -1], 1)
    choice = (drawn[:, None] >= reached).sum(axis=1)
    return np.where(choice < odds.shape[1], choice, -1)


def _stay(rng: np.random.Generator, some: Leads, choice: Array) -> Array:
    """How long each stays before its step, at least a minute."""
    spread = np.exp(rng.normal(0, 1, len(choice)) * _SIGMAS[some.stage, choice])
    days = _MEDIANS[some.stage, choice] * spread / _SPEED[some.origin]
    stays: Array = np.maximum(days * DAY, MINUTE).astype(np.int64)
    return stays


def _timing(rng: np.random.Generator, imported: Array) -> Array:
    drawn = rng.random(len(imported))
    timing = np.where(drawn < plan.ASSUMED, ASSUMED, np.where(drawn < plan.ASSUMED + plan.CLAMPED, CLAMPED, EXACT))
    return np.where(imported, timing, EXACT)


def _apply(rng: np.random.Generator, some: Leads, step: Array, opens: Array, today: Array) -> Array:
    """Change the facts as the steps do; returns who takes them. An import changes no fact, and nobody takes it."""
    facts = some.facts
    by_hand = ~some.imported
    who = _who(rng, facts[OWNER], some.stage, step)
    facts[AMOUNT:, opens & by_hand] = 0
    routed = (step == plan.QUALIFY) & (rng.random(len(step)) < plan.ROUTED) & by_hand
    facts[OWNER, routed] = rng.integers(1, SDRS + 1, int(routed.sum()))
    accepted = (step == plan.ACCEPT) & by_hand
    facts[OWNER, accepted] = who[accepted]
    confirmed = np.flatnonzero((step == plan.CONFIRM) & by_hand)
    facts[OWNER, confirmed] = _ae_beside(rng, facts[OWNER, confirmed])
    facts[AMOUNT, confirmed], facts[CURRENCY, confirmed] = _deal(rng, len(confirmed))
    facts[CLOSE, confirmed] = today[confirmed] + rng.integers(20, 120, len(confirmed))
    facts[URGENCY, confirmed] = rng.integers(1, 4, len(confirmed))
    lost = (step == plan.LOSE) & (rng.random(len(step)) < 0.3) & by_hand
    facts[COMPETITOR, lost] = rng.integers(1, 6, int(lost.sum()))
    later = (step == plan.RECYCLE) & by_hand
    facts[WAKE, later] = today[later] + rng.integers(30, 180, int(later.sum()))
    return np.where(by_hand, who, 0)


def _who(rng: np.random.Generator, owner: Array, stage: Array, step: Array) -> Array:
    """Who may take the step: the owner, an SDR of the owner's team or of any, a marketer, or nobody: the system."""
    count = len(step)
    marketer = OWNERS + rng.integers(1, MARKETERS + 1, count)
    team = np.where(
        owner > 0, np.where(owner > SDRS, owner - 1 - SDRS, owner - 1) % TEAMS, rng.integers(0, TEAMS, count)
    )
    sdr = 1 + team + TEAMS * rng.integers(0, SDRS // TEAMS, count)
    seller = np.where((owner > 0) & ((owner <= SDRS) | (step != plan.ACCEPT)), owner, sdr)
    system = np.where(rng.random(count) < plan.BY_MARKETER, marketer, 0)
    unowned = np.isin(step, [plan.RECYCLE, plan.REENGAGE]) & (owner == 0)
    ours = unowned | ((step == plan.DISQUALIFY) & (stage < MQL))
    return np.where(step <= plan.QUALIFY, system, np.where(ours, marketer, seller))


def _ae_beside(rng: np.random.Generator, owner: Array) -> Array:
    """An AE of the team of each SDR; an AE keeps the lead."""
    team = (owner - 1) % TEAMS
    number = rng.integers(0, AES // TEAMS, len(owner))
    return np.where(owner > SDRS, owner, 1 + SDRS + team + TEAMS * number)


def _take_back(rng: np.random.Generator, leads: Leads, before: Leads, lines: Lines, over: int) -> Lines:
    """Undo some of the lines just written, within the half hour in which their writers may; returns the undo lines."""
    at = lines.occurred + rng.integers(1, 28 * 60, len(lines.lead)) * (MINUTE // 60)
    undone = np.flatnonzero((lines.by > 0) & (rng.random(len(at)) < plan.UNDONE) & (at <= over))
    some = before.of(undone)
    some.now, some.version = at[undone], some.version + 2
    leads.set(lines.lead[undone], some)
    zeros = np.zeros(len(undone), int)
    return Lines(
        lead=lines.lead[undone], sequence=some.version, cycle=some.cycle, step=zeros + plan.UNDO,
        from_rank=lines.to_rank[undone], to_rank=some.stage, occurred=some.now, timing=zeros,
        voids=lines.sequence[undone], by=lines.by[undone], opens=zeros > 0, before=lines.after[:, undone],
        after=some.facts,
    )  # fmt: skip
