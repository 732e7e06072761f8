"""What training has found: the champion of each quantity, as it was fitted, and how it serves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from .. import __version__
from ..home.settings import HomeSettings
from .calibration import BandTable
from .candidates import Material
from .day_grid import DAY_CELLS, Cells, Floats, cell_at
from .pv_service import ServicePvModel
from .quantity import QuantityModel
from .slot_mean import Issues
from .training import Quantity
from .walk_forward import Fits

FRESH_DAYS = 14
"""A model that was not fitted for so long is left alone."""
REACH_CELLS = 7 * DAY_CELLS
"""No forecast is made further ahead."""


@dataclass(frozen=True, slots=True)
class Champion:
    """A model that serves: as fitted in each of the last weeks and now, its bands, and which models were compared."""

    fits: Fits
    bands: BandTable | None
    compared: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TrainedModels:
    """The champions of a training. Picklable; `versions` and `basis` say what they may be used with."""

    made_at: datetime
    versions: Mapping[str, str]
    basis: str
    champions: Mapping[Quantity, Champion]

    def suit(self, home: HomeSettings) -> bool:
        """Whether they were made by this version of Darkstar and its libraries, for such a home."""
        return dict(self.versions) == versions() and self.basis == basis_of(home)


def versions() -> dict[str, str]:
    """Versions of what fitted models depend on; empty where a library is missing."""
    return {"darkstar": __version__, **{name: _version_of(name) for name in ("numpy", "scikit-learn")}}


def basis_of(home: HomeSettings) -> str:
    """The settings that features rest on: with others a fitted model means something else."""
    arrays = ", ".join(array.model_dump_json() for array in home.pv_arrays)
    settings = home.load_forecast
    return f"{home.zone} {home.latitude} {home.longitude} {settings.history_days} {settings.model} [{arrays}]"


def _version_of(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


class ChampionModel:
    """A champion at work; `simple` serves where it cannot. A `quantity.QuantityModel`."""

    def __init__(self, material: Material, champion: Champion, simple: QuantityModel) -> None:
        self._material = material
        self._champion = champion
        self._simple = simple

    def model(self, issued_at: datetime) -> str:
        """What a forecast issued then is made with."""
        return self._champion.fits.name if self._serves(issued_at) else self._simple.model(issued_at)

    def judges_service(self, issued_at: datetime) -> bool:
        """Whether the owner's own PV forecast was compared with it: then what it expects stands."""
        return self._serves(issued_at) and ServicePvModel.name in self._champion.compared

    def measured_share(self, issued_at: datetime) -> float:
        """Share of the quarter-hours of a day that this home has history of."""
        return self._simple.measured_share(issued_at)

    def expected_kw(self, issued_at: datetime, cells: Cells) -> Floats:
        """Expected power in cells at or after `issued_at`."""
        if not self._serves(issued_at):
            return self._simple.expected_kw(issued_at, cells)
        issue = Issues.days_before(issued_at, self._material.mean.grid.zone, [0])
        return np.asarray(self._issued_kw(issue, cells - issue.cells[0])[0], dtype=np.float64)

    def ceiling_kw(self, cells: Cells) -> Floats:
        """Most power that is possible in cells."""
        return self._material.mean.ceiling_kw(cells)

    def samples_kw(self, issued_at: datetime, cells: Cells) -> Floats:
        """Power on each past day (rows) at the time of each cell; NaN where unknown."""
        return self._material.mean.samples_kw(issued_at, cells)

    def bands_kw(self, issued_at: datetime, cells: Cells) -> Floats | None:
        """Rows p10, p50, p90 of the power in cells at or after `issued_at`; None: `samples_kw` must do."""
        table = self._champion.bands
        if table is None or not self._serves(issued_at):
            return None
        offsets = cells - cell_at(issued_at, self._material.mean.grid.zone)
        return table.bands_kw(cells, offsets, self.expected_kw(issued_at, cells), self.ceiling_kw(cells))

    def residuals_kw(self, issued_at: datetime, days: Sequence[int], cells: Cells) -> Floats:
        """Measured less expected power of the forecasts issued `days` days ago (rows); NaN where unknown.

        Each is made by the fit of its own week; those before the first fit are the simple model's.
        """
        if not self._serves(issued_at):
            return self._simple.residuals_kw(issued_at, days, cells)
        mean = self._material.mean
        issues = Issues.days_before(issued_at, mean.grid.zone, days)
        offsets = cells - cell_at(issued_at, mean.grid.zone)
        errors = mean.measured_kw(issues, offsets, issued_at.timestamp()) - self._issued_kw(issues, offsets)
        older = issues.cells < self._champion.fits.since[0]
        if older.any():
            errors[older] = self._simple.residuals_kw(issued_at, np.array(days)[older].tolist(), cells)
        return errors

    def _serves(self, issued_at: datetime) -> bool:
        since = self._champion.fits.since
        cell = cell_at(issued_at, self._material.mean.grid.zone)
        return bool(since) and since[0] <= cell < since[-1] + FRESH_DAYS * DAY_CELLS

    def _issued_kw(self, issues: Issues, offsets: Cells) -> Floats:
        """What the fits expect; further ahead than they look, what is expected of the same slot a week before."""
        unique, back = np.unique(np.where(offsets < REACH_CELLS, offsets, offsets % REACH_CELLS), return_inverse=True)
        return self._champion.fits.issued_kw(self._material, issues, unique)[:, back]
