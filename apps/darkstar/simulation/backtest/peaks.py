"""Power tariffs: what the highest hours of each month cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .calendar_groups import CalendarGroups

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PowerTariff:
    """A price per kW and calendar month for the mean of the highest hours, each of another local day.

    A month that the period covers in part is charged whole: the same for all who are compared.
    """

    price_per_kw: float
    peaks: int = 3

    def cost(self, months: tuple[MonthPeak, ...]) -> float:
        """What these months cost."""
        return sum(self.price_per_kw * month.mean_kw for month in months)


@dataclass(frozen=True, slots=True)
class MonthPeak:
    """The highest hourly means of import in a month, in kW, each of another day, highest first."""

    month: str
    highest_kw: tuple[float, ...]

    @property
    def mean_kw(self) -> float:
        """What a power tariff charges."""
        return sum(self.highest_kw) / len(self.highest_kw)


def month_peaks(groups: CalendarGroups, import_kwh: Floats, count: int = 3) -> tuple[MonthPeak, ...]:
    """The `count` highest hours on different days of each month, from the energy imported per interval.

    Intervals shorter than an hour are added up to hours of the local clock. A month with fewer days
    than `count` has a peak for each day.
    """
    hourly = groups.hours.sums(import_kwh)
    daily = np.zeros(len(groups.day_of_hour.names))
    np.maximum.at(daily, groups.day_of_hour.of, hourly)
    found = []
    for number, month in enumerate(groups.month_of_day.names):
        highest = np.sort(daily[groups.month_of_day.of == number])[::-1][:count]
        found.append(MonthPeak(month, tuple(highest.tolist())))
    return tuple(found)
