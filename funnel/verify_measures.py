"""Do the measures equal the recount? Asks each a handful of questions, and holds some lists against their numbers."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from math import isclose
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.utils import timezone

from funnel import ageing, balance, exits, pipeline, sla, speed_to_lead, stage_times, velocity
from funnel import verify_counted as counted
from funnel import verify_counted_sales as counted_sales
from funnel.answers import narrowed
from funnel.questions import FUNNEL
from funnel.recount_hours import Hours, Opening
from funnel.recount_stays import stays_of
from funnel.verify_counted import Facts, Number
from funnel.verify_questions import ALL_TIME, about_of, middle, name_of
from leads.models import Holiday, Stage, StagePolicy, Touch, WorkingHours

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from funnel.answers import Answer, Line, Measure
    from funnel.honest import Figure
    from funnel.questions import Question
    from funnel.verification import Verification
    from funnel.verify_counted import Counted
    from funnel.verify_rows import Recounted

HUMAN = ("call", "meeting")
DAY = timedelta(days=1)


class Check(NamedTuple):
    """How a measure is checked: what counts its lines, what else than a group a line is of, and the figures of one
    such place whose lists are counted."""

    measure: Measure
    counts: Callable[[Facts, Question], Counted]
    place: Callable[[Line], Any]
    listed: tuple[Any, tuple[str, ...]]


def _stage(line: Line) -> str:
    return line.stage


def _nothing(line: Line) -> str:
    return ""


def _after_colon(name: str) -> Callable[[Line], str]:
    """What a figure's cell says after its colon: an age, or a currency."""
    return lambda line: line.figures[name].cell.partition(":")[2]


CHECKS = {
    "times": Check(stage_times, counted.times, _stage, ("mql", ("stays", "left"))),
    "exits": Check(exits, counted.exits, _after_colon("advance"), ("30", ("advance", "staying"))),
    "ageing": Check(ageing, counted.ageing, _stage, ("sql", ("dated", "over30"))),
    "speed": Check(speed_to_lead, counted.speed, _nothing, ("", ("1d", "waiting"))),
    "velocity": Check(velocity, counted_sales.velocity, _after_colon("open"), ("", ("win_rate", "days"))),
    "pipeline": Check(
        pipeline, counted_sales.pipeline, lambda line: line.figures["deals"].cell, ("priced", ("deals", "unpriced"))
    ),
    "sla": Check(sla, counted.sla, _nothing, ("", ("attainment", "overdue"))),
    "balance": Check(balance, counted.balance, lambda line: (line.span, line.stage), (None, ("in", "closing"))),
}


def compare(result: Verification, recounted: Recounted, at: datetime) -> None:
    """Compare every figure's value, n and hits with the recount: of all time and a period inside it, whole, by owner
    and by source. Of one question of each period, the lists behind some figures are counted too."""
    about = about_of(result, recounted, at).asking(entry=Stage.MQL)
    facts = facts_of(recounted, at, are_all=about.only is None)
    for name, check in CHECKS.items():
        for question in _questions(name, about, middle(recounted.passes)):
            answer = check.measure.answer(question)
            numbers = check.counts(facts, question)
            _compare_lines(result, f"{name} {name_of(question)}", check, answer, numbers)
            if (question.by == "owner") == (question.start is None):
                _compare_lists(result, f"{name} {name_of(question)}", check, answer, numbers)


def _questions(name: str, about: Question, period: tuple[Any, Any]) -> Iterator[Question]:
    for start, end in dict.fromkeys((ALL_TIME, period)):
        if name == "pipeline" and start:
            continue  # it knows no period
        if name == "balance" and start:
            start = max(start, end - 6 * DAY)  # noqa: PLW2901  (a line per day and group: a week of them is enough)
        for by in ("", "owner", "source"):
            yield about.asking(start=start, end=end, by=by)
    if name == "exits":
        yield from (about.asking(entry=entry) for entry in FUNNEL[:-1] if entry != about.entry)
    if name == "balance" and about.only is None:
        yield about.asking(raw=True)


