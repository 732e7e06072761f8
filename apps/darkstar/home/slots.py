"""The time grid: slots, horizons and local days. Aware UTC datetimes only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SLOT_MINUTES = 15
"""Default slot length in minutes."""


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """Half-open interval `[start, start + hours)`.

    `start` is aware and in UTC. `hours` is the length (0.25 for a quarter-hour); the first slot of a
    horizon may be shorter: it is what remains of the running one.
    """

    start: datetime
    hours: float

    @property
    def end(self) -> datetime:
        """The first instant after the slot."""
        return self.start + timedelta(hours=self.hours)


def to_utc(instant: datetime) -> datetime:
    """Convert an aware datetime to UTC.

    Raises:
        ValueError: the datetime is naive, so its zone would have to be guessed.
    """
    if instant.tzinfo is None:
        msg = f"naive datetime {instant.isoformat()}: a time without zone cannot be placed"
        raise ValueError(msg)
    return instant.astimezone(UTC)


def floor_to_slot(instant: datetime, minutes: int = SLOT_MINUTES) -> datetime:
    """Start of the slot of `minutes` (a divisor of 60) that contains `instant`, in UTC."""
    utc = to_utc(instant)
    return utc.replace(minute=utc.minute - utc.minute % minutes, second=0, microsecond=0)


def slots_between(start: datetime, end: datetime, minutes: int = SLOT_MINUTES) -> tuple[Slot, ...]:
    """Consecutive slots that cover `[start, end)`.

    The first slot is short when `start` lies inside a slot, the last one when `end` does.
    """
    return tuple(_cut(to_utc(start), to_utc(end), minutes))


def _cut(start: datetime, end: datetime, minutes: int) -> Iterator[Slot]:
    edge = start
    while edge < end:
        following = min(floor_to_slot(edge, minutes) + timedelta(minutes=minutes), end)
        yield Slot(edge, (following - edge) / timedelta(hours=1))
        edge = following


def overlap_hours(start: datetime, end: datetime, other_start: datetime, other_end: datetime) -> float:
    """How long the spans `[start, end)` and `[other_start, other_end)` share, in hours; 0 where they do not meet."""
    return max((min(end, other_end) - max(start, other_start)) / timedelta(hours=1), 0.0)


def local_date(instant: datetime, zone: ZoneInfo) -> date:
    """The calendar day at home to which `instant` belongs."""
    return to_utc(instant).astimezone(zone).date()


def local_day(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Start and end of a calendar day at home, in UTC: 23, 24 or 25 hours apart."""
    start = datetime.combine(day, time(), zone)
    end = datetime.combine(day + timedelta(days=1), time(), zone)
    return start.astimezone(UTC), end.astimezone(UTC)
