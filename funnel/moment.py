"""What was asked in a moment in which nothing changes need not be asked again. Pure: no database, no clock."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

_moment: ContextVar[dict[Hashable, dict[Any, Any]] | None] = ContextVar("moment", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """A moment: `memory` lasts as long as it does."""
    token = _moment.set({})
    try:
        yield
    finally:
        _moment.reset(token)


def memory(name: Hashable) -> dict[Any, Any]:
    """What this moment remembers under the name; outside of any moment nothing, and it keeps nothing."""
    moment = _moment.get()
    return {} if moment is None else moment.setdefault(name, {})
