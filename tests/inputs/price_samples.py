"""Price lists in the shapes that integrations give them, with numbers of our own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from darkstar.home.slots import local_day

STOCKHOLM = ZoneInfo("Europe/Stockholm")
THURSDAY = date(2026, 1, 15)
FRIDAY = date(2026, 1, 16)
SPRING = date(2026, 3, 29)
AUTUMN = date(2026, 10, 25)


def starts(day: date, minutes: int, zone: ZoneInfo = STOCKHOLM) -> Iterator[datetime]:
    """The real starts of a local day's intervals, with the offset that holds."""
    edge, end = local_day(day, zone)
    while edge < end:
        yield edge.astimezone(zone)
        edge += timedelta(minutes=minutes)


def values(day: date, minutes: int, first: float = 0.0, zone: ZoneInfo = STOCKHOLM) -> list[float]:
    """A rising price per interval: `first`, `first + 1`, ..."""
    return [first + index for index, _ in enumerate(starts(day, minutes, zone))]


def rows(
    day: date, minutes: int, start: str, value: str, end: str | None = None, first: float = 0.0
) -> list[dict[str, object]]:
    """A list of objects with rising prices; ISO times with offset."""
    found: list[dict[str, object]] = []
    for index, instant in enumerate(starts(day, minutes)):
        row: dict[str, object] = {start: instant.isoformat(), value: first + index}
        if end is not None:
            after = instant.astimezone(ZoneInfo("UTC")) + timedelta(minutes=minutes)
            row[end] = after.astimezone(STOCKHOLM).isoformat()
        found.append(row)
    return found
