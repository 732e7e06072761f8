"""The hourly forecast of Home Assistant's weather entities."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from darkstar.home.ports import CallResult
from darkstar.home.weather import WeatherHour
from darkstar.inputs.weather import WeatherReading, read_weather
from tests.inputs.fake_home_assistant import NOON, FakeHomeAssistant, entity, having

HOUR = timedelta(hours=1)


def telling(*rows: object, **attributes: Any) -> FakeHomeAssistant:
    def answer(asked: Mapping[str, Any]) -> CallResult:
        assert asked == {"entity_id": "weather.home", "type": "hourly"}
        return CallResult(ok=True, response={"weather.home": {"forecast": list(rows)}})

    ha = having(entity("weather.home", "sunny", None, **attributes))
    ha.answers["weather/get_forecasts"] = answer
    return ha


def told(row: Mapping[str, Any], **attributes: Any) -> WeatherHour:
    row = {"datetime": "2026-01-15T12:00:00+00:00", **row}
    (hour,) = read_weather(telling(row, **attributes), "weather.home").hours
    return hour


def test_hours_come_in_order_and_without_what_is_unreadable() -> None:
    ha = telling(
        {"datetime": "2026-01-15T13:00:00+00:00", "cloud_coverage": 90, "temperature": "3.5"},
        {"datetime": "2026-01-15T12:00:00+00:00", "temperature": "nan"},
        {"datetime": None},
        7,
    )
    assert read_weather(ha, "weather.home") == WeatherReading(
        (WeatherHour(NOON + HOUR), WeatherHour(NOON + 2 * HOUR, 90.0, 3.5))
    )


@pytest.mark.parametrize(
    ("attributes", "celsius", "m_s"),
    [
        ({"temperature_unit": "°C", "wind_speed_unit": "m/s"}, 50.0, 36.0),
        ({"temperature_unit": "°F", "wind_speed_unit": "km/h"}, 10.0, 10.0),
        ({"wind_speed_unit": "mph"}, 50.0, pytest.approx(16.09, abs=0.01)),
        ({}, 50.0, None),
    ],
)
def test_units_are_the_entitys(attributes: dict[str, str], celsius: float, m_s: float | None) -> None:
    hour = told({"temperature": 50, "wind_speed": 36}, **attributes)
    assert hour.temperature_celsius == pytest.approx(celsius)
    assert hour.wind_m_s == m_s


@pytest.mark.parametrize(
    ("row", "percent"),
    [
        ({"condition": "sunny"}, 5.0),
        ({"condition": "pouring", "cloud_coverage": 80}, 80.0),
        ({"condition": "windy"}, None),
        ({"cloud_coverage": 130}, 100.0),
        ({}, None),
    ],
)
def test_a_picture_tells_the_clouds_where_no_number_does(row: dict[str, object], percent: float | None) -> None:
    assert told(row).cloud_percent == percent


def test_without_an_entity_nothing_is_asked() -> None:
    ha = telling()
    assert read_weather(ha, None) == WeatherReading()
    assert ha.calls == []


@pytest.mark.parametrize("response", [None, {}, {"weather.home": {"forecast": "text"}}])
def test_an_answer_without_forecast_is_said(response: Any) -> None:
    ha = having()
    ha.answers["weather/get_forecasts"] = lambda _: CallResult(ok=True, response=response)
    assert "its answer has no forecast" in read_weather(ha, "weather.home").error
    assert "is not registered" in read_weather(having(), "weather.home").error
