"""What the sky allows the PV arrays of a home to yield."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from ..home.devices import PvArraySettings
from ..home.settings import HomeSettings
from .clear_sky import clear_sky_kw
from .day_grid import CELL_S, Cells, Floats

_LEVEL_ARRAY = PvArraySettings(kwp=1.0, tilt_deg=0.0)
"""Gives the shape of the day to a home that has not set its arrays."""


@dataclass(frozen=True, slots=True)
class PvShape:
    """The cloudless sky over the arrays of a home; without arrays only day and night are known."""

    arrays: tuple[PvArraySettings, ...]
    latitude: float
    longitude: float

    @classmethod
    def of(cls, home: HomeSettings) -> Self:
        """The home's arrays at their place."""
        return cls(home.pv_arrays, home.latitude, home.longitude)

    @property
    def peak_kw(self) -> float:
        """Peak power of all arrays together; infinite when none is set."""
        return sum(array.kwp for array in self.arrays) if self.arrays else np.inf

    def clear_sky_kw(self, epoch_s: Floats) -> Floats:
        """AC power at instants (seconds since 1970 UTC); that of a level 1 kWp when no array is set."""
        return clear_sky_kw(self.arrays or (_LEVEL_ARRAY,), epoch_s, self.latitude, self.longitude)

    def by_cell_kw(self, cells: Cells) -> Floats:
        """`clear_sky_kw` in the middle of quarter-hours on the clock of UTC."""
        return self.clear_sky_kw(np.asarray(cells * CELL_S + CELL_S / 2, dtype=np.float64))

    def highest_kw(self, clear_kw: Floats) -> Floats:
        """Most power where a cloudless sky yields `clear_kw`: zero at night, the arrays' peak power by day.

        Nothing tighter: broken clouds lift the yield above that of a cloudless sky, and an azimuth that is set wrong
        must not cut off the hours in which the roof really yields.
        """
        return np.where(clear_kw > 0, self.peak_kw, 0.0)
