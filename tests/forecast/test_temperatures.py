"""Changes of temperature."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from darkstar.forecast.day_grid import Floats
from darkstar.forecast.temperatures import Temperatures
from darkstar.home.weather import WeatherHour

NOW = datetime(2026, 1, 20, 6, tzinfo=UTC)
ISSUED = np.array([NOW.timestamp()])
HOUR = timedelta(hours=1)
AHEAD = np.array([0, 40, 96 + 40])


def changes(celsius_of_day: dict[int, float]) -> list[Floats]:
    """Heat against yesterday, against the week, cooling against both; temperature by days from now."""
    hours = [
        WeatherHour(NOW + day * 24 * HOUR + hour * HOUR, temperature_celsius=celsius)
        for day, celsius in celsius_of_day.items()
        for hour in range(24)
    ]
    return [each[0] for each in Temperatures.of(hours).changes(ISSUED, AHEAD)]


def test_a_colder_day_is_to_be_heated() -> None:
    past = dict.fromkeys(range(-8, -1), 10.0)
    newest, week, cool, cool_week = changes({**past, -1: 4.0, 0: -2.0, 1: -5.0})
    assert newest.tolist() == [6.0, 6.0, 9.0]
    assert week[0] == pytest.approx(18 - (6 * 6.0 + 12.0) / 7)
    assert not cool.any()
    assert not cool_week.any()


def test_a_hot_day_is_to_be_cooled() -> None:
    newest, _, cool, _ = changes({-1: 20.0, 0: 30.0, 1: 30.0})
    assert not newest.any()
    assert cool.tolist() == [8.0, 8.0, 8.0]


def test_the_second_day_is_compared_with_the_last_one_that_is_over() -> None:
    newest, *_ = changes({-1: 10.0, 0: 0.0, 1: 0.0})
    assert newest.tolist() == [10.0, 10.0, 10.0]


def test_without_weather_nothing_changes() -> None:
    assert not np.any(changes({}))
    assert not np.any(changes({5: 1.0}))