def facts_of(recounted: Recounted, at: datetime, *, are_all: bool) -> Facts:
    """What the numbers are counted from: cycles of the recount, touches and working hours as they stand in their
    tables."""
    cycles = [(one, list(stays_of(one))) for one in recounted.passes]
    stays: dict[str, list[Any]] = {stage: [] for stage in counted.RANKS}
    for _, some in cycles:
        for stay in some:
            stays[stay.stage].append(stay)
    limit = StagePolicy.objects.filter(stage="mql").values_list("sla_hours", flat=True).first()
    return Facts(
        cycles=cycles, stays=stays, touches=_touches(recounted), are_all=are_all,
        hours=_hours(min((stay.came for stay in stays["mql"]), default=at), at),
        limit=None if limit is None else timedelta(hours=limit),
    )  # fmt: skip


def _touches(recounted: Recounted) -> dict[int, list[datetime]]:
    touches: dict[int, list[datetime]] = defaultdict(list)
    rows = Touch.objects.filter(kind__in=HUMAN, lead_id__lte=max(recounted.leads, default=0))
    for lead_id, at in rows.order_by("occurred_at").values_list("lead_id", "occurred_at").iterator():
        touches[lead_id].append(at)
    return touches


def _hours(first: datetime, last: datetime) -> Hours:
    openings = [Opening(*row) for row in WorkingHours.objects.values_list("weekday", "opens", "closes")]
    holidays = set(Holiday.objects.values_list("day", flat=True))
    begin, end = timezone.localtime(first).date(), timezone.localtime(last).date()
    return Hours(openings, holidays, settings.TIME_ZONE, begin, end)


def _group(line: Line) -> tuple[Any, ...]:
    return () if line.whole else (line.key,)


def _compare_lines(result: Verification, what: str, check: Check, answer: Answer, numbers: Counted) -> None:
    told = {(_group(line), check.place(line)): line.figures for line in answer.lines}
    for where in dict.fromkeys((*numbers, *told)):
        group, place = where
        name = f"{what}, {group[0] if group else 'together'!r} {place}"
        if where not in told or where not in numbers:
            result.expect(name, told.get(where) and "a line", numbers.get(where) and "a line")
            continue
        found = {name: _number(told[where].get(name)) for name in numbers[where]}
        wrong = [name for name, number in numbers[where].items() if not _same(found[name], number)]
        result.expect(name, {one: found[one] for one in wrong}, {one: numbers[where][one] for one in wrong})


def _number(figure: Figure | None) -> Number | None:
    return None if figure is None else Number(figure.value, figure.n, figure.hits)


def _same(found: Number | None, number: Number) -> bool:
    if found is None or found[1:] != number[1:]:
        return False
    if isinstance(number.value, int) or number.value is None or found.value is None:
        return bool(found.value == number.value)
    return isclose(found.value, number.value, rel_tol=1e-9, abs_tol=1e-12)


def _compare_lists(result: Verification, what: str, check: Check, answer: Answer, numbers: Counted) -> None:
    """Count the lists of one line: of all together, or where it is split of a group, the one with the longest list."""
    place, names = check.listed
    lines = [line for line in answer.lines if line.whole != bool(answer.question.by)]
    here = [line for line in lines if place is None or check.place(line) == place]
    if not here:
        return
    line = max(here, key=lambda one: one.figures[names[0]].n)
    asked = narrowed(answer.question, key=None if line.whole else str(line.key or ""), span=line.span)
    for name in names:
        figure, number = line.figures[name], numbers.get((_group(line), check.place(line)), {}).get(name)
        many = number and (number.n if number.hits is None else number.hits)
        result.expect(f"{what}, list of {name}", check.measure.behind(asked, figure.cell).count(), many)
        if figure.base:
            result.expect(
                f"{what}, list below {name}", check.measure.behind(asked, figure.base).count(), number and number.n
            )
