"""Answers that were worked out from the journeys, kept by this process until a change that matters arrives.

Every batch of changed journeys leaves its mark on each value of each dimension they have (`marks.py`). A question
narrowed to some
values is only touched by journeys that have one of them in every dimension it names; so while one of its dimensions
bears no newer mark, its answer stands. As time passes cycles mature, so an answer is kept for a minute at the most,
and tells when it was worked out.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any

from django.utils.translation import get_language

from funnel.columns import EPOCH
from funnel.models import Touched

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from datetime import datetime

    from funnel.questions import Question

FOR = timedelta(minutes=1)
MOST = 256
_answers: OrderedDict[Hashable, _Kept] = OrderedDict()
_lock = Lock()


@dataclass(frozen=True)
class _Kept:
    at: datetime
    marks: dict[str, int]
    answer: Any


def marks_of(question: Question) -> dict[str, int]:
    """The newest mark on any journey, and on the values of each dimension the question is narrowed to."""
    found = dict.fromkeys(["", *(name for name, _ in question.codes)], 0)
    for name, value, changes in Touched.objects.values_list("dimension", "value", "changes").filter(
        dimension__in=list(found)
    ):
        if not name or any(name == one and value in values for one, values in question.codes):
            found[name] = max(found[name], changes)
    return found


def kept[T](name: str, question: Question, work: Callable[[], T]) -> T:
    """What `work` answers, or what it answered before if nothing that matters has changed since.

    Only for questions about all leads; what one person may see is worked out anew.
    """
    if question.leads is not None or question.without:
        return work()
    key = (
        name,
        question.asking(viewer=None, at=EPOCH if question.live else question.at),
        question.zone,
        get_language(),
    )
    marks = marks_of(question)
    with _lock:
        before = _answers.get(key)
    if before and _stands(before, marks, question):
        answer: T = before.answer
        return answer
    answer = work()
    with _lock:
        _answers[key] = _Kept(question.at, marks, answer)
        _answers.move_to_end(key)
        while len(_answers) > MOST:
            _answers.popitem(last=False)
    return answer


def _stands(before: _Kept, marks: dict[str, int], question: Question) -> bool:
    unmarked = any(before.marks.get(name, -1) == mark for name, mark in marks.items())
    return unmarked and (not question.live or timedelta(0) <= question.at - before.at <= FOR)
