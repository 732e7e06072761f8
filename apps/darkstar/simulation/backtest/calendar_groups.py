"""Which local hour, day and month each interval of a period belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """`of[i]` is the number of the group that item i belongs to; groups are named in order of time."""

    of: Numbers
    names: tuple[str, ...]

    def sums(self, values: Floats) -> Floats:
        """Sum per group."""
        return np.asarray(np.bincount(self.of, weights=values, minlength=len(self.names)), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class CalendarGroups:
    """Intervals by local clock hour, hours by local day, days by calendar month.

    A day has 23 to 25 hours; the hour that the clock passes twice counts twice.
    """

    hours: Grouping
    day_of_hour: Grouping
    month_of_day: Grouping

    @classmethod
    def of(cls, start: datetime, minutes: int, count: int, zone: ZoneInfo) -> Self:
        """Group `count` intervals of `minutes`, the first one at `start`."""
        local = pd.date_range(start, periods=count, freq=f"{minutes}min").tz_convert(zone)
        hour_starts = local.tz_convert("UTC") - pd.to_timedelta(local.minute, unit="min")
        hours, of_interval = _grouped(hour_starts)
        local_hours = hours.tz_convert(zone)
        days, of_hour = _grouped(local_hours.tz_localize(None).normalize())
        months, of_day = _grouped(days - pd.to_timedelta(days.day - 1, unit="D"))
        return cls(
            Grouping(of_interval, tuple(hour.isoformat() for hour in local_hours)),
            Grouping(of_hour, tuple(days.strftime("%Y-%m-%d"))),
            Grouping(of_day, tuple(months.strftime("%Y-%m"))),
        )

    @property
    def days(self) -> Grouping:
        """Intervals by local day."""
        return Grouping(self.day_of_hour.of[self.hours.of], self.day_of_hour.names)

    @property
    def months(self) -> Grouping:
        """Intervals by calendar month."""
        return Grouping(self.month_of_day.of[self.days.of], self.month_of_day.names)


def _grouped(instants: pd.DatetimeIndex) -> tuple[pd.DatetimeIndex, Numbers]:
    """The different instants in order, and which of them each one is."""
    numbers, different = instants.factorize()
    return different, np.asarray(numbers, dtype=np.intp)
