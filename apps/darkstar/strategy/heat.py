"""What the water heater owes on each local day that a horizon touches."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from ..home.devices import WaterHeaterSettings
from ..home.slots import local_date, local_day
from ..optimizer.plan import HeatDay


def heat_days(
    heater: WaterHeaterSettings, start: datetime, end: datetime, zone: ZoneInfo, heated_today_kwh: float | None
) -> tuple[HeatDay, ...]:
    """One entry per local day in `[start, end)`, the first of them today.

    Today owes what is not heated yet; when that is unknown (None) it owes the share of the day that is
    left. A day that the horizon cuts short owes the share of it that lies in the horizon.
    """
    days = []
    edge = start
    while edge < end:
        day_start, day_end = local_day(local_date(edge, zone), zone)
        owed_kwh = heater.daily_energy_kwh
        if edge == start:
            left = (day_end - edge) / (day_end - day_start)
            owed_kwh = owed_kwh * left if heated_today_kwh is None else max(owed_kwh - heated_today_kwh, 0.0)
        until = min(day_end, end)
        days.append(HeatDay(edge, until, owed_kwh * ((until - edge) / (day_end - edge))))
        edge = until
    return tuple(days)
