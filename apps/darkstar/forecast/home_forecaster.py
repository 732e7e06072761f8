"""The forecast of a home: load and PV by a model each, or a service's PV forecast."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from ..home.observation import Observation
from ..home.settings import HomeSettings
from ..home.slots import Slot
from .bands import Band, Context, Forecast, ForecastSlot
from .candidates import Material
from .day_grid import Floats, Pieces, cells_at
from .home_means import CLOUD_FACTOR, HomeMeans, materials
from .pv_shape import PvShape
from .quantity import QuantityModel
from .service_pv import ServicePv
from .spread import bands_kwh
from .training import Quantity

SERVICE_PV_ERROR = 0.8
"""Error of a day-ahead PV forecast from weather as share of the same-slot mean's: measured 0.79 and 0.90 on two
Norwegian roofs in winter, less is usual elsewhere."""

_LOAD_DAYS = (0.35, 1.9)
_PV_DAYS = (0.15, 1.8)
"""A low and a high day of an unknown home, as multiples of the mean."""


class HomeForecaster:
    """Implements `bands.Forecaster`; `refine` makes the model of a quantity out of what it may rest on.

    PV comes from the context's intervals where they cover a slot.
    """

    def __init__(self, home: HomeSettings, refine: Callable[[Quantity, Material], QuantityModel]) -> None:
        self._home = home
        self._refine = refine
        self._pv_shape = PvShape.of(home)
        self.fit(())

    def fit(self, history: Sequence[Observation]) -> None:
        """Take the observations in, oldest first; rows with repaired values are left out."""
        self._history = history
        self._means = HomeMeans.of(self._home, history)
        self._look(Context())

    def _look(self, context: Context) -> None:
        """Make the models, with what is known besides history."""
        known = materials(self._home, self._means, self._history, context)
        self._load, self._pv = (self._refine(quantity, known[quantity]) for quantity in (Quantity.LOAD, Quantity.PV))
        self._context = context

    def predict(self, horizon: Sequence[Slot], issued_at: datetime, context: Context) -> Forecast:
        """Forecast each slot of the horizon from rows that end at or before `issued_at`."""
        if context != self._context:
            self._look(context)
        pieces = Pieces.of(horizon)
        load_cells, pv_cells = cells_at(pieces.epoch_s, self._home.zone), cells_at(pieces.epoch_s, UTC)
        load = bands_kwh(self._load, issued_at, pieces, load_cells, _LOAD_DAYS)
        pv = bands_kwh(self._pv, issued_at, pieces, pv_cells, _PV_DAYS)
        told = () if self._pv.judges_service(issued_at) else context.pv_intervals
        service = ServicePv.of(told, horizon, self._pv_shape.clear_sky_kw)
        served = np.isfinite(service.p50)
        peak_kwh = np.array([slot.hours for slot in horizon]) * self._pv_shape.peak_kw
        pv = _served_bands(service, pv, np.where(self.pv_ceiling_kwh(pieces) > 0, peak_kwh, 0.0))
        return Forecast(
            issued_at=issued_at,
            load_model=self._load.model(issued_at),
            pv_model=self._pv_model(issued_at, served),
            slots=tuple(
                ForecastSlot(slot.start, slot.hours, Band(*load_kwh), Band(*pv_kwh))
                for slot, load_kwh, pv_kwh in zip(horizon, load.T.tolist(), pv.T.tolist(), strict=True)
            ),
            assumed=tuple(self._assumed(issued_at, served)),
        )

    def residuals_kwh(self, forecast: Forecast, days: Sequence[int], pieces: Pieces) -> tuple[Floats, Floats]:
        """Errors in kWh of load and PV of forecasts like this one, issued `days` days before (rows); NaN where unknown.

        PV of a forecast service has no issued past here: it gets the errors of the same-slot mean,
        narrowed by `SERVICE_PV_ERROR`.
        """
        issued_at = forecast.issued_at
        load_cells, pv_cells = cells_at(pieces.epoch_s, self._home.zone), cells_at(pieces.epoch_s, UTC)
        load = pieces.energy_kwh(self._load.residuals_kw(issued_at, days, load_cells))
        if forecast.pv_model == self._pv.model(issued_at):
            return load, pieces.energy_kwh(self._pv.residuals_kw(issued_at, days, pv_cells))
        own = pieces.energy_kwh(self._means.pv.residuals_kw(issued_at, days, pv_cells))
        return load, SERVICE_PV_ERROR * own

    def pv_ceiling_kwh(self, pieces: Pieces) -> Floats:
        """Most that the arrays yield per slot: zero at night; no limit by day where no arrays are set."""
        return pieces.energy_kwh(self._pv.ceiling_kw(cells_at(pieces.epoch_s, UTC)))

    def _pv_model(self, issued_at: datetime, served: npt.NDArray[np.bool_]) -> str:
        own = self._pv.model(issued_at)
        if not served.any():
            return own
        source = self._home.pv_forecast.source
        return source if served.all() else f"{source}, then {own}"

    def _assumed(self, issued_at: datetime, served: npt.NDArray[np.bool_]) -> Iterator[str]:
        yearly_kwh = self._home.load_forecast.yearly_consumption_kwh
        load_share = self._load.measured_share(issued_at)
        if load_share == 0:
            yield f"load: a standard household of {yearly_kwh:g} kWh a year, no usable history yet"
        elif load_share < 1:
            yield "load: a standard household's shape at the times of day that have no usable history yet"
        if self._home.pv_arrays and not served.all() and self._pv.measured_share(issued_at) == 0:
            yield f"PV: {CLOUD_FACTOR:.0%} of a cloudless sky, no usable history yet"


def _served_bands(service: ServicePv, own: Floats, ceiling: Floats) -> Floats:
    """The service's bands where it has any, this home's elsewhere; a spread that it leaves out is ours, narrowed.

    What a service expects is taken for its median too.
    """
    p50 = np.clip(service.p50, 0.0, ceiling)
    below, above = np.maximum(own[3] - own[0], 0.0), np.maximum(own[2] - own[3], 0.0)
    low = np.where(np.isfinite(service.p10), service.p10, p50 - SERVICE_PV_ERROR * below)
    high = np.where(np.isfinite(service.p90), service.p90, p50 + SERVICE_PV_ERROR * above)
    given = np.stack([np.clip(low, 0.0, p50), p50, np.clip(high, p50, ceiling), p50])
    return np.where(np.isfinite(p50), given, own)
