"""The same-slot means of a home's load and PV, from what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Self

import numpy as np

from ..home.observation import Observation
from ..home.settings import HomeSettings
from .day_grid import DayGrid, Energies, Floats
from .pv_shape import PvShape
from .slot_mean import SlotMean
from .standard_load import HOURS_PER_YEAR, StandardLoad

LOAD_MODEL = "same-slot mean"
PV_MODEL = "same-slot mean under a clear sky"
CLOUD_FACTOR = 0.5
"""Yield of an unknown home's arrays as share of a cloudless sky's."""

_USABLE_FLAGS = frozenset({"hourly", "derived"})
_OTHER_KIND_WEIGHT = 0.5


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
        usable = [row for row in history if not row.flags or _USABLE_FLAGS.issuperset(row.flags)]
        start_s = np.array([row.start.timestamp() for row in usable], dtype=np.float64)
        hours = np.array([row.hours for row in usable], dtype=np.float64)
        load = Energies(start_s, hours, _numbers([row.load_kwh for row in usable]))
        pv = Energies(start_s, hours, _numbers([row.pv_kwh for row in usable]))
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


def _numbers(values: list[float | None]) -> Floats:
    """None becomes NaN."""
    return np.array(values, dtype=np.float64)
