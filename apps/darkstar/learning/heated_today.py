"""How much heat the water heater has had today."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from ..home.heat_day import heat_day
from ..home.observation import Observation


def heated_today_kwh(
    observations: Iterable[Observation], now: datetime, zone: ZoneInfo, defer_hours: float = 0.0
) -> float:
    """Energy that the water heater took in the heat day of `now`, in kWh, as far as it was measured.

    The heat day begins `defer_hours` after local midnight. A row that reaches over the day's edge counts by its share.
    """
    start, end = heat_day(now, zone, defer_hours)
    return sum(((row.heater_kwh or 0.0) * row.share_within(start, min(end, now)) for row in observations), start=0.0)
