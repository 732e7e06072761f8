"""The weather forecast of Home Assistant, by hours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from ..home.finite import number
from ..home.ports import EntityState, HomeAssistant
from ..home.weather import WeatherHour
from .instants import local_instant
from .units import FAHRENHEIT, ZERO_FAHRENHEIT

_UTC = ZoneInfo("UTC")
_PER_M_S: Mapping[str, float] = {"m/s": 1.0, "km/h": 3.6, "mph": 2.23694, "kn": 1.94384, "ft/s": 3.28084}
_CLOUD_OF_CONDITION: Mapping[str, float] = {
    "sunny": 5.0,
    "clear-night": 5.0,
    "partlycloudy": 45.0,
    "cloudy": 90.0,
    **dict.fromkeys(("fog", "rainy", "pouring", "snowy", "snowy-rainy", "lightning-rainy"), 100.0),
}
"""What a service that gives only a picture means by it; windy, lightning and hail say nothing of clouds."""


@dataclass(frozen=True, slots=True)
class WeatherReading:
    """The hours that a service tells, oldest first; `error` says in words why there are none."""

    hours: tuple[WeatherHour, ...] = ()
    error: str = ""


def read_weather(ha: HomeAssistant, entity_id: str | None) -> WeatherReading:
    """Ask the weather entity for its hourly forecast; nothing is wrong where there is no entity."""
    if entity_id is None:
        return WeatherReading()
    answer = ha.call("weather/get_forecasts", entity_id=entity_id, type="hourly")
    rows = answered_rows(answer.response, entity_id, "forecast") if answer.ok else None
    if rows is None:
        reason = answer.error or "its answer has no forecast"
        return WeatherReading(error=f"the forecast of {entity_id} cannot be read: {reason}")
    return WeatherReading(tuple(sorted(_hours(rows, ha.state(entity_id)), key=lambda hour: hour.start)))


def answered_rows(response: object, entity_id: str, key: str) -> Sequence[Any] | None:
    """The list under `key` in what a service answered for an entity; None where there is none."""
    of_entity = response.get(entity_id) if isinstance(response, Mapping) else None
    rows = of_entity.get(key) if isinstance(of_entity, Mapping) else None
    return rows if isinstance(rows, Sequence) and not isinstance(rows, str) else None


def _hours(rows: Sequence[Any], state: EntityState | None) -> Iterator[WeatherHour]:
    units = {} if state is None else state.attributes
    for row in rows:
        start = local_instant(row.get("datetime"), _UTC) if isinstance(row, Mapping) else None
        if start is not None:
            yield WeatherHour(
                start,
                _cloud_percent(row),
                _celsius(number(row.get("temperature")), units.get("temperature_unit")),
                wind_m_s=_m_s(number(row.get("wind_speed")), units.get("wind_speed_unit")),
            )


def _cloud_percent(row: Mapping[str, object]) -> float | None:
    told = number(row.get("cloud_coverage"))
    return _CLOUD_OF_CONDITION.get(str(row.get("condition"))) if told is None else min(max(told, 0.0), 100.0)


def _celsius(told: float | None, unit: object) -> float | None:
    return told / 1.8 - ZERO_FAHRENHEIT if told is not None and unit == FAHRENHEIT else told


def _m_s(told: float | None, unit: object) -> float | None:
    """None where the entity does not say its unit."""
    per_m_s = _PER_M_S.get(str(unit))
    return None if told is None or per_m_s is None else told / per_m_s
