"""What reports over deals share: groups of rows, currencies as numbers, and the last instant a question knows of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from funnel import dimensions
from funnel.columns import NEVER, Column, Columns, instant, joined
from funnel.dimensions import BadQuestion
from funnel.periods import day_after

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from funnel.questions import Question

ALL = "All"
NO_CURRENCY = "none"


@dataclass(frozen=True)
class Group:
    """One group of a breakdown: its number, how JSON calls it, and which rows (positions) are in it; `whole` is all."""

    label: str
    code: int
    key: Any
    rows: Column
    whole: bool = False


def cycles_only(question: Question, title: str) -> None:
    """Raises BadQuestion for a question that counts leads where only cycles mean something."""
    if question.unit != "cycle":
        raise BadQuestion(f"{title} is counted in cycles; a lead as a whole has no such time. Leave out the unit.")


def last_known(question: Question) -> int:
    """The last instant the period knows of: its end, or where that has not come yet, the instant asked at."""
    over = instant(day_after(question.end, question.zone)) if question.end else NEVER
    return min(over, question.known_until) - 1


def groups(question: Question, values: Column) -> Iterator[Group]:
    """All rows first; then, where the question has a breakdown, each group, the largest first."""
    yield Group(ALL, 0, None, np.arange(len(values)), whole=True)
    if not question.by:
        return
    codes, places, many = np.unique(values, return_inverse=True, return_counts=True)
    rows = np.split(np.argsort(places, kind="stable"), np.cumsum(many)[:-1])
    numbers = codes.tolist()
    labels, words = dimensions.labels(question.by, numbers), dimensions.words(question.by, numbers)
    order = sorted(range(len(numbers)), key=lambda place: (-many[place], labels[numbers[place]]))
    for place in order:
        code = numbers[place]
        yield Group(labels[code], code, dimensions.key_of(question.by, code, words), rows[place])


def gathered(parts: Sequence[Columns], kinds: dict[str, str]) -> Columns:
    """The rows of all parts; empty columns of these types where there is no part."""
    return joined(parts) if parts else {name: np.zeros(0, kind) for name, kind in kinds.items()}


def currencies(column: Column) -> Column:
    """Each currency as one number, which is quick to compare; 0 for none."""
    letters = np.ascontiguousarray(column).view(np.uint8).reshape(len(column), 3).astype(np.int32)
    numbers = letters[:, 0] * 65_536 + letters[:, 1] * 256 + letters[:, 2]
    known: Column = np.where(letters[:, 0] > ord(" "), numbers, 0)
    return known


def currency_word(number: int) -> str:
    """The currency of a number that `currencies` gave; "none" for none."""
    return number.to_bytes(3).decode() if number else NO_CURRENCY


def currency_number(word: str) -> int:
    """The number of such a word. Raises KeyError for what is none."""
    if word == NO_CURRENCY:
        return 0
    if len(word) != 3 or not word.isascii() or not word.isupper():
        raise KeyError(word)
    return int.from_bytes(word.encode())
