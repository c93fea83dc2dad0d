"""Everything derived from the log anew, while moves go on: block by block, to be taken up again where it stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from funnel import chunks, generations, journeys, rollups, shards
from funnel.columns import joined
from funnel.generations import BLOCK
from funnel.models import Rebuild, Rollup
from funnel.reading import Leads, Terms, journeys_of
from leads.models import Lead

if TYPE_CHECKING:
    from collections.abc import Callable


def rebuild(tell: Callable[[int, int], None] = lambda done, total: None) -> int:
    """Derive journeys, columns and rollups anew; returns the number of leads.

    Rollups are made beside those that answer, which stay until the new ones are complete. `tell` hears after each
    block how many of how many leads are done. One that was killed goes on where it stopped.
    """
    _begin()
    terms = Terms()
    while True:
        last = Lead.objects.aggregate(last=Max("id"))["last"] or 0
        with transaction.atomic():
            shards.hold_all()
            shards.hold_rollups()
            state = generations.state()
            if state.building is None:  # another rebuild came to its end
                return Lead.objects.count()
            if state.block * BLOCK > last:
                _finish()
                return Lead.objects.count()
            _take_block(state, terms, last)
            state.block += 1
            state.save(update_fields=["block"])
        tell(min(state.block * BLOCK, last), last)


def _begin() -> None:
    """Open a generation, unless one for the present time zone is in the making."""
    with transaction.atomic():
        shards.hold_rollups()
        state = generations.state()
        if state.building is not None and state.building_zone == settings.TIME_ZONE:
            return
        if state.building is not None:
            Rollup.objects.filter(generation=state.building).delete()
        if not Rollup.objects.filter(generation=state.generation).exists():
            state.generation = 0
        state.building = max(state.generation, state.building or 0) + 1
        state.building_zone, state.block, state.started_at = settings.TIME_ZONE, 0, timezone.now()
        state.save()


def _take_block(state: Rebuild, terms: Terms, last: int) -> None:
    """Derive one block of leads, write its columns and count it; `last` is the highest number of a lead.

    Its difference goes to the rollups that answer, the whole to the new ones.
    """
    whole, differences = rollups.Tally(state.building_zone), []
    first, over = state.block * BLOCK, min((state.block + 1) * BLOCK, last + 1)
    for begin in range(first, over, shards.SPAN):
        leads = Leads(first=begin, over=begin + shards.SPAN)
        differences.append(journeys.refresh(leads, terms))
        whole.count(journeys_of(leads), +1)
        chunks.write(begin // shards.SPAN)
    journeys.count_difference(*(joined(parts) for parts in zip(*differences, strict=True)))
    rollups.add(whole.changes(), state.building or 0)


def _finish() -> None:
    state = generations.state()
    old = state.generation
    state.generation, state.zone = state.building or old, state.building_zone
    state.building, state.building_zone, state.block = None, "", 0
    state.save()
    Rollup.objects.filter(generation=old).delete()
