"""A plain household: how load spreads over the day while a home has no history of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from .day_grid import DAY_CELLS, Cells, Floats, is_weekend

HOURS_PER_YEAR: Final = 8766.0

_WORKDAY: Final = (
    *(0.55, 0.50, 0.48, 0.48, 0.50, 0.62, 0.90, 1.10, 1.00, 0.88, 0.84, 0.86),
    *(0.92, 0.90, 0.88, 0.94, 1.12, 1.42, 1.62, 1.60, 1.48, 1.34, 1.08, 0.78),
)
_WEEKEND: Final = (
    *(0.62, 0.54, 0.50, 0.48, 0.48, 0.52, 0.62, 0.82, 1.06, 1.22, 1.26, 1.28),
    *(1.30, 1.22, 1.14, 1.14, 1.24, 1.46, 1.60, 1.56, 1.44, 1.32, 1.12, 0.84),
)
"""Relative load by local hour: a guess in round numbers, low at night and highest at dinner."""


def _quarters(hours: tuple[float, ...]) -> Floats:
    mid_hours = np.arange(24) + 0.5
    mid_quarters = (np.arange(DAY_CELLS) + 0.5) / 4
    return np.asarray(np.interp(mid_quarters, mid_hours, np.array(hours), period=24.0), dtype=np.float64)


def _shape() -> Floats:
    both = np.stack([_quarters(_WORKDAY), _quarters(_WEEKEND)])
    weekly_mean = (5 * both[0].mean() + 2 * both[1].mean()) / 7
    return np.asarray(both / weekly_mean, dtype=np.float64)


_SHAPE: Final = _shape()


def standard_load(cells: Cells) -> Floats:
    """Load at quarter-hours of the local clock, as a multiple of the mean load of a year."""
    return _SHAPE[is_weekend(cells).astype(np.intp), cells % DAY_CELLS]


@dataclass(frozen=True, slots=True)
class StandardLoad:
    """The standard household as a `slot_mean.Reference`: any load is possible."""

    def by_cell_kw(self, cells: Cells) -> Floats:
        """`standard_load`: a household with a mean of 1 kW."""
        return standard_load(cells)

    def highest_kw(self, shape_kw: Floats) -> Floats:
        """No limit."""
        return np.full_like(shape_kw, np.inf)
