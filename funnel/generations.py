"""Which rollups count, in which time zone they were cut, and the next ones while they are made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from django.conf import settings

from funnel.models import Rebuild
from funnel.moment import memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from funnel.columns import Column

BLOCK = 131_072
"""Leads that a rebuild takes at once."""


def state() -> Rebuild:
    """The one row; made with the organisation's zone where there is none."""
    found, _ = Rebuild.objects.get_or_create(id=1, defaults={"zone": settings.TIME_ZONE})
    return found


def to_write() -> Iterator[tuple[int, str, Callable[[Column], Column]]]:
    """The generations a change belongs to: number, zone, and which of some leads are to be counted in it.

    A generation in the making takes the leads of the blocks it has got through; the others it will find by itself.
    """
    now = state()
    if now.generation:
        yield now.generation, now.zone, lambda leads: np.ones(len(leads), bool)
    if now.building is not None:
        yield now.building, now.building_zone, lambda leads: leads < now.block * BLOCK


def must_be_cut_anew() -> bool:
    """Whether the rollups were cut in another time zone than the organisation has now."""
    return Rebuild.objects.filter(id=1).exclude(zone=settings.TIME_ZONE).exists()


def to_read() -> int | None:
    """The generation that answers, None while there is none for the organisation's time zone."""
    known = memory("generation")
    if settings.TIME_ZONE not in known:
        found = Rebuild.objects.filter(id=1, zone=settings.TIME_ZONE).first()
        known[settings.TIME_ZONE] = found.generation or None if found else None
    generation: int | None = known[settings.TIME_ZONE]
    return generation
