"""Which part of the past is to be fetched from Home Assistant."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..home.prices import PriceCurve
from ..home.slots import SLOT_MINUTES, floor_to_slot, slots_between


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


def first_unpriced(prices: PriceCurve, start: datetime, end: datetime) -> datetime | None:
    """Start of the first slot of `[start, end)` without a price, or None."""
    return next((slot.start for slot in slots_between(start, end) if prices.mean_over(slot) is None), None)
