"""The same-slot means of a home's load and PV, from what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Self

import numpy as np

from ..home.observation import NOT_LOAD, NOT_PV, Observation
from ..home.settings import HomeSettings
from ..home.slots import local_date
from .bands import Context
from .candidates import Material
from .day_grid import DayGrid, Energies, Floats
from .days_off import days_off
from .pv_shape import PvShape
from .slot_mean import SlotMean
from .standard_load import HOURS_PER_YEAR, StandardLoad
from .training import Quantity

LOAD_MODEL = "same-slot mean"
PV_MODEL = "same-slot mean under a clear sky"
CLOUD_FACTOR = 0.5
"""Yield of an unknown home's arrays as share of a cloudless sky's."""

_OTHER_KIND_WEIGHT = 0.5
_DAYS_AHEAD = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class HomeMeans:
    """Load goes by the local clock, PV by the sun's (UTC)."""

    load: SlotMean
    pv: SlotMean

    @classmethod
    def of(cls, home: HomeSettings, history: Sequence[Observation]) -> Self:
        """Lay the observations out by day; rows with repaired values are left out.

        Nothing is estimated here, so nothing can leak into a forecast issued before the last row.
        """
        start_s = np.array([row.start.timestamp() for row in history], dtype=np.float64)
        hours = np.array([row.hours for row in history], dtype=np.float64)
        # An empty house says nothing about load, a throttled inverter nothing about PV.
        load_kwh = [row.load_kwh if not row.flags or NOT_LOAD.isdisjoint(row.flags) else None for row in history]
        pv_kwh = [row.pv_kwh if not row.flags or NOT_PV.isdisjoint(row.flags) else None for row in history]
        load, pv = Energies(start_s, hours, _numbers(load_kwh)), Energies(start_s, hours, _numbers(pv_kwh))
        days = home.load_forecast.history_days
        return cls(
            SlotMean(
                name=LOAD_MODEL,
                grid=DayGrid.of(load, home.zone),
                reference=StandardLoad(),
                default_level=home.load_forecast.yearly_consumption_kwh / HOURS_PER_YEAR,
                days=days,
                other_kind_weight=_OTHER_KIND_WEIGHT,
            ),
            SlotMean(
                name=PV_MODEL,
                grid=DayGrid.of(pv, UTC),
                reference=PvShape.of(home),
                default_level=CLOUD_FACTOR if home.pv_arrays else 0.0,
                days=days,
                other_kind_weight=1.0,
            ),
        )


def materials(
    home: HomeSettings, means: HomeMeans, history: Sequence[Observation], context: Context
) -> dict[Quantity, Material]:
    """What forecasts of load and PV may rest on; the newest forecast of the weather counts from now on."""
    hours = {hour.start: hour for hour in (*context.past_weather, *context.weather)}
    weather = tuple(hours[start] for start in sorted(hours))
    off = _days_off(home, history)
    return {
        Quantity.LOAD: Material(home, means.load, weather, off),
        Quantity.PV: Material(home, means.pv, weather, service=(*context.past_pv, *context.pv_intervals)),
    }


def _days_off(home: HomeSettings, history: Sequence[Observation]) -> frozenset[int]:
    if not history:
        return frozenset()
    first, last = local_date(history[0].start, home.zone), local_date(history[-1].start + _DAYS_AHEAD, home.zone)
    return days_off(home.load_forecast.holidays, first, last)


def _numbers(values: list[float | None]) -> Floats:
    """None becomes NaN."""
    return np.array(values, dtype=np.float64)
