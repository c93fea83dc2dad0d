"""The recount of the handoff: how long each MQL waited for a human, and whether each offer was decided in time.

Pure: no database, no clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from funnel.recount_stays import ADVANCED, STAYING, Ending, is_sure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from funnel.recount import Pass, Period
    from funnel.recount_hours import Hours
    from funnel.recount_stays import Stay

TOUCHED, WAITING, CLOSED, VAGUE = "touched", "waiting", "closed", "vague"


class Wait(NamedTuple):
    """An MQL's wait for a human: what came of it, how long it took or has been, and how long it is followed."""

    of: Pass
    state: str
    lasted: timedelta
    followed: timedelta

    @property
    def ending(self) -> Ending:
        return self.lasted, TOUCHED if self.state == TOUCHED else STAYING


def wait_of(one: Pass, touches: Sequence[datetime], *, period: Period, at: datetime) -> Wait | None:
    """What an instant knows of the wait of a cycle for the first of its lead's human touches, in order of time.

    None for a cycle that did not enter MQL in the period, or only passed it.
    """
    came = one.at.get("mql")
    if came is None or "mql" in one.flags["implied"] or not period.holds(came) or came > at:
        return None
    closing = [stage for stage in ("won", "lost") if stage in one.at and one.at[stage] <= at]
    closes = [one.at[stage] for stage in closing] + ([one.next_at] if one.next_at and one.next_at <= at else [])
    closed = min(closes, default=None)
    touched = next((touch for touch in touches if came <= touch <= (closed or at)), None)
    if touched and one.next_at and touched >= one.next_at:
        touched = None  # it is the next cycle's
    if not all(is_sure(one, stage) for stage in ("mql", *closing)):
        state = VAGUE
    else:
        state = TOUCHED if touched else CLOSED if closed else WAITING
    return Wait(one, state, (touched or closed or at) - came, at - came)


class Offer(NamedTuple):
    """An offer to sales as an instant knows it: in the period at a sure time (`counts`, else undated), decided or
    open, due or not yet, met or missed, and for how much working time it has waited."""

    of: Pass
    counts: bool
    is_decided: bool
    is_accepted: bool
    is_due: bool
    is_met: bool
    worked: timedelta

    @property
    def ending(self) -> Ending:
        return self.worked, ADVANCED if self.is_decided else STAYING


def offer_of(stay: Stay, hours: Hours, limit: timedelta | None, *, period: Period, at: datetime) -> Offer | None:
    """The offer that a stay in MQL is; None for one that is not asked about, or had not begun."""
    sure = stay.is_sure_at(at)
    if stay.came > at or (sure and not period.holds(stay.came)):
        return None
    way, end = stay.way_at(at), stay.came + stay.lasted(at)
    due = None if limit is None else hours.due(stay.came, limit)
    is_due = sure and due is not None and due <= at
    return Offer(
        of=stay.of,
        counts=sure,
        is_decided=sure and way != STAYING,
        is_accepted=sure and way == ADVANCED,
        is_due=is_due,
        is_met=is_due and way != STAYING and due is not None and end <= due,
        worked=hours.between(stay.came, end),
    )
