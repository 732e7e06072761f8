"""The day of a water heater: from one clock time to the same the next day, so that the night may still serve it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .slots import local_date


def heat_day(instant: datetime, zone: ZoneInfo, defer_hours: float) -> tuple[datetime, datetime]:
    """Start and end, in UTC, of the heat day that contains `instant`; it begins `defer_hours` after local midnight.

    23, 24 or 25 hours apart.
    """
    day = local_date(instant, zone)
    if instant < _beginning(day, zone, defer_hours):
        day -= timedelta(days=1)
    return _beginning(day, zone, defer_hours), _beginning(day + timedelta(days=1), zone, defer_hours)


def _beginning(day: date, zone: ZoneInfo, defer_hours: float) -> datetime:
    clock = datetime.combine(day, time()) + timedelta(hours=defer_hours)
    return clock.replace(tzinfo=zone).astimezone(UTC)
