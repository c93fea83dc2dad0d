"""The report "change": why a conversion is another one than in the period of the same length just before.

Two cohorts, both as known at the question's instant, each of its mature cycles alone. What changed is split in two: the
composition moved (mix), and the segments convert differently (rate).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from funnel import cohort_report, cohorts, dimensions, mix, wording
from funnel.answers import Answer, Line
from funnel.dimensions import BadQuestion
from funnel.freshness import freshness
from funnel.honest import POINTS, Figure, share
from funnel.intervals import benjamini_hochberg, newcombe, two_sided_p

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet

    from funnel.cohorts import Cohort
    from funnel.models import Journey
    from funnel.questions import Question
    from leads.models import Stage

TITLE = _("Why conversion changed")
NAME = "change"
BEFORE = "before:"
NO_PERIOD = _(
    "Say the first and the last day (from and to): that period is compared with the one of as many days before it."
)
# xgettext:no-python-format
DEFINITION = _(
    "Conversion from {entry} within {days} days, of those that entered from {start} to {end}, against those that "
    "entered in the {length} days before, from {before}. Only {units} followed for {days} days are counted, in both "
    "periods. The change is a difference of two independent shares, with its 95 % interval (Newcombe); one whose "
    "interval contains 0 is within noise."
)
SPLIT = _(
    "The change is the sum of two parts: mix, because other segments came, told against the mean rate of both "
    "periods; and rate, because the segments convert differently (Kitagawa). A segment that is empty in one period is "
    "all mix. The segments' changes that stand out were chosen so that about one in twenty of them is noise "
    "(Benjamini-Hochberg over all that are shown)."
)
NOW_IS = _("The share that reached the stage or one beyond it, of those that entered in the period.")
BEFORE_IS = _("The same of those that entered in the period before.")
CHANGE_IS = _("How much the share changed, in percentage points. Its n is that of the smaller of the two periods.")
MIX_IS = _("What the change would be, had each segment kept its rate: the composition moved. In percentage points.")
RATE_IS = _("What the change would be, had the composition stayed: segments convert differently. In percentage points.")
PART_IS = {
    "before": _("The segment's part of those the rate is counted of, in the period before."),
    "now": _("The segment's part of those the rate is counted of, in the period."),
}
NOISE, STANDS_OUT = _("within noise"), _("stands out")
BY_CHANCE = _("may be chance, of so many")
NOBODY_BEFORE = _("nobody followed for long enough before")
NOBODY_NOW = _("nobody followed for long enough in the period")


@dataclass(frozen=True)
class _Pair:
    """(hits, n) of one segment, or of all, in the period before and in the question's, and how mature each is."""

    before: tuple[int, int]
    now: tuple[int, int]
    maturity: tuple[float | None, float | None] = (None, None)

    @property
    def smaller(self) -> int:
        return min(self.before[1], self.now[1])

    @property
    def interval(self) -> tuple[float, float]:
        return newcombe(*self.now, *self.before)

    @property
    def is_noise(self) -> bool:
        low, high = self.interval
        return low <= 0 <= high

    @property
    def p(self) -> float:
        return two_sided_p(*self.now, *self.before)


def previous(question: Question) -> Question:
    """The question about as many days just before. Raises BadQuestion for a question without both days."""
    if not question.start or not question.end:
        raise BadQuestion(str(NO_PERIOD))
    length = question.end - question.start + timedelta(days=1)
    return question.asking(start=question.start - length, end=question.start - timedelta(days=1))


def answer(question: Question) -> Answer:
    """A line per target stage, and after it one per segment. Raises BadQuestion for a question without both days."""
    question = question.asking(grain="")
    before = previous(question)
    whole = cohorts.total(before), cohorts.total(question)
    segments = _segments(before, question) if question.by else {}
    pairs = {
        stage: {code: _pair(cohort, stage) for code, cohort in segments.items()} for stage in question.targets
    }  # fmt: skip
    outstanding = _outstanding(pairs)
    lines: list[Line] = []
    for stage in question.targets:
        lines.append(_total(question, stage, _pair(whole, stage), _kitagawa(pairs[stage])))
        lines += _split(question, stage, segments, pairs[stage], outstanding)
    return Answer(
        name=NAME, title=str(TITLE), question=question, definition=_definition(question, before), lines=lines,
        freshness=freshness(), notes=_notes(question, whole),
    )  # fmt: skip


def _definition(question: Question, before: Question) -> str:
    length = (question.end - question.start).days + 1 if question.start and question.end else 0
    start, end, earlier = (wording.day(day) if day else "" for day in (question.start, question.end, before.start))
    words = DEFINITION.format(
        entry=question.entry.label, days=question.window.days, units=question.units, start=start, end=end,
        length=length, before=earlier,
    )  # fmt: skip
    return f"{words} {SPLIT}" if question.by else words


def _notes(question: Question, whole: tuple[Cohort, Cohort]) -> list[str]:
    notes = []
    if young := whole[0].immature + whole[1].immature:
        words = gettext("%(number)s entered less than %(days)s days ago and are in neither rate yet.")
        notes.append(words % {"number": wording.number(young), "days": question.window.days})
    if undated := whole[1].undated:
        words = gettext("%(number)s entered %(stage)s at a time nobody knows and are in neither period.")
        notes.append(words % {"number": wording.number(undated), "stage": question.entry.label})
    if cohort_report.at_entry(question):
        notes.append(cohort_report.AT_ENTRY.format(entry=question.entry.label))
    return notes


type Segments = dict[int, tuple[Cohort | None, Cohort | None]]


