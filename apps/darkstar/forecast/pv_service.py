"""The owner's own PV forecast as a candidate: judged by what it told a day before, like any other model."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta

import numpy as np

from .candidates import Fitted, Material
from .day_grid import DAY_CELLS, Cells, DayGrid, Energies, Floats
from .slot_mean import Issues

SERVICE_MODEL = "forecast service"


class ServicePvModel:
    """What the service tells, as it is. A `candidates.Candidate`."""

    name = SERVICE_MODEL

    def fit(self, material: Material, by_cell: int) -> Fitted | None:
        """There is nothing to learn; None where the service told nothing of the day before."""
        told = _told(material)
        at = told.positions(np.arange(by_cell - DAY_CELLS, by_cell, dtype=np.int64))
        return ServicePvAsTold() if np.isfinite(told.power_kw[at]).any() else None


@dataclass(frozen=True, slots=True)
class ServicePvAsTold:
    """A `candidates.Fitted`: the service where it told something, else the same-slot mean."""

    def issued_kw(self, material: Material, issues: Issues, offsets: Cells) -> Floats:
        """Expected power of forecasts issued then (rows), in the cells `offsets` after each issue."""
        told, targets = _told(material), issues.cells[:, None] + offsets
        power = told.power_kw[told.positions(targets)]
        unknown = np.isnan(power)
        if unknown.any():
            power = np.where(unknown, material.mean.issued_kw(issues, offsets), power)
        return np.asarray(np.clip(power, 0.0, material.mean.ceiling_kw(targets)), dtype=np.float64)


def _told(material: Material) -> DayGrid:
    """Mean power that the service told, by quarter-hours of UTC."""
    hour = timedelta(hours=1)
    return DayGrid.of(
        Energies(
            np.array([each.start.timestamp() for each in material.service], dtype=np.float64),
            np.array([(each.end - each.start) / hour for each in material.service], dtype=np.float64),
            np.array([each.kwh for each in material.service], dtype=np.float64),
        ),
        UTC,
    )
