"""How much colder or hotter it gets than it was: what heating and cooling follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from ..home.weather import WeatherHour
from .day_grid import CELL_S, DAY_CELLS, Cells, Floats

HEATING_BELOW_CELSIUS = 16.0
COOLING_ABOVE_CELSIUS = 22.0

_HOUR_S = 3600
_DAY_HOURS = 24
_WEEK_DAYS = 7


@dataclass(frozen=True, slots=True)
class Temperatures:
    """Forecast air temperature by hour, numbered from 1970 UTC; NaN where the weather does not tell."""

    first: int
    celsius: Floats

    @classmethod
    def of(cls, weather: Sequence[WeatherHour]) -> Self:
        """Lay the hours out; of two of the same hour the later one counts."""
        told = {
            int(hour.start.timestamp() // _HOUR_S): hour.temperature_celsius
            for hour in weather
            if hour.temperature_celsius is not None
        }
        if not told:
            return cls(0, np.array([np.nan]))
        first = min(told)
        celsius = np.full(max(told) - first + 2, np.nan)
        celsius[np.array(list(told)) - first] = list(told.values())
        return cls(first, celsius)

    def changes(self, issued_s: Floats, offsets: Cells) -> Iterator[Floats]:
        """Change in degrees to be heated and to be cooled, zero where unknown: (issue, offset).

        Each against the newest day before the issue, and against the mean of the week before it, at the same time.
        """
        hours = (issued_s[:, None] + CELL_S * offsets) // _HOUR_S
        newest = hours - _DAY_HOURS * (offsets // DAY_CELLS + 1)
        now, before = self._at(hours), [self._at(newest - _DAY_HOURS * day) for day in range(_WEEK_DAYS)]
        for degrees in (_to_heat, _to_cool):
            change = degrees(now) - np.stack([degrees(celsius) for celsius in before])
            known = np.isfinite(change)
            week = np.where(known, change, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
            yield np.where(known[0], change[0], 0.0)
            yield week

    def _at(self, hours: Floats) -> Floats:
        """Temperature in hours; the last place, which is empty, stands for all outside."""
        nowhere = len(self.celsius) - 1
        at = hours.astype(np.int64) - self.first
        return self.celsius[np.where((at >= 0) & (at < nowhere), at, nowhere)]


def _to_heat(celsius: Floats) -> Floats:
    return np.maximum(HEATING_BELOW_CELSIUS - celsius, 0.0)


def _to_cool(celsius: Floats) -> Floats:
    return np.maximum(celsius - COOLING_ABOVE_CELSIUS, 0.0)
