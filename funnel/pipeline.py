"""Weighted pipeline: what the open deals are worth, each by its chance to be won from its stage at its age."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from django.utils.translation import gettext_lazy as _

from funnel import dimensions, frames
from funnel.answers import Answer, Line
from funnel.columns import DAY, FORWARD, LOST, STAGES, WON, Column, Columns, gathered, instant, take
from funnel.currencies import currencies, currency_number, currency_word
from funnel.freshness import freshness
from funnel.groups import parted
from funnel.honest import MONEY, Figure, count
from funnel.intervals import Z95
from funnel.stays import COLUMNS as STAY_COLUMNS
from funnel.stays import STAYING, standing
from funnel.survival import aalen_johansen
from funnel.winning import chance_at, ever
from funnel.wording import currency_part, of_currency
from leads.models import Stage
from leads.phrases import all_of, listed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from funnel.groups import Group
    from funnel.models import Journey
    from funnel.questions import Question
    from funnel.survival import Incidence

TITLE = _("Weighted pipeline")
COLUMNS = (*STAY_COLUMNS, "cents", "currency")
FIT_COLUMNS = (*FORWARD, "ended", "outcome", "implied", "assumed", "clamped")
RANKS = range(1, 8)
OPEN = FORWARD[:-1]
DEALS = (Stage.SAL.rank, Stage.SQL.rank)
TOLD = {
    "priced": _("are open with an amount and a known age"),
    "unpriced": _("stand in SAL or SQL without an amount"),
    "undated": _("are open with an amount and of unknown age"),
}
TOLD_OF_BAND = _("are open in {stage} for {age} with an amount and a known age")
CELLS = tuple(TOLD)
BANDS = (("0-7", 0), ("8-30", 8), ("31-90", 31), ("over-90", 91))
"""Age bands in whole days since the stage was entered: name, first day."""
BAND_WORDS = {
    "0-7": _("0–7 days"),
    "8-30": _("8–30 days"),
    "31-90": _("31–90 days"),
    "over-90": _("over 90 days"),
}
_BANDS = {name: place for place, (name, _) in enumerate(BANDS)}

DEFINITION = _(
    "Σ amount·p over what is open at the instant shown and has an amount, p its chance to be won in this cycle: "
    "(F(end) − F(age)) ÷ S(age) of its stage, F the Aalen-Johansen share won, S the share still open, by time since "
    "entering the stage; lost and recycled compete, the open are followed as far as they are. p is worked out from all "
    "leads that stood in the stage; what is asked for narrows only what is summed. Lost and won are never in it. Past "
    "the longest time a win has taken there is no chance left. Amounts are as they stand today. Owner and team are "
    "those at the entry of the stage."
)
WEIGHTED = _(
    "Σ amount·p. The interval is Σ amount·p ± 1.96·√(Σ amount²·p(1 − p)), not below 0 nor above Σ amount: the luck of "
    "the deals, each by itself, not how well p is known."
)
AMOUNT = _("Σ amount of the same deals, unweighted.")
PRICED = _("Open deals with an amount and a known age: what is summed.")
UNPRICED = _("Leads in SAL and SQL without an amount: in no sum.")
UNDATED = _("Open deals with an amount whose entry into the stage is not known to the day: of no age, and in no sum.")
MIXED = _("Amounts are in {words}, which do not add up; each currency has a line.")
PERIOD = _("The pipeline is what is open at the instant shown; the period is not asked for.")
TODAY = _(
    "Amounts are those of today: a deal that got its amount after the instant shown is summed with it all the same."
)
NO_WINS = _("No lead that stood in {stage} has been won yet: its deals have no chance known.")


@dataclass(frozen=True)
class Cell:
    """What a list is of: a kind, and a stage, an age band and a currency, where it is of one only."""

    kind: str
    rank: int | None = None
    band: int | None = None
    money: int | None = None

    @classmethod
    def of(cls, name: str) -> Cell:
        """`kind`, `kind:USD`, `kind:sql:8-30` or `kind:sql:8-30:USD`. Raises KeyError for any other."""
        kind, *more = name.split(":")
        rank = band = money = None
        if len(more) > 1:
            stage, age, *more = more
            rank, band = {one: Stage(one).rank for one in OPEN}[stage], _BANDS[age]
        if more:
            money, *more = currency_number(more[0]), *more[1:]
        if kind not in CELLS or more:
            raise KeyError(name)
        return cls(kind, rank, band, money)

    def __str__(self) -> str:
        words = [self.kind]
        if self.rank is not None and self.band is not None:
            words += [STAGES[self.rank - 1], BANDS[self.band][0]]
        return ":".join(words if self.money is None else [*words, currency_word(self.money)])

    def mask(self, deals: Columns) -> Column:
        """Which of the deals are in it."""
        mask = deals[self.kind]
        for name, wanted in (("rank", self.rank), ("band", self.band), ("money", self.money)):
            mask = mask if wanted is None else mask & (deals[name] == wanted)
        return mask


def answer(question: Question) -> Answer:
    """A line for all and per group; without a breakdown also per stage and age band; for each currency by itself.

    Raises BadQuestion for a question that counts leads.
    """
    question.cycles_only(TITLE)
    deals = _deals(question)
    found = _chances(question, sorted(set(deals["rank"][deals["priced"]].tolist())))
    deals["chance"] = _weighed(deals, found)
    lines: list[Line] = []
    for group in parted(question.by, deals["value"]):
        mine = take(deals, group.rows)
        for cell in _cells(mine, detailed=not question.by):
            lines.append(_line(question, group, mine, cell))
    notes = [str(PERIOD)] if question.start or question.end else []
    notes += [] if question.live else [str(TODAY)]
    barren = [Stage(STAGES[rank - 1]).label for rank, one in found.items() if not ever(one, WON)]
    notes += [NO_WINS.format(stage=stage) for stage in barren]
    return Answer(
        name="pipeline", title=str(TITLE), question=question, definition=str(DEFINITION), lines=lines,
        freshness=freshness(), notes=notes,
    )  # fmt: skip


def behind(question: Question, cell: str) -> QuerySet[Journey]:
    """The cycles behind a figure; cells as `Cell.of` says. Raises KeyError for any other."""
    question.cycles_only(TITLE)
    wanted = Cell.of(cell)
    return frames.behind(question, COLUMNS, lambda part: wanted.mask(_open(question, part)), ranks=RANKS)


def told(question: Question, cell: str) -> str:
    """What those behind a cell did, in words. Raises KeyError for a cell there is not."""
    one = Cell.of(cell)
    told = str(TOLD[one.kind])
    if one.kind == "priced" and one.rank is not None and one.band is not None:
        told = TOLD_OF_BAND.format(stage=Stage(STAGES[one.rank - 1]).label, age=_age(one.band))
    return told if one.money is None else of_currency(told, currency_word(one.money))


def _age(band: int) -> str:
    return str(BAND_WORDS[BANDS[band][0]])


def _open(question: Question, part: Columns) -> Columns:
    """Per cycle the stage it stands in (0: none that is open), how long, in which band, and which cells count it."""
    rank = standing(part, question.known_until - 1)
    rank = np.where(rank < len(FORWARD), rank, 0)
    at = np.maximum(rank, 1)
    rank = np.where(frames.chosen_by(question, part, at), rank, 0)
    came = np.choose(at - 1, [part[stage] for stage in OPEN])
    age = np.maximum(instant(question.at) - np.where(rank > 0, came, 0), 0)
    sure = ((part["assumed"] | part["clamped"]) >> (at - 1)) & 1 == 0
    deal = (rank > 0) & (part["cents"] >= 0)
    return {
        "rank": rank,
        "age": age,
        "band": np.searchsorted([first * DAY for _, first in BANDS], age, side="right") - 1,
        "money": currencies(part["currency"]),
        "priced": deal & sure,
        "undated": deal & ~sure,
        "unpriced": np.isin(rank, DEALS) & (part["cents"] < 0),
    }


_KINDS = {
    "rank": "i1", "age": "i8", "band": "i1", "money": "i4", **dict.fromkeys(CELLS, "?"), "cents": "i8", "value": "i8",
}  # fmt: skip


def _deals(question: Question) -> Columns:
    """What `_open` says of those that any cell counts; their cents and their group."""
    found = []
    for part in frames.parts(question, COLUMNS, ranks=RANKS):
        deals = _open(question, part)
        deals["cents"] = part["cents"]
        deals["value"] = dimensions.of(question.by, part, np.maximum(deals["rank"], 1))
        counted = take(deals, np.flatnonzero(np.logical_or.reduce([deals[cell] for cell in CELLS])))
        found.append({name: counted[name].astype(kind) for name, kind in _KINDS.items()})
    return gathered(found, _KINDS)


def _chances(question: Question, ranks: Iterable[int]) -> dict[int, Incidence]:
    """Per stage how its cycles ended by time since they entered it: all leads', whatever is asked for."""
    everybody = question.asking(where=(), by="", viewer=None, only=None)
    stays: dict[int, list[tuple[Column, Column]]] = {rank: [] for rank in ranks}
    for part in frames.parts(everybody, FIT_COLUMNS, ranks=()) if stays else ():
        for rank, found in stays.items():
            found.append(_ends(question, part, rank))
    return {
        rank: aalen_johansen(*(np.concatenate(column) for column in zip(*found, strict=True)))
        for rank, found in stays.items()
    }


