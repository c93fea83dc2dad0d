"""Do the reports equal the recount? Asks the questions people ask, and counts the answers from recounted cycles."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from funnel import cohorts, flow, recount
from funnel.dimensions import DIMENSIONS
from funnel.periods import day_after, day_start
from funnel.questions import FUNNEL, Question
from funnel.recount import ORDER, Pass, Period
from funnel.rollups import KINDS

if TYPE_CHECKING:
    from datetime import date, datetime

    from funnel.verification import Verification
    from funnel.verify_rows import Recounted

ALL_TIME = (None, None)
PEOPLE = {"owner": "owners", "team": "teams"}


def compare(result: Verification, recounted: Recounted, at: datetime) -> None:
    """Compare cohorts, flow and snapshot, whole and split by each dimension, over all time and a period inside it.

    Where not all leads were recounted, the questions are about those that were; and what the rollups say of all leads
    is compared with what the journeys say.
    """
    passes = recounted.passes
    about = Question(at=at, only=None if recounted.are_all and not result.waiting else recounted.leads)
    for entry in FUNNEL[:-1]:
        mine = [one for one in passes if entry in one.at]
        for start, end in (ALL_TIME, _middle(passes)):
            for by in ("", *DIMENSIONS) if start is None else ("", "owner", "source"):
                question = about.asking(entry=entry, start=start, end=end, by=by)
                _compare_cohorts(result, question, mine)
                if by in KINDS:
                    _compare_ways(result, question.asking(only=None))
    for start, end in (ALL_TIME, _middle(passes)):
        for by in ("", *DIMENSIONS):
            question = about.asking(start=start, end=end, by=by)
            _compare_flow(result, question, passes)
            _compare_snapshot(result, question, passes)


def _compare_ways(result: Verification, question: Question) -> None:
    """What rollups answer against what the journeys answer."""
    quick, slow = ([_told(one) for one in cohorts.groups(one)] for one in (question, question.asking(raw=True)))
    result.expect(f"cohort of {question.entry} {_name(question)}, from rollups", quick, slow)


def _middle(passes: list[Pass]) -> tuple[date | None, date | None]:
    """The days of the middle third of what happened, in the organisation's time zone."""
    if not passes:
        return ALL_TIME
    first, last = min(one.opened_at for one in passes), max(one.opened_at for one in passes)
    third = (last - first) / 3
    return timezone.localtime(first + third).date(), timezone.localtime(last - third).date()


def _period(question: Question) -> Period:
    """The period as far as it has passed: what comes after the instant of asking is not known yet."""
    zone, known = settings.TIME_ZONE, question.at + timedelta.resolution
    begin = day_start(question.start, zone) if question.start else None
    return Period(begin, min(day_after(question.end, zone), known) if question.end else known)


def _ripe(question: Question) -> datetime:
    return day_start(
        (question.at - question.window).astimezone(ZoneInfo(settings.TIME_ZONE)).date(), settings.TIME_ZONE
    )


def _name(question: Question) -> str:
    when = f", {question.start} to {question.end}" if question.start else ""
    return f"by {question.by}{when}" if question.by else f"all{when}"


def _grouped(passes: list[Pass], by: str, rank: int) -> dict[Any, list[Pass]]:
    groups: dict[Any, list[Pass]] = {}
    for one in passes:
        groups.setdefault(_value(one, by, rank), []).append(one)
    return groups


def _value(one: Pass, by: str, rank: int) -> Any:
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


def _compare_cohorts(result: Verification, question: Question, passes: list[Pass]) -> None:
    found = {one.key: one for one in cohorts.groups(question)}
    for key, group in _grouped(passes, question.by, question.entry.rank).items():
        counted = recount.cohort(
            group, question.entry, period=_period(question), window=question.window, ripe=_ripe(question)
        )
        cohort = found.pop(key, None)
        if cohort is not None or counted["entered"] or counted["undated"]:
            told = _told(cohort) if cohort else None
            result.expect(f"cohort of {question.entry} {_name(question)}, {key!r}", told, counted)
    for key, cohort in found.items():
        if not cohort.entered and not cohort.undated:  # the whole is told even where there is nobody
            continue
        result.expect(f"cohort of {question.entry} {_name(question)}, {key!r}", _told(cohort), None)


def _told(cohort: cohorts.Cohort) -> dict[str, Any]:
    counts: dict[str, Any] = {name: getattr(cohort, name) for name in ("entered", "mature", "implied", "undated")}
    return counts | {str(one.stage): (one.rate.hits, one.rate.n) for one in cohort.conversions}


def _compare_flow(result: Verification, question: Question, passes: list[Pass]) -> None:
    told = {
        (one.key, str(entry.stage)): (entry.n, entry.implied)
        for one in flow.flow(question) for entry in one.entries if entry.n
    }  # fmt: skip
    counted: dict[tuple[Any, str], tuple[int, int]] = {}
    period = _period(question)
    for one in passes:
        for stage in one.at:
            if recount.enters(one, stage, period):
                rank = len(one.owners) if stage == "lost" else ORDER.index(stage) + 1
                key = (_value(one, question.by, rank), stage)
                n, implied = counted.get(key, (0, 0))
                counted[key] = (n + 1, implied + (stage in one.flags["implied"]))
    result.expect(f"flow {_name(question)}", told, counted)


def _compare_snapshot(result: Verification, question: Question, passes: list[Pass]) -> None:
    at = flow.snapshot_at(question)
    told = {
        (one.key, str(entry.stage)): entry.n
        for one in flow.snapshot(question, at=at) for entry in one.entries if entry.n
    }  # fmt: skip
    over = _period(question).over
    assert over is not None  # noqa: S101  (for the type checker)
    counted: dict[tuple[Any, str], int] = {}
    for one, stage in recount.snapshot(passes, over - timedelta.resolution):
        rank = sum(stage in one.at and one.at[stage] <= at for stage in ORDER)
        key = (_value(one, question.by, rank), stage)
        counted[key] = counted.get(key, 0) + 1
    result.expect(f"snapshot {_name(question)} at {at}", told, counted)
