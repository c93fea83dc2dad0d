"""What the lines of velocity and the pipeline must say, counted from recounted cycles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from funnel.recount_sales import chance, chances, deal_of, velocity_of
from funnel.verify_counted import RANKS, Counted, Number, known_at, many, open_at, rate, split
from funnel.verify_questions import period_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from funnel.questions import Question
    from funnel.recount_sales import Deal, OpenDeal
    from funnel.recount_stays import Curve
    from funnel.verify_counted import Facts

NONE = "none"


def velocity(facts: Facts, question: Question) -> Counted:
    period, known = period_of(question), known_at(question)
    deals = (deal_of(one, stays, period=period, known=known) for one, stays in facts.cycles if "sql" in one.at)
    counted: Counted = {}
    for group, some in split(question, (deal for deal in deals if deal.counts), lambda deal: RANKS["sql"]):
        moneys = {deal.currency for deal in some if deal.is_open or deal.is_won or deal.is_lost}
        is_mixed = len(moneys - {NONE}) > 1
        counted[group, ""] = _velocity(some, is_mixed=is_mixed)
        for money in moneys if is_mixed else ():
            mine = [deal for deal in some if deal.currency == money]
            counted[group, money] = _velocity(mine, is_mixed=False)
    return counted


def _velocity(deals: list[Deal], *, is_mixed: bool) -> dict[str, Number]:
    """The inputs, and what they make; amounts of several currencies make nothing."""
    found = velocity_of(deals)
    closed, priced = found.won + found.lost, len(found.amounts)
    return {
        "velocity": Number(None if is_mixed else found.a_day, min(closed, priced, found.wins)),
        "open": many(found.open),
        "win_rate": rate(found.won, closed),
        "amount": Number(None if is_mixed else found.amount, priced),
        "days": Number(found.days, found.times.n, found.wins),
        "unpriced": many(found.won - priced),
        "skipped": many(found.skipped),
    }


def pipeline(facts: Facts, question: Question) -> Counted:
    """The chances are learnt from everybody, so that what they weigh is told only where everybody was recounted."""
    deals = [one for one in open_at(facts, question.at) if is_priced(one) or is_undated(one) or is_unpriced(one)]
    stages = {one.stage for one in deals} if facts.are_all else ()
    learnt = {stage: chances(facts.stays[stage], question.at) for stage in stages}
    counted: Counted = {}
    for group, some in split(question, deals, lambda one: RANKS[one.stage]):
        for cell, inside in _lines([one for one in some if is_priced(one)], detailed=not question.by):
            counted[group, cell] = _sums(inside, learnt if facts.are_all else None)
        for cell in [cell for of, cell in counted if of == group and cell.count(":") < 2]:
            money = cell.partition(":")[2]
            mine = [one for one in some if not money or one.currency == money]
            counted[group, cell]["unpriced"] = many(sum(map(is_unpriced, mine)))
            counted[group, cell]["undated"] = many(sum(map(is_undated, mine)))
    return counted


def is_priced(one: OpenDeal) -> bool:
    return one.is_sure and one.of.deal[0] is not None


def is_undated(one: OpenDeal) -> bool:
    return not one.is_sure and one.of.deal[0] is not None


def is_unpriced(one: OpenDeal) -> bool:
    return one.stage in ("sal", "sql") and one.of.deal[0] is None


def _lines(deals: list[OpenDeal], *, detailed: bool) -> Iterator[tuple[str, list[OpenDeal]]]:
    """The deals of each line: all, and if detailed by stage and age; where there are several, by currency besides."""
    places = {"priced": deals}
    for one in deals if detailed else ():
        places.setdefault(f"priced:{one.stage}:{one.band}", []).append(one)
    for cell, inside in places.items():
        yield cell, inside
        moneys = {one.currency for one in inside}
        for money in moneys if len(moneys) > 1 else ():
            yield f"{cell}:{money}", [one for one in inside if one.currency == money]


def _sums(deals: Iterable[OpenDeal], learnt: dict[str, Curve] | None) -> dict[str, Number]:
    deals = list(deals)
    n, is_mixed = len(deals), len({one.currency for one in deals}) > 1
    cents = [one.of.deal[0] or 0 for one in deals]
    figures = {"amount": Number(None if is_mixed else sum(cents) / 100, n), "deals": many(n)}
    if learnt is not None:
        weighed = sum(money * chance(learnt[one.stage], one.age) for money, one in zip(cents, deals, strict=True))
        figures["weighted"] = Number(None if is_mixed else weighed / 100, n)
    return figures
