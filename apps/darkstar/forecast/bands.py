"""Value types of forecasting: bands per slot, whole forecasts, scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ..home.observation import Observation
from ..home.slots import Slot
from ..home.weather import WeatherHour


@dataclass(frozen=True, slots=True)
class Band:
    """Energy of a slot in kWh that is undercut with 10, 50 and 90 % probability; never crossing.

    `mean` is what a plan counts on: it keeps the energy of a day right where load comes in spikes, and lies
    above the median then. None: the median stands for it.
    """

    p10: float
    p50: float
    p90: float
    mean: float | None = None

    def __post_init__(self) -> None:
        """Reject crossing quantiles and negative energy."""
        if not 0 <= self.p10 <= self.p50 <= self.p90:
            msg = f"band {self.p10:g} / {self.p50:g} / {self.p90:g} kWh: quantiles cross or are negative"
            raise ValueError(msg)
        if self.mean is not None and not self.mean >= 0:
            msg = f"expected energy of {self.mean:g} kWh: it cannot be negative"
            raise ValueError(msg)

    @property
    def expected(self) -> float:
        """Expected energy in kWh."""
        return self.p50 if self.mean is None else self.mean


@dataclass(frozen=True, slots=True)
class ForecastSlot:
    """Expected load and PV of one slot."""

    start: datetime
    hours: float
    load_kwh: Band
    pv_kwh: Band


@dataclass(frozen=True, slots=True)
class Forecast:
    """Load and PV over the horizon, with who made it, when, and from how much.

    `assumed` names the parts that rest on a standard profile instead of this home's history; the
    page says so.
    """

    issued_at: datetime
    load_model: str
    pv_model: str
    slots: tuple[ForecastSlot, ...]
    assumed: tuple[str, ...] = ()


Scenarios = tuple[tuple[float, ...], ...]
"""Possible net loads (load - PV, kWh per slot of the horizon), one inner tuple per scenario."""


@dataclass(frozen=True, slots=True, order=True)
class PvInterval:
    """PV energy that another service forecasts for `[start, end)`."""

    start: datetime
    end: datetime
    kwh: float
    p10_kwh: float | None = None
    p90_kwh: float | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What a forecaster may know besides history; empty when there is none.

    `pv_intervals` is the owner's own PV forecast, `weather` the newest forecast of the hours to come, and
    `past_weather` of each past hour a forecast that was issued before it began; `past_pv` is what the owner's own
    PV forecast told of past slots before they began.
    """

    pv_intervals: tuple[PvInterval, ...] = ()
    weather: tuple[WeatherHour, ...] = ()
    past_weather: tuple[WeatherHour, ...] = ()
    past_pv: tuple[PvInterval, ...] = ()


class Forecaster(Protocol):
    """Learns from the past, predicts a horizon. Sees only what was measured before the issue time."""

    def fit(self, history: Sequence[Observation]) -> None:
        """Learn from observations, oldest first."""

    def predict(self, horizon: Sequence[Slot], issued_at: datetime, context: Context) -> Forecast:
        """Forecast each slot of the horizon; rows that end after `issued_at` are not used."""
