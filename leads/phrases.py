"""Lists inside sentences: their joints are words too, and every language has its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import pgettext

if TYPE_CHECKING:
    from collections.abc import Iterable


def nothing() -> str:
    """What stands for a value that is not there."""
    return pgettext("no value", "(none)")


def listed(items: Iterable[object]) -> str:
    """The items one after another: a, b, c."""
    return pgettext("between the items of a list", ", ").join(map(str, items))


def all_of(items: Iterable[object]) -> str:
    """The items together: a and b and c."""
    return pgettext("between items that all hold", " and ").join(map(str, items))


def any_of(items: Iterable[object]) -> str:
    """The items as a choice: a or b or c."""
    return pgettext("between items of which one holds", " or ").join(map(str, items))
