"""What each measure's lines must say, counted from recounted cycles: by group and by what else a line is of."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.utils import timezone

from funnel.periods import day_start
from funnel.recount import ORDER
from funnel.recount_handoff import CLOSED, TOUCHED, VAGUE, WAITING, Offer, Wait, offer_of, wait_of
from funnel.recount_stays import QUANTILES, STAYING, curve_of, quantile_of
from funnel.verify_questions import period_of, value_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date, datetime

    from funnel.questions import Question
    from funnel.recount import Pass
    from funnel.recount_hours import Hours
    from funnel.recount_sales import OpenDeal
    from funnel.recount_stays import Curve, Ending, Stay

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
OPEN = ORDER[:-1]
RANKS = {stage: rank for rank, stage in enumerate((*ORDER, "lost"), start=1)}
AGES, AGES_OF_GROUPS = (1, 3, 7, 14, 30, 60, 90, 180, 365), (7, 30, 90)
LIMITS = {"1h": HOUR, "1d": DAY, "3d": 3 * DAY}


class Number(NamedTuple):
    """A figure: its value (an int is exact, other numbers are compared as floats), n and hits."""

    value: Any
    n: int
    hits: int | None = None


type Group = tuple[Any, ...]
"""() for all together, else what the group has in common."""
type Counted = dict[tuple[Group, Any], dict[str, Number]]
"""(group, what else the line is of) → figures by name."""


@dataclass(frozen=True)
class Facts:
    """What the figures are counted from: the cycles with their stays, the human touches of each lead in order, and
    when the organisation works."""

    cycles: list[tuple[Pass, list[Stay]]]
    stays: dict[str, list[Stay]]
    touches: dict[int, list[datetime]]
    hours: Hours
    limit: timedelta | None
    are_all: bool


def many(n: int) -> Number:
    return Number(n, n)


def rate(hits: int, n: int) -> Number:
    return Number(Fraction(hits, n) if n else None, n, hits)


def length(time: timedelta | None, unit: timedelta) -> Fraction | None:
    """A length of time in a unit, exactly."""
    return None if time is None else Fraction(time // timedelta.resolution, unit // timedelta.resolution)


def split[T: Any](question: Question, items: Iterable[T], rank: Callable[[T], int]) -> Iterator[tuple[Group, list[T]]]:
    """All items, then each group of those whose cycle has the same; people are those at the stage of an item's rank."""
    items = list(items)
    yield (), items
    groups: dict[Any, list[T]] = {}
    for one in items if question.by else ():
        groups.setdefault(value_of(one.of, question.by, rank(one)), []).append(one)
    for value, some in groups.items():
        yield (value,), some


def known_at(question: Question) -> datetime:
    """The last instant the period knows of."""
    over = period_of(question).over
    assert over is not None  # noqa: S101  (for the type checker)
    return over - timedelta.resolution


def _began(facts: Facts, question: Question, stage: str) -> Iterator[tuple[Group, list[Stay]]]:
    period = period_of(question)
    stays = (stay for stay in facts.stays[stage] if period.holds(stay.came))
    return split(question, stays, lambda stay: RANKS[stage])


def _sure(stays: list[Stay], at: datetime) -> list[Ending]:
    return [(stay.lasted(at), stay.way_at(at)) for stay in stays if stay.is_sure_at(at)]


def times(facts: Facts, question: Question) -> Counted:
    return {
        (group, stage): _times(_sure(stays, question.at), len(stays))
        for stage in OPEN for group, stays in _began(facts, question, stage)
    }  # fmt: skip


def _times(endings: list[Ending], all_of_them: int) -> dict[str, Number]:
    curve, staying = curve_of(endings), sum(way == STAYING for _, way in endings)
    return {
        **{name: Number(length(curve.quantile(share), DAY), curve.n) for name, share in QUANTILES.items()},
        "stays": many(curve.n), "left": many(curve.n - staying), "staying": many(staying),
        "vague": many(all_of_them - curve.n),
    }  # fmt: skip


def exits(facts: Facts, question: Question) -> Counted:
    counted: Counted = {}
    for group, stays in _began(facts, question, str(question.entry)):
        endings = _sure(stays, question.at)
        curve = curve_of(endings)
        for age in (*(AGES_OF_GROUPS if question.by else AGES), None):
            figures = _exits(curve, endings, None if age is None else age * DAY)
            figures["stays"], figures["vague"] = many(curve.n), many(len(stays) - curve.n)
            counted[group, "end" if age is None else str(age)] = figures
    return counted


def _exits(curve: Curve, endings: list[Ending], age: timedelta | None) -> dict[str, Number]:
    """The shares by an age, None for the longest anybody was followed; and how many are known to be among them."""
    by = curve.followed if age is None else age
    point, everybody_left = curve.at(by), bool(curve.points) and not curve.points[-1].staying
    is_known = curve.n > 0 and (by <= curve.followed or everybody_left)
    hits = Counter(way for lasted, way in endings if way != STAYING and lasted <= by)
    hits[STAYING] = sum(lasted >= by if way == STAYING else lasted > by for lasted, way in endings)
    if age is None:
        hits[STAYING] = sum(way == STAYING for _, way in endings)
    shares = {STAYING: point.staying, **{way: point.left.get(way, 0.0) for way in ("advance", "lose", "recycle")}}
    figures = {way: Number(share if is_known else None, curve.n, hits[way]) for way, share in shares.items()}
    if age is not None:
        figures["young"] = many(sum(way == STAYING and lasted < age for lasted, way in endings))
    return figures


