"""Service level of the handoff: offers to sales decided within the limit, in working hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from funnel import dimensions, frames
from funnel.answers import Answer
from funnel.columns import EPOCH, NEVER, Column, Columns, gathered, instant, take
from funnel.freshness import freshness
from funnel.groups import parted
from funnel.honest import HOURS, Figure, count, share
from funnel.quantiles import or_more
from funnel.stays import ADVANCED, COLUMNS, STAYING, stays
from funnel.survival import kaplan_meier
from leads.calendar import working_calendar
from leads.hours import EPOCH as HOURS_EPOCH
from leads.hours import MICROSECOND
from leads.models import Stage, StagePolicy

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from funnel.models import Journey
    from funnel.questions import Question
    from leads.hours import Calendar

TITLE = _("Service level of the handoff")
RANK = Stage.MQL.rank
TOLD = {
    "offers": _("were offered to sales at a known time"),
    "due": _("were offered to sales and are due"),
    "met": _("were offered to sales and decided within the limit"),
    "missed": _("were offered to sales and not decided within the limit"),
    "overdue": _("were offered to sales, are due and not decided"),
    "decided": _("were offered to sales and decided"),
    "accepted": _("were offered to sales and accepted"),
    "undated": _("were offered to sales or decided at a time nobody knows"),
}
CELLS = tuple(TOLD)

DEFINITION = _(
    "Of the leads offered to sales in the period (entered MQL and stood in it, at a time that is known), how many were "
    "decided within {limit}: accepted, rejected or lost, whichever came first. Owner and team are those at MQL entry."
)
NO_LIMIT = _("the limit, which is not set")
OFFERS = _("Leads offered in the period, at a time that is known.")
ATTAINED = _(
    "Decided within the limit ÷ offers whose limit has passed. An open one that is overdue is a miss. One whose limit "
    "has not passed yet is in no denominator, decided or not: of the young ones only the quick are decided, and "
    "counting them early would flatter."
)
MISSED = _("Offers whose limit passed before they were decided.")
OVERDUE = _("Missed offers that are still open.")
ACCEPTED = _("Accepted ÷ decided, of the offers in the period; how long it took does not matter.")
TIME = _(
    "Median working hours from offer to decision, by Kaplan-Meier: the first time by which half are decided, those "
    "still open followed as far as they are."
)
UNDATED = _("Offers of any time whose entry or decision has no known time: in no other figure.")
SET_IT = _("MQL has no limit. Administrators set it under Settings, Stage policies, MQL: SLA hours.")
NEVER_OPEN = _(
    "No weekday has working hours, so nothing is ever due. Administrators set them under Settings, Working hours."
)


def answer(question: Question) -> Answer:
    """A line for all and per group. Raises BadQuestion for a question that counts leads."""
    limit, calendar = _limit(), working_calendar()
    offers = _offers(question, limit, calendar)
    groups = parted(question.by, offers["value"])
    lines = [group.line(_figures(question, take(offers, group.rows))) for group in groups]
    notes = [str(SET_IT)] if limit is None else []
    notes += [] if any(calendar.weekly.values()) else [str(NEVER_OPEN)]
    words = str(NO_LIMIT) if limit is None else _limit_words(limit)
    return Answer(
        name="sla", title=str(TITLE), question=question, definition=DEFINITION.format(limit=words), lines=lines,
        freshness=freshness(), notes=notes,
    )  # fmt: skip


def behind(question: Question, cell: str) -> QuerySet[Journey]:
    """The cycles behind a figure: one of CELLS. Raises KeyError for any other."""
    if cell not in CELLS:
        raise KeyError(cell)
    offers = _offers(question, _limit(), working_calendar())
    chosen = take(offers, offers[cell])
    return frames.listed([(chosen["lead"], chosen["cycle"])])


def told(question: Question, cell: str) -> str:
    """What those behind a cell did, in words. Raises KeyError for a cell there is not."""
    return str(TOLD[cell])


def _limit_words(hours: int) -> str:
    return ngettext("%(hours)s working hours", "%(hours)s working hours", hours) % {"hours": hours}


def _limit() -> int | None:
    """The limit of MQL in working hours, None where none is set."""
    return StagePolicy.objects.filter(stage=Stage.MQL).values_list("sla_hours", flat=True).first()


_KINDS = {
    "lead": "i8", "cycle": "i2", "came": "i8", "left": "i8", "cause": "i1", "sure": "?", "value": "i8",
}  # fmt: skip


def _offers(question: Question, limit: int | None, calendar: Calendar) -> Columns:
    """The question's offers: when they came and were decided, how, how long that took, and which cells count them."""
    question.cycles_only(TITLE)
    found = []
    for part in frames.parts(question, COLUMNS, ranks=[RANK]):
        offers = _came(question, part)
        found.append({name: offers[name].astype(kind) for name, kind in _KINDS.items()})
    offers = gathered(found, _KINDS)
    return offers | _cells(question, offers, limit, calendar)


