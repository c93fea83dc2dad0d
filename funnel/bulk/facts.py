"""The facts of a lead as codes, their fields for COPY, and the JSON of what a line changed. Pure.

Code 0 is "not there". Inside JSON every value is padded with blanks to the width of its kind, which jsonb forgets;
so the documents of many lines have one length, and NumPy puts them together.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from funnel.bulk import binary, lives
from funnel.demo import words
from leads.lines import FACTS
from leads.models import Lead

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

EPOCH = date(2000, 1, 1)
CURRENCIES = ("", "EUR", "USD", "GBP")
URGENCIES = ("", *Lead.Urgency.values)
COMPETITORS = ("", *words.COMPETITORS)
STEP_OF_AMOUNT = 50


@dataclass
class FactTables:
    """By fact, in the order of `leads.lines.FACTS`: its fields, and its values as padded JSON."""

    fields: list[binary.Table]
    json: list[NDArray[np.bytes_]]


def tables(user_ids: Sequence[int | None], *, first_day: int, days: int) -> FactTables:
    """Tables of all codes. A date's code counts from `first_day` (days since 2000), and there are `days` of them."""
    amounts = [None, *(code * STEP_OF_AMOUNT for code in range(1, lives.HIGHEST_AMOUNT + 1))]
    dates = [None, *(first_day + code for code in range(1, days + 1))]
    spelled = [None if day is None else (EPOCH + timedelta(days=day)).isoformat() for day in dates]
    money = [None if amount is None else f"{amount}.00" for amount in amounts]
    day_fields, day_json = [binary.integer(day, binary.INT4) for day in dates], _padded(spelled)
    owners, prices = [binary.integer(pk) for pk in user_ids], [binary.money(amount) for amount in amounts]
    words_of = [[binary.text(word) for word in known] for known in (CURRENCIES, URGENCIES, COMPETITORS)]
    fields = [owners, prices, words_of[0], day_fields, words_of[1], words_of[2], day_fields]
    values = [
        _padded(user_ids), _padded(money), _padded(CURRENCIES), day_json, _padded(URGENCIES), _padded(COMPETITORS),
        day_json,
    ]  # fmt: skip
    return FactTables([binary.Table(one) for one in fields], values)


def _padded(values: Sequence[Any]) -> NDArray[np.bytes_]:
    spelled = [json.dumps(value) for value in values]
    width = max(map(len, spelled))
    return np.array([one.ljust(width) for one in spelled], "S")


def changed(before: NDArray[Any], after: NDArray[Any], known: FactTables) -> binary.Sparse:
    """The documents `changed` of log lines: each fact that differs as [before, after]."""
    differs = before != after
    pattern = (differs * (1 << np.arange(len(FACTS)))[:, None]).sum(axis=0)
    groups = []
    for which in np.unique(pattern[pattern > 0]).tolist():
        rows = np.flatnonzero(pattern == which)
        facts = [fact for fact in range(len(FACTS)) if which >> fact & 1]
        groups.append((rows, _documents(facts, before[:, rows], after[:, rows], known)))
    return binary.Sparse(groups)


def _documents(facts: list[int], before: NDArray[Any], after: NDArray[Any], known: FactTables) -> NDArray[Any]:
    """Documents over the same facts: fixed words with padded values between them."""
    parts: list[Any] = []
    for place, fact in enumerate(facts):
        values = known.json[fact]
        parts += [f'{", " if place else "{"}"{FACTS[fact]}": ['.encode(), values[before[fact]], b", "]
        parts += [values[after[fact]], b"]"]
    parts.append(b"}")
    kinds = [part.dtype if isinstance(part, np.ndarray) else f"S{len(part)}" for part in parts]
    documents = np.empty(before.shape[1], [(f"f{place}", kind) for place, kind in enumerate(kinds)])
    for place, part in enumerate(parts):
        documents[f"f{place}"] = part
    return documents
