"""What the water heater owes on each heat day that a horizon touches, and what its comfort is worth."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from statistics import median
from zoneinfo import ZoneInfo

from ..home.devices import WaterHeaterSettings
from ..home.heat_day import heat_day
from ..optimizer.request import HeatDay, RequestSlot

COMFORT_PRICES = {1: 0.1, 2: 0.4, 3: 1.0, 4: 2.0, 5: 6.0}
"""What an hour without heat beyond the longest gap counts, by comfort level, in usual prices of a kWh."""


def heat_days(
    heater: WaterHeaterSettings, start: datetime, end: datetime, zone: ZoneInfo, heated_today_kwh: float | None
) -> tuple[HeatDay, ...]:
    """One entry per heat day in `[start, end)`, the first of them the running one.

    The running day owes what is not heated yet; when that is unknown (None) it owes the share of the day
    that is left. A day that the horizon cuts short owes the share of it that lies in the horizon.
    """
    days = []
    edge = start
    while edge < end:
        day_start, day_end = heat_day(edge, zone, heater.defer_hours)
        owed_kwh = heater.daily_energy_kwh
        if edge == start:
            left = (day_end - edge) / (day_end - day_start)
            owed_kwh = owed_kwh * left if heated_today_kwh is None else max(owed_kwh - heated_today_kwh, 0.0)
        until = min(day_end, end)
        days.append(HeatDay(edge, until, owed_kwh * ((until - edge) / (day_end - edge))))
        edge = until
    return tuple(days)


def gap_price_per_hour(heater: WaterHeaterSettings, slots: Sequence[RequestSlot], comfort: int | None = None) -> float:
    """What an hour beyond the longest gap counts in money: it follows the horizon's median import price.

    `comfort` is the owner's level; None: as the settings of the heater say.
    """
    return COMFORT_PRICES[comfort or heater.comfort_level] * max(median(slot.import_price for slot in slots), 0.0)
