"""The forecaster that always serves: same-slot means of load and PV."""

from __future__ import annotations

from ..home.settings import HomeSettings
from .home_forecaster import HomeForecaster


class SameSlotMean(HomeForecaster):
    """Forecasts with the same-slot means as they are."""

    def __init__(self, home: HomeSettings) -> None:
        super().__init__(home, lambda _, material: material.mean)
