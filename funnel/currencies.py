"""Currencies as numbers, which are quick to compare. Pure: no database, no clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from funnel.columns import Column

NO_CURRENCY = "none"


def currencies(column: Column) -> Column:
    """Each currency as one number; 0 for none."""
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
