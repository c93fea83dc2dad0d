"""The organisation's working hours, as its administrators have set them."""

from collections import defaultdict
from datetime import time

from django.conf import settings
from django.db import connection

from leads.hours import MINUTES_A_DAY, Calendar

_BOTH = """
    SELECT weekday, opens, closes, NULL AS day FROM leads_workinghours
    UNION ALL SELECT NULL, NULL, NULL, day FROM leads_holiday
"""
UNTIL_MIDNIGHT = time(23, 59)  # a time of day cannot say 24:00


def working_calendar() -> Calendar:
    """Working hours and holidays, in the organisation's time zone."""
    weekly = defaultdict(list)
    days = set()
    with connection.cursor() as cursor:
        cursor.execute(_BOTH)
        for weekday, opens, closes, day in cursor.fetchall():
            if day is None:
                until = MINUTES_A_DAY if closes >= UNTIL_MIDNIGHT else _minutes(closes)
                weekly[weekday].append((_minutes(opens), until))
            else:
                days.add(day)
    return Calendar(weekly=dict(weekly), zone=settings.TIME_ZONE, holidays=frozenset(days))


def _minutes(of_day: time) -> int:
    return of_day.hour * 60 + of_day.minute