def _ends(question: Question, part: Columns, rank: int) -> tuple[Column, Column]:
    """Days from entering the stage to the end of the cycle, and its outcome as known; of those dated exactly."""
    known, came, bit = question.known_until - 1, part[STAGES[rank - 1]], 1 << (rank - 1)
    vague = part["assumed"] | part["clamped"]
    outcome = np.where(part["ended"] <= known, part["outcome"], STAYING)
    closing = np.select([outcome == WON, outcome == LOST], [1 << (Stage.WON.rank - 1), 1 << (Stage.LOST.rank - 1)], 0)
    rows = np.flatnonzero((came <= known) & ((part["implied"] | vague) & bit == 0) & (vague & closing == 0))
    end = np.minimum(part["ended"][rows], min(known, instant(question.at)))
    return np.maximum(end - came[rows], 0) / DAY, outcome[rows]


def _weighed(deals: Columns, found: dict[int, Incidence]) -> Column:
    """Each deal's chance to be won."""
    chance = np.zeros(len(deals["rank"]))
    for rank, incidence in found.items():
        rows = np.flatnonzero(deals["priced"] & (deals["rank"] == rank))
        chance[rows] = chance_at(incidence, WON, deals["age"][rows] / DAY)
    return chance


def _cells(deals: Columns, *, detailed: bool) -> list[Cell]:
    """The lines of a group: all of it; each currency where there are several; the same per stage and age band."""
    priced = deals["priced"]
    places: list[tuple[int | None, int | None]] = [(None, None)]
    if detailed:
        both = np.unique((len(STAGES) - deals["rank"][priced].astype(np.int64)) * len(BANDS) + deals["band"][priced])
        places += [(len(STAGES) - one // len(BANDS), one % len(BANDS)) for one in both.tolist()]
    found = []
    for rank, band in places:
        inside = Cell("priced", rank, band).mask(deals)
        moneys = sorted(np.unique(deals["money"][inside]).tolist(), key=currency_word)
        found.append(Cell("priced", rank, band))
        found += [Cell("priced", rank, band, money) for money in moneys] if len(moneys) > 1 else []
    return found


def _line(question: Question, group: Group, deals: Columns, cell: Cell) -> Line:
    stage = STAGES[cell.rank - 1] if cell.rank else ""
    words = [] if cell.band is None else [_age(cell.band)]
    words += [] if cell.money is None else [currency_part(cell.money)]
    figures = _sums(question, take(deals, cell.mask(deals)), cell)
    if cell.band is None:
        for kind, definition in (("unpriced", str(UNPRICED)), ("undated", str(UNDATED))):
            beside = Cell(kind, money=cell.money)
            n = int(beside.mask(deals).sum())
            figures[kind] = count(n, definition=definition, computed_at=question.at, cell=str(beside))
    return group.line(figures, stage=stage, part=listed(words))


def _sums(question: Question, deals: Columns, cell: Cell) -> dict[str, Figure]:
    """Weighted and unweighted sum of the deals, and how many they are; no sum of several currencies."""
    amounts, chance, n = deals["cents"] / 100, deals["chance"], len(deals["cents"])
    words = sorted({currency_word(money) for money in np.unique(deals["money"]).tolist()})
    told: dict[str, Any] = {"n": n, "unit": MONEY, "computed_at": question.at, "cell": str(cell)}
    told["currency"] = words[0] if len(words) == 1 else ""
    sums: dict[str, Figure] = {}
    if len(words) > 1:
        note = MIXED.format(words=all_of(words))
        sums["weighted"] = Figure(value=None, note=note, definition=str(WEIGHTED), **told)
        sums["amount"] = Figure(value=None, note=note, definition=str(AMOUNT), **told)
    else:
        total, value = float(amounts.sum()), float((amounts * chance).sum())
        half = Z95 * sqrt(float((amounts**2 * chance * (1 - chance)).sum()))
        interval = (max(value - half, 0.0), min(value + half, total))
        sums["weighted"] = Figure(value=value, interval=interval, definition=str(WEIGHTED), **told)
        sums["amount"] = Figure(value=total, definition=str(AMOUNT), **told)
    sums["deals"] = count(n, definition=str(PRICED), computed_at=question.at, cell=str(cell))
    return sums
