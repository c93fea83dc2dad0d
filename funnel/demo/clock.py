"""When things happen in the demo: office hours, busy seasons, stays of believable length. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import tzinfo
    from random import Random

OPENS, CLOSES = 9, 18
AWAKE, ASLEEP = 7, 22
OVERTIME = 0.05
GROWTH = 1.6  # the volume at the end of the history over the one at its beginning
SEASONS = (0.95, 1.05, 1.15, 1.05, 1.0, 0.95, 0.75, 0.7, 1.15, 1.2, 1.15, 0.65)  # January to December
WEEK = (1.1, 1.2, 1.2, 1.1, 0.95, 0.35, 0.3)  # Monday to Sunday
HOURS = (1, 1, 1, 1, 1, 2, 4, 7, 12, 17, 19, 18, 15, 16, 18, 17, 15, 12, 9, 8, 8, 7, 4, 2)


def at_work(moment: datetime, zone: tzinfo, rng: Random, *, urgent: bool = True) -> datetime:
    """The moment itself while the office is open (or, rarely, in overtime), else later in office hours.

    What is urgent is done in the first morning the office opens; the rest of a weekend's work spreads over the week.
    """
    local = moment.astimezone(zone)
    day = local.date()
    overtime = AWAKE <= local.hour < ASLEEP and rng.random() < OVERTIME
    if overtime or (day.weekday() < 5 and OPENS <= local.hour < CLOSES):
        return moment
    weekend = day.weekday() >= 5
    if local.hour >= CLOSES:
        day += timedelta(days=1)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    minutes = min(rng.expovariate(1 / 80), 500)
    if not urgent:
        day += timedelta(days=rng.randrange(5) if weekend else 0)
        minutes = rng.uniform(0, (CLOSES - OPENS) * 60)
    return (datetime.combine(day, time(OPENS), zone) + timedelta(minutes=minutes)).astimezone(moment.tzinfo)


def stay(days: float, spread: float, rng: Random) -> timedelta:
    """A log-normal duration of the given median."""
    return timedelta(seconds=round(days * 86_400 * rng.lognormvariate(0, spread)))


def arrivals(count: int, start: datetime, end: datetime, zone: tzinfo, rng: Random) -> list[datetime]:
    """`count` instants in [start, end), in order: growing, seasonal, fewer at weekends and at night."""
    length = max((end - start).days, 1)
    days = [start.astimezone(zone).date() + timedelta(days=number) for number in range(length + 1)]
    weights = [
        (1 + (GROWTH - 1) * number / length) * SEASONS[day.month - 1] * WEEK[day.weekday()]
        for number, day in enumerate(days)
    ]
    found: list[datetime] = []
    while len(found) < count:
        for day in rng.choices(days, weights, k=count - len(found)):
            [hour] = rng.choices(range(24), HOURS)
            moment = datetime.combine(day, time(hour), zone) + timedelta(seconds=rng.randrange(3600))
            if start <= moment < end:
                found.append(moment.astimezone(end.tzinfo))
    return sorted(found)
