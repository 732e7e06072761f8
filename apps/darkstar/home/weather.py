"""The weather of an hour, as it was forecast."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, order=True)
class WeatherHour:
    """The weather forecast of the hour from `start`; None where the service does not say.

    `shortwave_w_m2` is the mean global radiation on level ground.
    """

    start: datetime
    cloud_percent: float | None = None
    temperature_celsius: float | None = None
    shortwave_w_m2: float | None = None
    wind_m_s: float | None = None
    snow_depth_m: float | None = None
