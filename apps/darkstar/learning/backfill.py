"""Which part of the past is to be fetched from Home Assistant's statistics."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..home.slots import SLOT_MINUTES, floor_to_slot


def missing_span(latest_start: datetime | None, now: datetime, backfill_days: int) -> tuple[datetime, datetime] | None:
    """Start and end of the whole slots that have ended and are not observed yet, or None.

    `latest_start` is the start of the newest observation; without one the span reaches back
    `backfill_days`, and never further.
    """
    end = floor_to_slot(now)
    start = end - timedelta(days=backfill_days)
    if latest_start is not None:
        start = max(start, floor_to_slot(latest_start) + timedelta(minutes=SLOT_MINUTES))
    return (start, end) if start < end else None
