"""Days of the organisation as instants. Pure: no database, no clock."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def day_start(day: date, zone: str) -> datetime:
    """The instant (UTC) at which `day` begins in the time zone; where midnight is skipped, the first moment after."""
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)


def day_after(day: date, zone: str) -> datetime:
    """The instant (UTC) at which `day` is over in the time zone."""
    return day_start(day + timedelta(days=1), zone)
