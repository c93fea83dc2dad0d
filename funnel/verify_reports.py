"""Do the reports equal the recount? Asks the questions people ask, and counts the answers from recounted cycles."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from funnel import cohorts, flow, recount
from funnel.dimensions import DIMENSIONS
from funnel.questions import FUNNEL, Question
from funnel.recount import ORDER, Pass
from funnel.rollups import KINDS
from funnel.verify_questions import ALL_TIME, about_of, grouped, middle, name_of, period_of, ripe_of, value_of

if TYPE_CHECKING:
    from datetime import datetime

    from funnel.verification import Verification
    from funnel.verify_rows import Recounted


def compare(result: Verification, recounted: Recounted, at: datetime) -> None:
    """Compare cohorts, flow and snapshot, whole and split by each dimension, over all time and a period inside it.

    Where not all leads were recounted, the questions are about those that were; and what the rollups say of all leads
    is compared with what the journeys say.
    """
    passes = recounted.passes
    about = about_of(result, recounted, at)
    for entry in FUNNEL[:-1]:
        mine = [one for one in passes if entry in one.at]
        for start, end in (ALL_TIME, middle(passes)):
            for by in ("", *DIMENSIONS) if start is None else ("", "owner", "source"):
                question = about.asking(entry=entry, start=start, end=end, by=by)
                _compare_cohorts(result, question, mine)
                if by in KINDS:
                    _compare_ways(result, question.asking(only=None))
    for start, end in (ALL_TIME, middle(passes)):
        for by in ("", *DIMENSIONS):
            question = about.asking(start=start, end=end, by=by)
            _compare_flow(result, question, passes)
            _compare_snapshot(result, question, passes)


def _compare_ways(result: Verification, question: Question) -> None:
    """What rollups answer against what the journeys answer."""
    quick, slow = ([_told(one) for one in cohorts.groups(one)] for one in (question, question.asking(raw=True)))
    result.expect(f"cohort of {question.entry} {name_of(question)}, from rollups", quick, slow)


def _compare_cohorts(result: Verification, question: Question, passes: list[Pass]) -> None:
    found = {one.key: one for one in cohorts.groups(question)}
    for key, group in grouped(passes, question.by, question.entry.rank).items():
        counted = recount.cohort(
            group, question.entry, period=period_of(question), window=question.window, ripe=ripe_of(question)
        )
        cohort = found.pop(key, None)
        if cohort is not None or counted["entered"] or counted["undated"]:
            told = _told(cohort) if cohort else None
            result.expect(f"cohort of {question.entry} {name_of(question)}, {key!r}", told, counted)
    for key, cohort in found.items():
        if not cohort.entered and not cohort.undated:  # the whole is told even where there is nobody
            continue
        result.expect(f"cohort of {question.entry} {name_of(question)}, {key!r}", _told(cohort), None)


def _told(cohort: cohorts.Cohort) -> dict[str, Any]:
    counts: dict[str, Any] = {name: getattr(cohort, name) for name in ("entered", "mature", "implied", "undated")}
    return counts | {str(one.stage): (one.rate.hits, one.rate.n) for one in cohort.conversions}


def _compare_flow(result: Verification, question: Question, passes: list[Pass]) -> None:
    told = {
        (one.key, str(entry.stage)): (entry.n, entry.implied)
        for one in flow.flow(question) for entry in one.entries if entry.n
    }  # fmt: skip
    counted: dict[tuple[Any, str], tuple[int, int]] = {}
    period = period_of(question)
    for one in passes:
        for stage in one.at:
            if recount.enters(one, stage, period):
                rank = len(one.owners) if stage == "lost" else ORDER.index(stage) + 1
                key = (value_of(one, question.by, rank), stage)
                n, implied = counted.get(key, (0, 0))
                counted[key] = (n + 1, implied + (stage in one.flags["implied"]))
    result.expect(f"flow {name_of(question)}", told, counted)


def _compare_snapshot(result: Verification, question: Question, passes: list[Pass]) -> None:
    at = flow.snapshot_at(question)
    told = {
        (one.key, str(entry.stage)): entry.n
        for one in flow.snapshot(question, at=at) for entry in one.entries if entry.n
    }  # fmt: skip
    over = period_of(question).over
    assert over is not None  # noqa: S101  (for the type checker)
    counted: dict[tuple[Any, str], int] = {}
    for one, stage in recount.snapshot(passes, over - timedelta.resolution):
        rank = sum(stage in one.at and one.at[stage] <= at for stage in ORDER)
        key = (value_of(one, question.by, rank), stage)
        counted[key] = counted.get(key, 0) + 1
    result.expect(f"snapshot {name_of(question)} at {at}", told, counted)
