"""From words to a question: what a URL and a command line say alike."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from funnel.questions import DIMENSIONS, FUNNEL, BadQuestion, Question
from leads.filters import param_of, value_of
from leads.models import Stage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from leads.models import User

DEFAULT_WINDOW = 90


def _day(name: str, value: str) -> date | None:
    if not value:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise BadQuestion(f"{name}: {value!r} is not a day such as 2026-03-31.") from None


def _window(value: str) -> timedelta:
    if not value.isascii() or not value.isdigit() or not 1 <= int(value[:6]) <= 3650:
        raise BadQuestion(f"window: {value!r} is not a number of days from 1 to 3650.")
    return timedelta(days=int(value))


def ask(words: Mapping[str, str], *, at: datetime, viewer: User | None = None) -> Question:
    """The question that `from`, `to`, `entry`, `window`, `by` and the dimensions spell out.

    A dimension left blank is not asked for; "(none)" asks for the cycles that have none. Raises BadQuestion, which says
    what to write instead.
    """
    entry = words.get("entry") or str(Stage.TOFU)
    if entry not in FUNNEL[:-1]:
        raise BadQuestion(f"entry: {entry!r} is not one of {', '.join(FUNNEL[:-1])}.")
    return Question(
        at=at,
        start=_day("from", words.get("from", "")),
        end=_day("to", words.get("to", "")),
        entry=Stage(entry),
        window=_window(words.get("window") or str(DEFAULT_WINDOW)),
        by=words.get("by", ""),
        where=tuple((name, value_of(words[name])) for name in DIMENSIONS if words.get(name)),
        viewer=viewer,
    )


def words_of(question: Question, **more: str) -> dict[str, str]:
    """What a URL says to ask this question again; `more` replaces words, and a blank one drops its word."""
    words = {
        "from": question.start.isoformat() if question.start else "",
        "to": question.end.isoformat() if question.end else "",
        "entry": str(question.entry),
        "window": str(question.window.days),
        "by": question.by,
        **{name: param_of(value) for name, value in question.where},
        **more,
    }
    return {name: word for name, word in words.items() if word}