def _came(question: Question, part: Columns) -> Columns:
    """The offers of a part that count: in the period at a known time, or at a time nobody knows."""
    known, (begin, over) = question.known_until - 1, question.instants
    stay = stays(part)[RANK - 1]
    cause, vague = stay.ended(known), part["assumed"] | part["clamped"]
    sure = (vague & (1 << (RANK - 1)) == 0) & (stay.exact | (cause == STAYING))
    counted = frames.chosen_by(question, part, RANK) & stay.stood & (stay.came <= known)
    rows = np.flatnonzero(counted & (~sure | ((stay.came >= begin) & (stay.came < over))))
    left = np.where(cause == STAYING, NEVER, stay.left)
    columns = {"lead": part["lead"], "cycle": part["cycle"], "came": stay.came, "left": left, "cause": cause}
    columns |= {"sure": sure, "value": dimensions.of(question.by, part, RANK)}
    return take(columns, rows)


def _cells(question: Question, offers: Columns, limit: int | None, calendar: Calendar) -> Columns:
    """Masks by cell, and `hours`: the working hours each took, or has waited until now.

    An offer is due at the first instant by which `limit` working hours have passed, and met when it is decided by
    then. What has not passed just before the decision has not passed before it.
    """
    came, decided, sure = offers["came"], offers["cause"] != STAYING, offers["sure"]
    now = np.maximum(came, instant(question.at))
    end = np.where(decided, offers["left"], now)
    wanted = np.inf if limit is None else limit * 3600.0
    until_now, before_end, until_end = (_worked(calendar, came, then) for then in (now, end - 1, end))
    due = sure & (until_now >= wanted)
    met = due & decided & ((before_end < wanted) | (end <= came))
    decided = sure & decided
    return {
        "offers": sure, "due": due, "met": met, "missed": due & ~met, "overdue": due & ~met & ~decided,
        "decided": decided, "accepted": decided & (offers["cause"] == ADVANCED), "undated": ~sure,
        "hours": np.maximum(until_end, 0.0) / 3600,
    }  # fmt: skip


def _worked(calendar: Calendar, start: Column, end: Column) -> Column:
    """Working seconds between instants of the columns."""
    offset = (EPOCH - HOURS_EPOCH) // MICROSECOND
    return calendar.elapsed(start + offset, end + offset)


def _figures(question: Question, offers: Columns) -> dict[str, Figure]:
    n = {cell: int(offers[cell].sum()) for cell in CELLS}
    asked: dict[str, Any] = {"computed_at": question.at}
    maturity = n["due"] / n["offers"] if n["offers"] else None
    return {
        "attainment": share(
            n["met"], n["due"], definition=str(ATTAINED), cell="met", base="due", maturity=maturity, **asked
        ),
        "acceptance": share(
            n["accepted"], n["decided"], definition=str(ACCEPTED), cell="accepted", base="decided", **asked
        ),
        "hours": _hours(question, offers),
        "offers": count(n["offers"], definition=str(OFFERS), cell="offers", **asked),
        "missed": count(n["missed"], definition=str(MISSED), cell="missed", **asked),
        "overdue": count(n["overdue"], definition=str(OVERDUE), cell="overdue", **asked),
        "undated": count(n["undated"], definition=str(UNDATED), cell="undated", **asked),
    }  # fmt: skip


def _hours(question: Question, offers: Columns) -> Figure:
    """The median time to decide; `n` counts the open ones too, `hits` the decided."""
    hours, decided = offers["hours"][offers["offers"]], offers["decided"][offers["offers"]]
    curve = kaplan_meier(hours, decided)
    low, high = curve.quantile_interval(0.5)
    value = curve.quantile(0.5)
    note = gettext("not reached yet") if value is None else or_more(low, HOURS) if high is None else ""
    return Figure(
        value=value, n=len(hours), hits=int(decided.sum()), unit=HOURS, definition=str(TIME), computed_at=question.at,
        interval=None if low is None or high is None else (low, high), note=note, cell="decided", base="offers",
    )  # fmt: skip
