"""How a lead's clock stands, for people to read: what is left of its limit in working time, or by how much it is over.

`due_at` says when the next step is due (`due.py`); here a page of leads gets its words, with one calendar for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.hours import EPOCH, MICROSECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from leads.due import Clock
    from leads.hours import Calendar
    from leads.models import Lead

HOUR = 3600
SOON = HOUR  # working seconds
IN_HOURS = 16 * HOUR  # what is longer is told in working days
FAR = timedelta(days=120)  # beyond it nobody counts hours, and a calendar need not be laid out


class State(StrEnum):
    """`paused`: nobody works now, so the clock stands still."""

    OK = "ok"
    SOON = "soon"
    BREACHED = "breached"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Badge:
    """A clock: its state, when the step is due, the working seconds left (negative: overdue), and that in words."""

    state: State
    due_at: datetime
    seconds: float
    text: str


def badges(leads: Iterable[Lead], *, at: datetime, clock: Clock) -> dict[int, Badge]:
    """The badge of each lead whose next step is due at some time, by the lead's number.

    Reads the working hours once for all of them, through `clock`, and nothing when no clock runs.
    """
    running = [(lead.pk, lead.due_at) for lead in leads if lead.due_at is not None]
    if not running:
        return {}
    open_now, left = _working_seconds(clock.calendar, at, [due for _number, due in running])
    length = _day_length(clock.calendar)
    return {
        number: _badge(due, seconds, at=at, open_now=open_now, day=length)
        for (number, due), seconds in zip(running, left, strict=True)
    }


def _working_seconds(calendar: Calendar, at: datetime, dues: Sequence[datetime]) -> tuple[bool, list[float]]:
    """Whether work goes on at `at`, and the working seconds from then to each due time, cut off at FAR."""
    here = (at - EPOCH) // MICROSECOND
    far = FAR // MICROSECOND
    ends = np.array([(due - EPOCH) // MICROSECOND for due in dues], dtype=np.int64).clip(here - far, here + far)
    left = calendar.elapsed(here, np.append(ends, here + 1))
    return bool(left[-1] > 0), left[:-1].tolist()


def _badge(due: datetime, seconds: float, *, at: datetime, open_now: bool, day: float) -> Badge:
    if due <= at:
        return Badge(State.BREACHED, due, min(seconds, 0.0), _overdue(-seconds, due <= at - FAR, day))
    if not open_now:
        return Badge(State.PAUSED, due, seconds, _left(seconds, day))
    state = State.SOON if seconds <= SOON else State.OK
    return Badge(state, due, seconds, _left(seconds, day))


def _left(seconds: float, day: float) -> str:
    if seconds < HOUR:
        return _("%(minutes)d min left") % {"minutes": max(int(seconds // 60), 1)}
    if seconds < IN_HOURS:
        return _("%(hours)d h left") % {"hours": seconds // HOUR}
    days = int(seconds // day)
    return ngettext("%(days)d working day left", "%(days)d working days left", days) % {"days": days}


def _overdue(seconds: float, is_far: bool, day: float) -> str:
    if is_far:
        days = int(seconds // day)
        words = ngettext("overdue by over %(days)d working day", "overdue by over %(days)d working days", days)
        return words % {"days": days}
    if seconds < 60:
        return _("overdue")
    if seconds < HOUR:
        return _("overdue by %(minutes)d min") % {"minutes": seconds // 60}
    if seconds < IN_HOURS:
        return _("overdue by %(hours)d h") % {"hours": seconds // HOUR}
    days = int(seconds // day)
    return ngettext("overdue by %(days)d working day", "overdue by %(days)d working days", days) % {"days": days}


def _day_length(calendar: Calendar) -> float:
    """Seconds of an average day on which people work."""
    lengths = [sum(closes - opens for opens, closes in hours) * 60 for hours in calendar.weekly.values() if hours]
    return min(max(sum(lengths) / len(lengths), HOUR), IN_HOURS) if lengths else 8.0 * HOUR
