"""The one time format of the database: whole microseconds since 1970-01-01 UTC, as an integer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ..home.slots import to_utc

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_epoch(instant: datetime) -> int:
    """Microseconds since 1970, exact.

    Raises:
        ValueError: the datetime is naive.
    """
    return (to_utc(instant) - _EPOCH) // _MICROSECOND


def from_epoch(microseconds: int) -> datetime:
    """The aware UTC datetime of a stored time."""
    return _EPOCH + timedelta(microseconds=microseconds)
