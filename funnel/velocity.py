"""Sales velocity: how much money a day the open deals turn into, N·W·A ÷ L, with all four inputs."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from funnel import dimensions, frames
from funnel.answers import Answer
from funnel.columns import DAY, Column, Columns, gathered, instant, take
from funnel.currencies import currencies, currency_number, currency_word
from funnel.freshness import freshness
from funnel.groups import parted
from funnel.honest import DAYS, MONEY, Figure, count, share
from funnel.intervals import mean_interval_of, product_interval
from funnel.quantiles import or_more
from funnel.stays import ADVANCED, STAYING, WENT_LOST, stays
from funnel.stays import COLUMNS as STAY_COLUMNS
from funnel.survival import aalen_johansen
from funnel.winning import median_interval, median_of
from funnel.wording import currency_part, of_currency
from leads.models import Stage
from leads.phrases import all_of

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from funnel.answers import Line
    from funnel.groups import Group
    from funnel.models import Journey
    from funnel.questions import Question

TITLE = _("Sales velocity")
RANK = Stage.SQL.rank
COLUMNS = (*STAY_COLUMNS, "cents", "currency")
TOLD = {
    "open": _("stood in SQL"),
    "won": _("were won from SQL"),
    "closed": _("were won or lost from SQL"),
    "priced": _("were won from SQL with an amount"),
    "unpriced": _("were won from SQL without an amount"),
    "timed": _("went from SQL to won, whenever they did"),
    "followed": _("ever stood in SQL at known times"),
    "skipped": _("were won without standing in SQL"),
}
CELLS = tuple(TOLD)

DEFINITION = _(
    "Velocity per day = N·W·A ÷ L: open SQLs at the end of the period, times the share of deals won, times the mean "
    "won amount, over the days a win takes. It is worked out for each currency by itself. Owner and team are those at "
    "SQL entry."
)
OPEN = _("N: how many stand in SQL at the end of the period, or now where that is earlier.")
WON = _(
    "W: won ÷ (won + lost) of those that left SQL in the period, by the day they were won or lost. One recycled from "
    "SQL is neither, and one closed on a day nobody knows is in no period."
)
PRICED = _(
    "A: the mean amount of the deals won from SQL in the period that have one. A blank is no amount, an amount of 0 "
    "is one; lost deals are never in it. Amounts are as they stand today. The interval is Student's t."
)
UNPRICED = _("Deals won from SQL in the period that have no amount, which A leaves out.")
SKIPPED = _("Wins in the period that never stood in SQL, which N, W, A and L leave out.")
TIMED = _(
    "L: the median days from SQL entry to won of those that ever win: the first t with F(t) >= F(end)/2, F the "
    "Aalen-Johansen share of all SQLs won by then. All that ever entered SQL are followed, as known when the period "
    "ends, those still open for as long as they have been; leaving out the unfinished would make it too short."
)
VELOCITY = _(
    "N·W·A ÷ L per day. The interval joins those of W, A and L (Zou and Donner 2008, on logarithms), taken as "
    "independent; N is exact."
)
MIXED = _("Amounts are in {words}, which do not add up: A and the velocity stand per currency.")
BLANK = _(
    "Deals without a currency ({n}) have a line of their own; where it is the lost ones that lack it, W is too high in "
    "the others."
)


def answer(question: Question) -> Answer:
    """A line per group, and where there are several currencies one for each of these besides.

    Raises BadQuestion for a question that counts leads.
    """
    question.cycles_only(TITLE)
    deals = _deals(question)
    lines: list[Line] = []
    for group in parted(question.by, deals["value"]):
        lines += _lines(question, group, take(deals, group.rows))
    return Answer(
        name="velocity", title=str(TITLE), question=question, definition=str(DEFINITION), lines=lines,
        freshness=freshness(), notes=_notes(take(deals, deals["open"] | deals["closed"])),
    )  # fmt: skip


def behind(question: Question, cell: str) -> QuerySet[Journey]:
    """The cycles behind a figure: one of CELLS, or that, ':' and a currency ("none" for none). Raises KeyError."""
    question.cycles_only(TITLE)
    name, _colon, word = cell.partition(":")
    if name not in CELLS:
        raise KeyError(cell)
    money = currency_number(word) if word else None

    def rule(part: Columns) -> Column:
        mask = _masks(question, part)[name]
        return mask if money is None else mask & (currencies(part["currency"]) == money)

    return frames.behind(question, COLUMNS, rule, ranks=[RANK])


def told(question: Question, cell: str) -> str:
    """What those behind a cell did, in words. Raises KeyError for a cell there is not."""
    name, _colon, word = cell.partition(":")
    return of_currency(str(TOLD[name]), word)


def _masks(question: Question, part: Columns) -> dict[str, Column]:
    """Which cycles each cell counts; also how long those followed stood in SQL, and what became of them."""
    known, (begin, over) = question.last_known, question.instants
    chosen, stay = frames.chosen_by(question, part, RANK), stays(part)[RANK - 1]
    vague = (part["assumed"] | part["clamped"]) & (1 << (RANK - 1)) != 0
    stood, cause = chosen & stay.stood & (stay.came <= known), stay.ended(known)
    in_period = {stage: _happened(part, stage, begin, over) for stage in (Stage.WON, Stage.LOST)}
    won = stood & (cause == ADVANCED) & in_period[Stage.WON]
    followed = stood & ~vague & (stay.exact | (cause == STAYING))
    priced = part["cents"] >= 0
    return {
        "open": stood & (cause == STAYING),
        "won": won,
        "closed": won | (stood & (cause == WENT_LOST) & in_period[Stage.LOST]),
        "priced": won & priced,
        "unpriced": won & ~priced,
        "followed": followed,
        "timed": followed & (cause == ADVANCED),
        "skipped": chosen & ~stay.stood & in_period[Stage.WON],
        "cause": cause,
        "days": (np.minimum(stay.left, min(known, instant(question.at))) - stay.came) / DAY,
    }


def _happened(part: Columns, stage: Stage, begin: int, over: int) -> Column:
    """Mask of the cycles that entered the stage in the period, at a time that is known."""
    sure = part["assumed"] & (1 << (stage.rank - 1)) == 0
    mask: Column = sure & (part[stage] >= begin) & (part[stage] < over)
    return mask


_KINDS = {**dict.fromkeys(CELLS, "?"), "cause": "i1", "days": "f8", "cents": "i8", "money": "i4", "value": "i8"}


def _deals(question: Question) -> Columns:
    """Those that count anywhere: masks by cell, days in SQL, how it ended, cents, currency, group."""
    found = []
    for part in frames.parts(question, COLUMNS, ranks=[RANK]):
        masks = _masks(question, part)
        rows = np.flatnonzero(np.logical_or.reduce([masks[cell] for cell in CELLS]))
        deals = {name: column[rows] for name, column in masks.items()}
        deals["cents"], deals["money"] = part["cents"][rows], currencies(part["currency"][rows])
        deals["value"] = dimensions.of(question.by, part, RANK)[rows]
        found.append({name: deals[name].astype(kind) for name, kind in _KINDS.items()})
    return gathered(found, _KINDS)


def _moneys(deals: Columns) -> list[int]:
    """The currencies of those that are open or closed, 0 for those without, which comes last."""
    counted = deals["open"] | deals["closed"]
    return sorted(np.unique(deals["money"][counted]).tolist(), key=lambda money: (not money, currency_word(money)))


def _lines(question: Question, group: Group, deals: Columns) -> list[Line]:
    moneys = _moneys(deals)
    named = [money for money in moneys if money]
    lines = [group.line(_figures(question, deals, named, ""))]
    for money in moneys if len(named) > 1 else []:
        mine = take(deals, deals["money"] == money)
        figures = _figures(question, mine, [money], f":{currency_word(money)}")
        lines.append(group.line(figures, part=currency_part(money)))
    return lines


def _figures(question: Question, deals: Columns, moneys: list[int], suffix: str) -> dict[str, Figure]:
    n = {cell: int(deals[cell].sum()) for cell in CELLS}
    asked: dict[str, Any] = {"computed_at": question.at}
    money = currency_word(moneys[0]) if len(moneys) == 1 and moneys[0] else ""
    figures = {
        "open": count(n["open"], definition=str(OPEN), cell=f"open{suffix}", **asked),
        "win_rate": share(
            n["won"], n["closed"], definition=str(WON), cell=f"won{suffix}", base=f"closed{suffix}", **asked
        ),
        "amount": _amount(question, deals, moneys, money, f"priced{suffix}"),
        "days": _days(question, deals, suffix),
    }  # fmt: skip
    return {
        "velocity": _velocity(question, figures, money),
        **figures,
        "unpriced": count(n["unpriced"], definition=str(UNPRICED), cell=f"unpriced{suffix}", **asked),
        "skipped": count(n["skipped"], definition=str(SKIPPED), cell=f"skipped{suffix}", **asked),
    }


def _amount(question: Question, deals: Columns, moneys: list[int], money: str, cell: str) -> Figure:
    """A, in units of the currency; refused where there are several."""
    amounts = deals["cents"][deals["priced"]] / 100
    note, mean, interval, n = "", None, None, len(amounts)
    if len(moneys) > 1:
        note = MIXED.format(words=all_of(map(currency_word, moneys)))
    elif not n:
        note = gettext("no win with an amount")
    else:
        mean = float(amounts.mean())
        interval = mean_interval_of(n, mean, float(amounts.std(ddof=1))) if n > 1 else None
    return Figure(
        value=mean, n=n, interval=interval, unit=MONEY, currency=money, note=note, cell=cell, definition=str(PRICED),
        computed_at=question.at,
    )  # fmt: skip


def _days(question: Question, deals: Columns, suffix: str) -> Figure:
    """L, in days."""
    followed = deals["followed"]
    days = np.maximum(deals["days"][followed], 0.0)
    found = aalen_johansen(days, deals["cause"][followed].astype(np.int64))
    low, high = median_interval(found, ADVANCED)
    value, wins = median_of(found, ADVANCED), int(deals["timed"].sum())
    note = or_more(low, DAYS) if high is None else ""
    return Figure(
        value=value, n=len(days), hits=wins, interval=None if low is None or high is None else (low, high), unit=DAYS,
        note=note if wins else gettext("nobody has won yet"), cell=f"timed{suffix}", base=f"followed{suffix}",
        definition=str(TIMED), computed_at=question.at,
    )  # fmt: skip


def _velocity(question: Question, inputs: dict[str, Figure], money: str) -> Figure:
    """N·W·A ÷ L; none where one of them is missing. `n` is how many its weakest input rests on."""
    rate, amount, days = (inputs[name] for name in ("win_rate", "amount", "days"))
    told: dict[str, Any] = {"definition": str(VELOCITY), "computed_at": question.at, "unit": MONEY, "currency": money}
    n = min(rate.n, amount.n, days.hits or 0)
    if rate.value is None or amount.value is None or not days.value:
        missing = next(
            (one.note for one in (amount, days) if one.value is None and one.note), gettext("nothing closed yet")
        )
        return Figure(value=None, n=n, note=missing if days.value != 0 else gettext("wins take no time"), **told)
    value = (inputs["open"].value or 0) * rate.value * amount.value / days.value
    if rate.interval is None or amount.interval is None or days.interval is None:
        return Figure(value=value, n=n, note=gettext("no interval: one of its inputs has none"), **told)
    if not value:
        return Figure(value=value, n=n, note=gettext("no interval: one of its inputs is 0"), **told)
    factors = [(rate.value, rate.interval), (amount.value, amount.interval)]
    low, high = product_interval(factors, [(days.value, days.interval)])
    scale = inputs["open"].value or 0
    interval = (low * scale, high * scale) if isfinite(high) else None
    return Figure(value=value, n=n, interval=interval, **told)


def _notes(deals: Columns) -> list[str]:
    moneys = _moneys(deals)
    named = [currency_word(money) for money in moneys if money]
    if len(named) < 2:
        return []
    blank = int((deals["money"] == 0).sum())
    return [MIXED.format(words=all_of(named)), *([BLANK.format(n=blank)] if blank else [])]
