"""The organisation's working hours, as its administrators have set them."""

from collections import defaultdict
from datetime import time

from django.conf import settings

from leads.hours import MINUTES_A_DAY, Calendar
from leads.models import Holiday, WorkingHours

UNTIL_MIDNIGHT = time(23, 59)  # a time of day cannot say 24:00


def working_calendar() -> Calendar:
    """Working hours and holidays, in the organisation's time zone."""
    weekly = defaultdict(list)
    for row in WorkingHours.objects.all():
        closes = MINUTES_A_DAY if row.closes >= UNTIL_MIDNIGHT else _minutes(row.closes)
        weekly[row.weekday].append((_minutes(row.opens), closes))
    days = frozenset(Holiday.objects.values_list("day", flat=True))
    return Calendar(weekly=dict(weekly), zone=settings.TIME_ZONE, holidays=days)


def _minutes(of_day: time) -> int:
    return of_day.hour * 60 + of_day.minute
