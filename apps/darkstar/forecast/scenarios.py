"""Possible net loads: the forecast as it is, off by as much as each recent one was."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..home.slots import Slot
from .bands import Forecast, Scenarios
from .day_grid import Floats, Pieces
from .home_forecaster import HomeForecaster

_NEWEST_DAY = 2
"""A forecast of 48 hours must be two days old to be all over."""
_USABLE_SHARE = 0.75
"""A day of which less is measured is left out; what is missing of the others counts as no error."""

_FEW_DAYS = 14


def net_load_scenarios(forecast: Forecast, forecaster: HomeForecaster, count: int) -> Scenarios:
    """Net loads in kWh per slot: `forecast` plus the error path of each forecast of the last days.

    Those are the forecaster's own, re-made as they would have been issued at this time of day 2, 3, ...
    `count + 1` days ago, from what was known then, against what came. Load stays above zero, PV
    between zero and a clear sky's.

    While there are only a few of them, low and high load and PV of the forecast's bands are added: a young
    home does not know yet how wrong it can be. With `count` 0 the forecast itself is the only scenario.
    """
    net = _by_past_errors(forecast, forecaster, count)
    if not forecast.slots or len(net) >= min(max(count, 1), _FEW_DAYS):
        return _paths(net)
    return _paths(np.concatenate([net, _by_bands(forecast)]))


def hedged_scenarios(forecast: Forecast, forecaster: HomeForecaster, count: int) -> Scenarios:
    """The same, always with the bands: where a single bad hour costs much, as under a power tariff.

    Measured on the Swedish home with a power tariff: 1 % off the bill from July to November, 12 % in a run that
    begins in August and so has little history.
    """
    net = _by_past_errors(forecast, forecaster, count)
    return _paths(np.concatenate([net, _by_bands(forecast)]) if count and forecast.slots else net)


def _by_past_errors(forecast: Forecast, forecaster: HomeForecaster, count: int) -> Floats:
    """One row per past day that was measured; the forecast itself where no errors are wanted."""
    load_kwh = np.array([slot.load_kwh.expected for slot in forecast.slots])
    pv_kwh = np.array([slot.pv_kwh.expected for slot in forecast.slots])
    days = range(_NEWEST_DAY, _NEWEST_DAY + count)
    if not days or not forecast.slots:
        return np.asarray((load_kwh - pv_kwh)[None, :])
    pieces = Pieces.of([Slot(slot.start, slot.hours) for slot in forecast.slots])
    load_error, pv_error = forecaster.residuals_kwh(forecast, days, pieces)
    usable = _usable(load_error) & (_usable(pv_error) | ~np.isfinite(pv_error).any())
    load = np.maximum(load_kwh + np.nan_to_num(load_error[usable]), 0.0)
    pv = pv_kwh + np.nan_to_num(pv_error[usable])
    ceiling = np.maximum(forecaster.pv_ceiling_kwh(pieces), pv_kwh)
    return np.asarray(load - np.clip(pv, 0.0, ceiling))


def _by_bands(forecast: Forecast) -> Floats:
    """Nine net loads: low, expected and high load with low, expected and high PV all the time."""
    load = np.array([(slot.load_kwh.p10, slot.load_kwh.expected, slot.load_kwh.p90) for slot in forecast.slots]).T
    pv = np.array([(slot.pv_kwh.p10, slot.pv_kwh.expected, slot.pv_kwh.p90) for slot in forecast.slots]).T
    return np.asarray((load[:, None] - pv[None, :]).reshape(-1, len(forecast.slots)))


def _usable(error: Floats) -> npt.NDArray[np.bool_]:
    return np.asarray(np.isfinite(error).mean(axis=1) >= _USABLE_SHARE)


def _paths(net: Floats) -> Scenarios:
    return tuple(tuple(path) for path in net.tolist())
