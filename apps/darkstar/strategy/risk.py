"""Risk appetite in numbers: how cautiously load and PV are seen, and the reserve that a plan keeps.

Levels, weights and formulas are those of the reference (its chapters 3.1 to 3.4), with two differences.
Its uncertainty U is taken as one standard deviation, so that level 1 plans for p90 as its name says. Its
penalties are in SEK; here they count in usual prices of the home (`penalty_per_kwh`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev

from ..home.risk import RiskSettings
from ..home.weather import WeatherHour

P90_SIGMA = 1.2816
"""Standard deviations between p50 and p90."""
REFERENCE_PRICE = 1.65
"""SEK per kWh: median import price in SE4 in 2025 with the reference's fees. Its penalties are measured by it."""
_LOWEST_LOAD_SHARE = 0.5
_POINTS_PER_RISK = 40.0
_WEATHER_POINTS = 8.0
_SOC_RANGE = (5.0, 100.0)
_FACTOR_RANGE = (0.8, 1.5)
_TOMORROW, _DAY_AFTER = 0.7, 0.3
_VOLATILITY_WEIGHT = 0.4
_HIGHEST_PENALTY = 5.0
"""In price levels of the request: below what comfort counts there."""
_CLOUD_STD, _TEMPERATURE_STD = 20.0, 5.0


@dataclass(frozen=True, slots=True)
class RiskLevel:
    """A step of the risk appetite.

    `sigma` is how many standard deviations of net load are planned for, `buffer_points` the reserve above the
    battery's floor in percent of its capacity, `penalty_sek` what a kWh less than it counts in the reference.
    """

    name: str
    sigma: float
    multiplier: float
    buffer_points: float
    penalty_sek: float


LEVELS = {
    1: RiskLevel("safety", 1.28, 1.5, 35.0, 20.0),
    2: RiskLevel("conservative", 0.67, 1.2, 20.0, 14.0),
    3: RiskLevel("neutral", 0.0, 1.0, 10.0, 8.0),
    4: RiskLevel("aggressive", -0.25, 0.5, 3.0, 5.0),
    5: RiskLevel("gambler", -0.67, -0.5, -7.0, 2.0),
}


def load_factor(level: RiskLevel, load_kwh: float, uncertainty_kwh: float, max_factor: float) -> float:
    """What the load is multiplied by, from its uncertainty (one standard deviation); 1 where there is no load."""
    if load_kwh <= 0:
        return 1.0
    planned = max(_LOWEST_LOAD_SHARE * load_kwh, load_kwh + level.sigma * uncertainty_kwh)
    return min(max_factor, planned / load_kwh)


def dynamic_factor(settings: RiskSettings, deficits: Sequence[float], coldness: float) -> float:
    """What the load is multiplied by, from the lack of PV of the days ahead and the cold."""
    lacking = fmean(max(deficit, 0.0) for deficit in deficits) if deficits else 0.0
    factor = settings.base_factor + settings.pv_deficit_weight * lacking + settings.temperature_weight * coldness
    return min(max(factor, 0.0), settings.max_factor)


def caution_for(factor: float, load_kwh: float, band_kwh: float) -> float:
    """The caution that raises net load by `factor`; `band_kwh` lies between p50 and p90. Never beyond the bands."""
    if band_kwh <= 0:
        return 0.0
    return min(max((factor - 1) * load_kwh / band_kwh, -1.0), 1.0)


def coldness(settings: RiskSettings, mean_celsius: float | None) -> float:
    """0 from `mild_celsius` on, 1 at `cold_celsius` and below; 0 where the temperature is not known."""
    span = settings.mild_celsius - settings.cold_celsius
    if mean_celsius is None or span <= 0:
        return 0.0
    return min(max((settings.mild_celsius - mean_celsius) / span, 0.0), 1.0)


def raw_risk(settings: RiskSettings, tomorrow: float, day_after: float, coldness: float) -> float:
    """The risk that the reserve follows, 1 being none. The days' deficits are shares of their load, -1 to 1."""
    deficit = _TOMORROW * tomorrow + _DAY_AFTER * day_after
    return settings.base_factor + settings.pv_deficit_weight * deficit + settings.temperature_weight * coldness


def with_volatility(raw: float, volatility: float) -> float:
    """The risk in changeable weather (`volatility` 0 to 1): up to 40 % further from 1."""
    return 1 + (raw - 1) * (1 + _VOLATILITY_WEIGHT * volatility)


def risk_factor(level: RiskLevel, risk: float) -> float:
    """The risk as a level takes it, to be shown; the reserve follows the risk itself."""
    lowest, highest = _FACTOR_RANGE
    return min(max(1 + (risk - 1) * level.multiplier, lowest), highest)


def target_percent(level: RiskLevel, min_soc_percent: float, risk: float, points: float = 0.0) -> float:
    """The reserve as SoC. Risk and other `points` together move it by at most 8 points: the levels keep their order."""
    moved = min(max(_POINTS_PER_RISK * (risk - 1) + points, -_WEATHER_POINTS), _WEATHER_POINTS)
    lowest, highest = _SOC_RANGE
    return min(max(min_soc_percent + level.buffer_points + moved, lowest), highest)


def penalty_per_kwh(level: RiskLevel, usual_price: float, price_level: float) -> float:
    """What a kWh less than the reserve counts, in the home's money.

    The reference's penalty is so many times its usual import price; the home's counts as many times its own
    `usual_price` (the horizon's median). The highest, that of level 1, is at most five times `price_level`, and
    the others keep their proportion to it: wishes of comfort go before a reserve.
    """
    highest = LEVELS[1].penalty_sek
    most = min(highest / REFERENCE_PRICE * max(usual_price, 0.0), _HIGHEST_PENALTY * price_level)
    return level.penalty_sek / highest * most


def volatility(hours: Sequence[WeatherHour]) -> float:
    """How changeable the weather is, 0 to 1: the larger of what clouds and temperature say (spec 1.7)."""
    clouds = [hour.cloud_percent for hour in hours if hour.cloud_percent is not None]
    celsius = [hour.temperature_celsius for hour in hours if hour.temperature_celsius is not None]
    return max(_spread(clouds, _CLOUD_STD), _spread(celsius, _TEMPERATURE_STD))


def _spread(values: Sequence[float], full: float) -> float:
    return min(pstdev(values) / full, 1.0) if values else 0.0
