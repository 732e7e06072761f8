"""Forecasts and prices for requests."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from darkstar.forecast.bands import Band, Forecast, ForecastSlot
from darkstar.home.operation import PlannerSettings
from darkstar.home.prices import Price, PriceCurve
from darkstar.home.weather import WeatherHour
from darkstar.strategy.horizon import horizon_slots

NOW = datetime(2026, 1, 15, 11, 5, tzinfo=UTC)


def forecast(load_kw: float = 0.8, pv_kw: float = 0.4, now: datetime = NOW, **settings: float) -> Forecast:
    """The same load and PV all along the horizon."""
    slots = tuple(
        ForecastSlot(slot.start, slot.hours, _band(load_kw * slot.hours), _band(pv_kw * slot.hours))
        for slot in horizon_slots(now, PlannerSettings.model_validate(settings))
    )
    return Forecast(now, "sample", "sample", slots)


def _band(kwh: float) -> Band:
    return Band(kwh / 2, kwh, kwh * 2)


def prices(*imports: float, now: datetime = NOW, known_hours: int = 13) -> PriceCurve:
    """Hourly prices from the running hour on that repeat over 49 hours; export at a third."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    return PriceCurve(
        tuple(
            Price(
                hour + timedelta(hours=n),
                hour + timedelta(hours=n + 1),
                imports[n % len(imports)],
                imports[n % len(imports)] / 3,
                known=n < known_hours,
            )
            for n in range(49)
        )
    )


def hours(clouds: Sequence[float | None], celsius: Sequence[float | None]) -> tuple[WeatherHour, ...]:
    """Hour after hour of weather from `NOW` on."""
    return tuple(
        WeatherHour(NOW + timedelta(hours=n), cloud, warm)
        for n, (cloud, warm) in enumerate(zip(clouds, celsius, strict=True))
    )