def _segments(before: Question, question: Question) -> Segments:
    """By its number each segment's cohorts of the period before and of the question's, those that grew big first."""
    old, new = ({one.code: one for one in cohorts.groups(one)} for one in (before, question))
    found = {code: (old.get(code), new.get(code)) for code in [*new, *(gone for gone in old if gone not in new)]}
    return {code: pair for code, pair in found.items() if any(one and one.entered for one in pair)}


def _pair(pair: tuple[Cohort | None, Cohort | None], stage: Stage) -> _Pair:
    (before, was), (now, is_) = (_rate(one, stage) for one in pair)
    return _Pair(before, now, (was, is_))


def _rate(cohort: Cohort | None, stage: Stage) -> tuple[tuple[int, int], float | None]:
    if cohort is None:
        return (0, 0), None
    rate = next(one.rate for one in cohort.conversions if one.stage == stage)
    return (rate.hits or 0, rate.n), cohort.maturity


def _counts(pairs: dict[int, _Pair]) -> tuple[dict[int, tuple[int, int]], dict[int, tuple[int, int]]]:
    return {code: one.before for code, one in pairs.items()}, {code: one.now for code, one in pairs.items()}


def _kitagawa(pairs: dict[int, _Pair]) -> mix.Split[int] | None:
    return mix.split(*_counts(pairs)) if pairs else None


def _outstanding(pairs: dict[Stage, dict[int, _Pair]]) -> set[tuple[Stage, int]]:
    """Which segments' changes to believe, of all that are compared; a segment with an empty period is not compared."""
    told = {(stage, code): one.p for stage, by in pairs.items() for code, one in by.items() if one.smaller}
    believed = benjamini_hochberg(list(told.values()))
    return {place for place, stands_out in zip(told, believed, strict=True) if stands_out}


def _total(question: Question, stage: Stage, pair: _Pair, split: mix.Split[int] | None) -> Line:
    figures = _rates(question, stage, pair)
    figures["change"] = _change(question, pair, str(NOISE) if pair.is_noise else "")
    if split is not None:
        figures |= _parts(question, pair.smaller, split.mix, split.rate)
    return Line(label=dimensions.everything(), figures=figures, stage=str(stage), whole=True)


def _split(
    question: Question, stage: Stage, segments: Segments, pairs: dict[int, _Pair], outstanding: set[tuple[Stage, int]]
) -> Iterator[Line]:
    """A line per segment."""
    split = _kitagawa(pairs)
    totals = tuple(sum(counts[1] for counts in period.values()) for period in _counts(pairs))
    parts = split.centred if split else {}
    for code, pair in pairs.items():
        cohort = next(one for one in segments[code][::-1] if one)
        note = str(NOISE if pair.is_noise else STANDS_OUT if (stage, code) in outstanding else BY_CHANCE)
        figures = {**_rates(question, stage, pair), "change": _change(question, pair, note)}
        if code in parts:
            figures |= _parts(question, min(totals), parts[code].mix, parts[code].rate)
            figures |= _weights(question, stage, pair, totals)
        yield Line(label=cohort.label, figures=figures, code=code, key=cohort.key, stage=str(stage))


def _rates(question: Question, stage: Stage, pair: _Pair) -> dict[str, Figure]:
    at = question.at
    return {
        "before": share(
            *pair.before, definition=str(BEFORE_IS), computed_at=at, maturity=pair.maturity[0], cell=f"{BEFORE}{stage}",
            base=f"{BEFORE}of-{stage}",
        ),
        "now": share(
            *pair.now, definition=str(NOW_IS), computed_at=at, maturity=pair.maturity[1], cell=str(stage),
            base=f"of-{stage}",
        ),
    }  # fmt: skip


def _change(question: Question, pair: _Pair, note: str) -> Figure:
    (hits0, n0), (hits1, n1) = pair.before, pair.now
    found: dict[str, Any] = {
        "n": pair.smaller,
        "unit": POINTS,
        "definition": str(CHANGE_IS),
        "computed_at": question.at,
    }
    if not pair.smaller:
        return Figure(value=None, note=str(NOBODY_BEFORE if n1 else NOBODY_NOW), **found)
    return Figure(value=hits1 / n1 - hits0 / n0, interval=pair.interval, note=note, **found)


def _parts(question: Question, n: int, by_mix: float, by_rate: float) -> dict[str, Figure]:
    """The two parts of a change; they are exact, for they are about these cycles and no others."""
    told = {"mix": (by_mix, MIX_IS), "rate": (by_rate, RATE_IS)}
    return {
        name: Figure(value=value, n=n, unit=POINTS, definition=str(words), computed_at=question.at)
        for name, (value, words) in told.items()
    }


def _weights(question: Question, stage: Stage, pair: _Pair, totals: tuple[int, ...]) -> dict[str, Figure]:
    told = (("before", pair.before[1], BEFORE), ("now", pair.now[1], ""))
    return {
        f"mix {name}": share(n, total, definition=str(PART_IS[name]), computed_at=question.at, cell=f"{when}of-{stage}")
        for (name, n, when), total in zip(told, totals, strict=True)
    }


def behind(question: Question, cell: str) -> QuerySet[Journey]:
    """The cycles behind a number: the cells of cohorts, and after 'before:' those of the period before.

    Raises KeyError for any other cell, BadQuestion for a question without both days.
    """
    before = previous(question)
    return cohorts.behind(before if cell.startswith(BEFORE) else question, cell.removeprefix(BEFORE))


def told(question: Question, cell: str) -> str:
    """What those behind a cell did, in words."""
    words = cohort_report.told(question, cell.removeprefix(BEFORE))
    if not cell.startswith(BEFORE):
        return words
    before = previous(question)
    said = gettext("%(what)s, from %(first)s to %(last)s, the period before")
    first, last = (wording.day(day) if day else "" for day in (before.start, before.end))
    return said % {"what": words, "first": first, "last": last}
