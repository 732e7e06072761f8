"""The forecaster that the owner chose."""

from __future__ import annotations

from datetime import timedelta

from ..home.settings import HomeSettings
from .home_forecaster import HomeForecaster
from .ridge import RidgeForecaster, reach_days
from .same_slot import SameSlotMean

_MORE_DAYS = 4
"""A scenario reaches over the horizon, and the first day of history may be cut."""


def forecaster(home: HomeSettings) -> HomeForecaster:
    """A forecaster by `load_forecast.model`; it knows nothing before `fit`."""
    chosen = {"ridge": RidgeForecaster, "same_slot": SameSlotMean}[home.load_forecast.model]
    return chosen(home)


def reach(home: HomeSettings) -> timedelta:
    """How far back a forecast looks, with that of each day whose error is a scenario."""
    settings, scenario_days = home.load_forecast, home.planner.scenario_days
    if settings.model == "ridge":
        return timedelta(days=reach_days(settings.history_days, scenario_days) + _MORE_DAYS)
    return timedelta(days=settings.history_days + scenario_days + _MORE_DAYS)
