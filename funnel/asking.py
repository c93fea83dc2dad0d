"""From words to a question: what a URL and a command line say alike."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from funnel.dimensions import DIMENSIONS, BadQuestion
from funnel.questions import FUNNEL, Question, not_one_of
from leads.filters import param_of, value_of
from leads.models import Stage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leads.models import User

DEFAULT_WINDOW = 90
FIRST_YEAR, LAST_YEAR = 1900, 2999


def day(name: str, value: str) -> date | None:
    """The day a word names, None for a blank one. Raises BadQuestion for anything else."""
    if not value:
        return None
    try:
        found = date.fromisoformat(value)
        if not FIRST_YEAR <= found.year <= LAST_YEAR:
            raise ValueError(value)
        return found
    except ValueError:
        words = _("%(name)s: %(value)r is not a day such as 2026-03-31.")
        raise BadQuestion(words % {"name": name, "value": value}) from None


def _window(value: str) -> timedelta:
    if len(value) > 4 or not value.isascii() or not value.isdigit() or not 1 <= int(value) <= 3650:
        words = _("window: %(value)r is not a number of days from 1 to 3650.")
        raise BadQuestion(words % {"value": value})
    return timedelta(days=int(value))


def _as_of(value: str, now: datetime) -> datetime:
    """The instant a link was made at, so that its list has the number's maturity; never later than now."""
    try:
        return min(datetime.fromisoformat(value), now) if value else now
    except (ValueError, TypeError):
        words = _("at: %(value)r is not an instant such as 2026-03-31T12:00:00+00:00.")
        raise BadQuestion(words % {"value": value}) from None


def ask(words: Mapping[str, str | Sequence[str]], *, at: datetime, viewer: User | None = None) -> Question:
    """The question that `from`, `to`, `entry`, `window`, `by`, `grain`, `unit` and the dimensions spell out.

    A dimension left blank is not asked for; "(none)" asks for the cycles that have none; several values of one are
    alternatives. Raises BadQuestion, which says what to write instead.
    """
    asked = {name: [value] if isinstance(value, str) else list(value) for name, value in words.items()}
    for name, values in asked.items():
        for value in values:
            if any(letter == "\x00" or "\ud800" <= letter <= "\udfff" for letter in value):
                said = _("%(name)s: %(value)r has characters that are no text.")
                raise BadQuestion(said % {"name": name, "value": value})
    word = {name: values[-1] for name, values in asked.items() if values}
    entry = word.get("entry") or str(Stage.TOFU)
    if entry not in FUNNEL[:-1]:
        raise not_one_of("entry", entry, FUNNEL[:-1])
    where = ((name, tuple(value_of(value) for value in asked.get(name, []) if value)) for name in DIMENSIONS)
    return Question(
        at=_as_of(word.get("at", ""), at),
        live=not word.get("at"),
        start=day("from", word.get("from", "")),
        end=day("to", word.get("to", "")),
        entry=Stage(entry),
        window=_window(word.get("window") or str(DEFAULT_WINDOW)),
        by=word.get("by", ""),
        grain=word.get("grain", ""),
        unit=word.get("unit") or "cycle",
        where=tuple((name, values) for name, values in where if values),
        viewer=viewer,
    )


def words_of(question: Question, **more: str) -> dict[str, str | list[str]]:
    """What a URL says to ask this question again; `more` replaces words, and a blank one drops its word."""
    words: dict[str, str | list[str]] = {
        "from": question.start.isoformat() if question.start else "",
        "to": question.end.isoformat() if question.end else "",
        "entry": str(question.entry),
        "window": str(question.window.days),
        "by": question.by,
        "grain": question.grain,
        "unit": "" if question.unit == "cycle" else question.unit,
        **{name: [param_of(value) for value in values] for name, values in question.where},
        **more,
    }
    return {name: word for name, word in words.items() if word}
