"""How much heat the water heater has had today."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ..home.observation import Observation
from ..home.slots import local_date, local_day


def heated_today_kwh(observations: Iterable[Observation], now: datetime, zone: ZoneInfo) -> float:
    """Energy that the water heater took in the local day of `now`, in kWh, as far as it was measured.

    A row that reaches over the day's edge counts by its share.
    """
    start, end = local_day(local_date(now, zone), zone)
    return sum(((row.heater_kwh or 0.0) * _share(row, start, min(end, now)) for row in observations), start=0.0)


def _share(row: Observation, start: datetime, end: datetime) -> float:
    length = timedelta(hours=row.hours)
    overlap = min(row.start + length, end) - max(row.start, start)
    return max(overlap / length, 0.0)
