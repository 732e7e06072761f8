"""The forecaster that always serves: same-slot means of load and PV, or a service's PV forecast."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from ..home.observation import Observation
from ..home.settings import HomeSettings
from ..home.slots import Slot
from .bands import Band, Context, Forecast, ForecastSlot
from .day_grid import DayGrid, Energy, Floats, Pieces, cells_at
from .pv_shape import PvShape
from .service_pv import ServicePv
from .slot_mean import SlotMean
from .spread import bands_kwh
from .standard_load import HOURS_PER_YEAR, standard_load

LOAD_MODEL = "same-slot mean"
PV_MODEL = "same-slot mean under a clear sky"

SERVICE_PV_ERROR = 0.8
"""Error of a day-ahead PV forecast from weather as share of the same-slot mean's: measured 0.79 and 0.90 on two
Norwegian roofs in winter, less is usual elsewhere."""

_USABLE_FLAGS = frozenset({"hourly", "derived"})
_OTHER_KIND_WEIGHT = 0.5
_CLOUD_FACTOR = 0.5
"""Yield of an unknown home's arrays as share of a cloudless sky's."""
_LOAD_DAYS = (0.35, 1.9)
_PV_DAYS = (0.15, 1.8)
"""A low and a high day of an unknown home, as multiples of the mean."""


class SameSlotMean:
    """Implements `bands.Forecaster`.

    `p50` carries the mean, which is what a plan needs: it keeps the energy of a day right where load
    comes in spikes. `p10` and `p90` are quantiles of the past days. PV comes from the context's
    intervals where they cover a slot. Load goes by the local clock, PV by the sun's (UTC).
    """

    def __init__(self, home: HomeSettings) -> None:
        self._home = home
        self._pv_shape = PvShape.of(home)
        self.fit(())

    def fit(self, history: Sequence[Observation]) -> None:
        """Lay the observations out by day; rows with repaired values are left out.

        Nothing is estimated here, so nothing can leak into a forecast issued before the last row.
        """
        usable = [row for row in history if _USABLE_FLAGS.issuperset(row.flags)]
        days, arrays = self._home.load_forecast.history_days, self._home.pv_arrays
        load = [Energy(row.start, row.hours, row.load_kwh) for row in usable if row.load_kwh is not None]
        pv = [Energy(row.start, row.hours, row.pv_kwh) for row in usable if row.pv_kwh is not None]
        mean_kw = self._home.load_forecast.yearly_consumption_kwh / HOURS_PER_YEAR
        self._load = SlotMean(
            grid=DayGrid.of(load, self._home.zone),
            reference=standard_load,
            highest_kw=_no_limit,
            default_level=mean_kw,
            days=days,
            other_kind_weight=_OTHER_KIND_WEIGHT,
        )
        self._pv = SlotMean(
            grid=DayGrid.of(pv, UTC),
            reference=self._pv_shape.by_cell_kw,
            highest_kw=self._pv_shape.highest_kw,
            default_level=_CLOUD_FACTOR if arrays else 0.0,
            days=days,
            other_kind_weight=1.0,
        )

    def predict(self, horizon: Sequence[Slot], issued_at: datetime, context: Context) -> Forecast:
        """Forecast each slot of the horizon from rows that end at or before `issued_at`."""
        pieces = Pieces.of(horizon)
        load = bands_kwh(self._load, issued_at, pieces, *_LOAD_DAYS)
        pv = bands_kwh(self._pv, issued_at, pieces, *_PV_DAYS)
        service = ServicePv.of(context.pv_intervals, horizon, self._pv_shape.clear_sky_kw)
        served = np.isfinite(service.p50)
        peak_kwh = np.array([slot.hours for slot in horizon]) * self._pv_shape.peak_kw
        pv = _served_bands(service, pv, np.where(self.pv_ceiling_kwh(pieces) > 0, peak_kwh, 0.0))
        return Forecast(
            issued_at=issued_at,
            load_model=LOAD_MODEL,
            pv_model=self._pv_model(served),
            slots=tuple(
                ForecastSlot(slot.start, slot.hours, Band(*load_kwh), Band(*pv_kwh))
                for slot, load_kwh, pv_kwh in zip(horizon, load.T.tolist(), pv.T.tolist(), strict=True)
            ),
            assumed=tuple(self._assumed(issued_at, served)),
        )

    def residuals_kwh(self, issued_at: datetime, days: Sequence[int], pieces: Pieces) -> tuple[Floats, Floats]:
        """Errors in kWh of the load and PV forecasts issued `days` days ago (rows), per slot; NaN where unknown."""
        load, pv = (
            pieces.energy_kwh(mean.residuals_kw(issued_at, days, cells_at(pieces.epoch_s, mean.grid.zone)))
            for mean in (self._load, self._pv)
        )
        return load, pv

    def pv_ceiling_kwh(self, pieces: Pieces) -> Floats:
        """Most that the arrays yield per slot: zero at night; no limit by day where no arrays are set."""
        return pieces.energy_kwh(self._pv.ceiling_kw(cells_at(pieces.epoch_s, UTC)))

    def _pv_model(self, served: npt.NDArray[np.bool_]) -> str:
        if not served.any():
            return PV_MODEL
        source = self._home.pv_forecast.source
        return source if served.all() else f"{source}, then {PV_MODEL}"

    def _assumed(self, issued_at: datetime, served: npt.NDArray[np.bool_]) -> Iterator[str]:
        yearly_kwh = self._home.load_forecast.yearly_consumption_kwh
        load_share = self._load.measured_share(issued_at)
        if load_share == 0:
            yield f"load: a standard household of {yearly_kwh:g} kWh a year, no usable history yet"
        elif load_share < 1:
            yield "load: a standard household's shape at the times of day that have no usable history yet"
        if self._home.pv_arrays and not served.all() and self._pv.measured_share(issued_at) == 0:
            yield f"PV: {_CLOUD_FACTOR:.0%} of a cloudless sky, no usable history yet"


def _no_limit(shape: Floats) -> Floats:
    return np.full_like(shape, np.inf)


def _served_bands(service: ServicePv, own: Floats, ceiling: Floats) -> Floats:
    """The service's bands where it has any, this home's elsewhere; a spread that it leaves out is ours, narrowed."""
    p50 = np.clip(service.p50, 0.0, ceiling)
    low = np.where(np.isfinite(service.p10), service.p10, p50 - SERVICE_PV_ERROR * (own[1] - own[0]))
    high = np.where(np.isfinite(service.p90), service.p90, p50 + SERVICE_PV_ERROR * (own[2] - own[1]))
    given = np.stack([np.clip(low, 0.0, p50), p50, np.clip(high, p50, ceiling)])
    return np.where(np.isfinite(p50), given, own)
