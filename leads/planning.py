"""The times people plan for in one press: in an hour, tomorrow morning, in three days, next week."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from leads.hours import NeverOpen

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from leads.hours import Calendar

QUICK: dict[str, _StrPromise] = {
    "hour": _("In an hour"), "tomorrow": _("Tomorrow morning"), "days": _("In 3 days"), "week": _("Next week"),
}  # fmt: skip
MORNING = time(9)  # where nobody has set working hours
INSTANT = 1 / 3_600_000_000  # hours: a microsecond


def times(calendar: Calendar, *, at: datetime) -> dict[str, datetime]:
    """When each of QUICK is, seen from `at`: the last three at the first opening of their day, or of the next one."""
    today = at.astimezone(ZoneInfo(calendar.zone)).date()
    days = {"tomorrow": 1, "days": 3, "week": 7 - today.weekday()}
    hour = (at + timedelta(hours=1)).replace(second=0, microsecond=0)
    return {"hour": hour} | {name: _opening(calendar, today + timedelta(days=ahead)) for name, ahead in days.items()}


def _opening(calendar: Calendar, day: date) -> datetime:
    """The first working minute on or after a local day."""
    midnight = datetime.combine(day, time(), tzinfo=ZoneInfo(calendar.zone))
    try:
        return calendar.due(midnight, INSTANT).replace(second=0, microsecond=0)
    except (NeverOpen, OverflowError):
        return datetime.combine(day, MORNING, tzinfo=ZoneInfo(calendar.zone))
