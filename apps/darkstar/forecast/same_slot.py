"""The forecaster that always serves: same-slot means of load and PV."""

from __future__ import annotations

from ..home.settings import HomeSettings
from .home_forecaster import HomeForecaster
from .slot_mean import SlotMean


class SameSlotMean(HomeForecaster):
    """Forecasts with the same-slot means as they are."""

    def __init__(self, home: HomeSettings) -> None:
        super().__init__(home, _as_it_is)


def _as_it_is(mean: SlotMean) -> SlotMean:
    return mean
