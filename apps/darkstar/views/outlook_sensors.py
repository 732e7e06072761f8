"""The sensors of what comes: tomorrow's cost, and when energy is cheapest for a machine that runs some hours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from ..home.prices import PriceCurve
from ..home.slots import Slot, local_date, local_day
from .costs import planned_cost
from .published import PublishedSensor, sensor
from .snapshot import Snapshot

WINDOW_HOURS = (1, 2, 3, 4, 6)
"""Lengths for which a window is looked for; the state is that of `USUAL_HOURS`."""
USUAL_HOURS = 3


def cost_tomorrow(snapshot: Snapshot) -> PublishedSensor:
    """What the plan costs tomorrow; `hours` says how much of the day it reaches over."""
    zone = snapshot.home.zone
    start, end = local_day(local_date(snapshot.now, zone) + timedelta(days=1), zone)
    cost = planned_cost(snapshot, start, end)
    slots = snapshot.plan.slots if snapshot.plan else ()
    covered = sum((max(min(slot.end, end) - max(slot.start, start), timedelta(0)) for slot in slots), timedelta(0))
    return sensor(
        "cost_tomorrow",
        "cost tomorrow",
        "cash-clock",
        None if cost is None else round(cost, 2) + 0.0,
        unit_of_measurement=snapshot.home.currency,
        device_class="monetary",
        hours=round(covered / timedelta(hours=1), 2),
        day_start=start.isoformat(),
    )


def cheapest_window(snapshot: Snapshot) -> PublishedSensor:
    """Start of the cheapest stretch of known import prices from now on, for several lengths.

    These are prices, not what a machine costs in this home: with sun or a full battery another time may be better,
    which the appliance advisor knows.
    """
    known = PriceCurve(tuple(price for price in snapshot.curve.prices if price.known and price.end > snapshot.now))
    windows = dict(_windows(known, snapshot.now))
    usual = windows.get(USUAL_HOURS)
    return sensor(
        "cheapest_window",
        "cheapest hours",
        "clock-star-four-points",
        None if usual is None else usual["start"],
        device_class="timestamp",
        hours=USUAL_HOURS,
        windows=[{"hours": hours, **window} for hours, window in windows.items()],
    )


def _windows(known: PriceCurve, now: datetime) -> Iterator[tuple[int, dict[str, Any]]]:
    for hours in WINDOW_HOURS:
        starts = [max(price.start, now) for price in known.prices]
        found = [price for start in starts if (price := known.mean_over(Slot(start, hours))) is not None]
        if found:
            best = min(found, key=lambda price: (price.import_per_kwh, price.start))
            price_per_kwh = round(best.import_per_kwh, 4) + 0.0
            yield hours, {"start": best.start.isoformat(), "end": best.end.isoformat(), "price_per_kwh": price_per_kwh}