def ageing(facts: Facts, question: Question) -> Counted:
    standing: dict[str, list[OpenDeal]] = {stage: [] for stage in OPEN}
    for one in open_at(facts, known_at(question)):
        standing[one.stage].append(one)
    return {
        (group, stage): _ages([one.age for one in some if one.is_sure], len(some))
        for stage in OPEN for group, some in split(question, standing[stage], lambda one: RANKS[one.stage])
    }  # fmt: skip


def open_at(facts: Facts, at: datetime) -> Iterator[OpenDeal]:
    from funnel.recount_sales import open_deal

    return (one for _, stays in facts.cycles if (one := open_deal(stays, at)))


def _ages(ages: list[timedelta], standing: int) -> dict[str, Number]:
    n = len(ages)
    return {
        **{name: Number(length(quantile_of(ages, share), DAY), n) for name, share in QUANTILES.items()},
        "oldest": Number(length(max(ages, default=None), DAY), n), "standing": many(standing), "dated": many(n),
        "vague": many(standing - n),
        **{f"over{days}": many(sum(age > days * DAY for age in ages)) for days in (7, 30, 90)},
    }  # fmt: skip


def speed(facts: Facts, question: Question) -> Counted:
    period, at = period_of(question), question.at
    waits = (wait_of(one, facts.touches.get(one.lead_id, ()), period=period, at=at) for one, _ in facts.cycles)
    groups = split(question, (wait for wait in waits if wait), lambda wait: RANKS["mql"])
    return {(group, ""): _speed(some) for group, some in groups}


def _speed(waits: list[Wait]) -> dict[str, Number]:
    sure = [wait for wait in waits if wait.state != VAGUE]
    curve, states = curve_of(wait.ending for wait in sure), Counter(wait.state for wait in waits)
    figures = {name: Number(length(curve.quantile(QUANTILES[name]), HOUR), curve.n) for name in ("median", "p90")}
    for name, limit in LIMITS.items():
        mature = [wait for wait in sure if wait.followed >= limit]
        figures[name] = rate(sum(wait.state == TOUCHED and wait.lasted <= limit for wait in mature), len(mature))
    figures |= {state: many(states[state]) for state in (TOUCHED, WAITING, CLOSED, VAGUE)}
    return figures | {"entered": many(len(sure))}


def sla(facts: Facts, question: Question) -> Counted:
    period, at = period_of(question), question.at
    offers = (offer_of(stay, facts.hours, facts.limit, period=period, at=at) for stay in facts.stays["mql"])
    groups = split(question, (offer for offer in offers if offer), lambda offer: RANKS["mql"])
    return {(group, ""): _sla(some) for group, some in groups}


def _sla(offers: list[Offer]) -> dict[str, Number]:
    sure = [offer for offer in offers if offer.counts]
    due, decided = [offer for offer in sure if offer.is_due], sum(offer.is_decided for offer in sure)
    missed = [offer for offer in due if not offer.is_met]
    median = curve_of(offer.ending for offer in sure).quantile(QUANTILES["median"])
    return {
        "attainment": rate(len(due) - len(missed), len(due)),
        "acceptance": rate(sum(offer.is_accepted for offer in sure), decided),
        "hours": Number(length(median, HOUR), len(sure), decided),
        "offers": many(len(sure)), "missed": many(len(missed)), "undated": many(len(offers) - len(sure)),
        "overdue": many(sum(not offer.is_decided for offer in missed)),
    }  # fmt: skip


def balance(facts: Facts, question: Question) -> Counted:
    """A group has a line of every stage and day of the period, where anybody of it ever stood anywhere by then."""
    last = timezone.localtime(known_at(question)).date()
    first = question.start or last - 13 * DAY
    days = [first + number * DAY for number in range((last - first).days + 1)]
    over = known_at(question) + timedelta.resolution
    stood: dict[Group, dict[str, list[Stay]]] = {}
    for stage, stays in facts.stays.items():
        for group, some in split(question, (stay for stay in stays if stay.came < over), _rank_in_books):
            stood.setdefault(group, {})[stage] = some
    return {
        (group, (day, stage)): figures
        for group, by_stage in stood.items() for stage in RANKS
        for day, figures in _books(by_stage.get(stage, []), days, over)
    }  # fmt: skip


def _rank_in_books(stay: Stay) -> int:
    """At whose entry owner and team are asked for: the stage's own, and for lost the furthest reached."""
    return len(stay.of.owners) if stay.stage == "lost" else RANKS[stay.stage]


def _books(stays: list[Stay], days: list[date], over: datetime) -> Iterator[tuple[date, dict[str, Number]]]:
    if not days:
        return
    begin = day_start(days[0], settings.TIME_ZONE)
    gone = [stay.left for stay in stays if stay.left and stay.left < over]
    came = Counter(timezone.localtime(stay.came).date() for stay in stays if stay.came >= begin)
    left = Counter(timezone.localtime(instant).date() for instant in gone if instant >= begin)
    standing = sum(stay.came < begin for stay in stays) - sum(instant < begin for instant in gone)
    for day in days:
        opening, standing = standing, standing + came[day] - left[day]
        figures = {"opening": opening, "in": came[day], "out": left[day], "closing": standing}
        yield day, {name: many(n) for name, n in figures.items()}
