"""What verifications ask: of which leads, in which periods, split by what, and how a recounted cycle answers that."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from funnel.periods import day_after, day_start
from funnel.questions import Question
from funnel.recount import Pass, Period

if TYPE_CHECKING:
    from datetime import date, datetime

    from funnel.verification import Verification
    from funnel.verify_rows import Recounted

ALL_TIME = (None, None)
PEOPLE = {"owner": "owners", "team": "teams"}


def about_of(result: Verification, recounted: Recounted, at: datetime) -> Question:
    """The question about all time and exactly the leads that were recounted."""
    return Question(at=at, only=None if recounted.are_all and not result.waiting else recounted.leads)


def middle(passes: list[Pass]) -> tuple[date | None, date | None]:
    """The days of the middle third of what happened, in the organisation's time zone."""
    if not passes:
        return ALL_TIME
    first, last = min(one.opened_at for one in passes), max(one.opened_at for one in passes)
    third = (last - first) / 3
    return timezone.localtime(first + third).date(), timezone.localtime(last - third).date()


def period_of(question: Question) -> Period:
    """The period as far as it has passed: what comes after the instant of asking is not known yet."""
    zone, known = settings.TIME_ZONE, question.at + timedelta.resolution
    begin = day_start(question.start, zone) if question.start else None
    return Period(begin, min(day_after(question.end, zone), known) if question.end else known)


def ripe_of(question: Question) -> datetime:
    """The beginning of the first day whose entrants cannot all have been followed for the window."""
    last = (question.at - question.window).astimezone(ZoneInfo(settings.TIME_ZONE))
    return day_start(last.date(), settings.TIME_ZONE)


def name_of(question: Question) -> str:
    when = f", {question.start} to {question.end}" if question.start else ""
    return f"by {question.by}{when}" if question.by else f"all{when}"


def grouped(passes: list[Pass], by: str, rank: int) -> dict[Any, list[Pass]]:
    groups: dict[Any, list[Pass]] = {}
    for one in passes:
        groups.setdefault(value_of(one, by, rank), []).append(one)
    return groups


def value_of(one: Pass, by: str, rank: int) -> Any:
    """What a cycle is split by; owner and team are those at the entry of the stage of this rank."""
    if by in PEOPLE:
        return getattr(one, PEOPLE[by])[rank - 1]
    if by == "cycle":
        return one.cycle
    if by == "round":
        return "later" if one.cycle > 1 else "first"
    if by == "asset":
        return one.entry.get("asset")
    return one.entry.get(by, "") if by else None
