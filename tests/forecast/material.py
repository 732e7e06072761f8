"""Homes with a history and weather, for what learns from them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from darkstar.forecast.bands import Context, PvInterval
from darkstar.forecast.candidates import Material
from darkstar.forecast.home_means import HomeMeans, materials
from darkstar.forecast.training import Quantity
from darkstar.home.devices import PvArraySettings
from darkstar.home.observation import Observation
from darkstar.home.settings import HomeSettings
from darkstar.home.weather import WeatherHour
from tests.forecast.samples import Power, days, drifting, history, sunny
from tests.homes import home

NOW = datetime(2026, 5, 20, 9, 40, tzinfo=UTC)
START = NOW.replace(minute=0) - days(63)
HOME = home(pv_arrays=[PvArraySettings(kwp=6.0)])


def household(seed: int, spread: float = 0.4) -> Power:
    """More in the evening, still more on Saturdays, and a level that wanders from day to day."""

    def power(instant: datetime) -> float:
        day = instant.toordinal()
        level = 0.4 + 0.3 * Random(seed * 10**6 + day // 2).random()
        evening = 1.2 * (16 <= instant.hour < 20) + 0.8 * (instant.weekday() == 5 and 8 <= instant.hour < 12)
        return level + evening * Random(seed * 10**7 + day).uniform(1 - spread, 1 + spread)

    return power


def weather(start: datetime, end: datetime, seed: int = 3) -> tuple[WeatherHour, ...]:
    """Clouds, warmth and light that change from hour to hour."""
    hours = round((end - start) / timedelta(hours=1))
    draw = Random(seed)
    return tuple(
        WeatherHour(start + timedelta(hours=hour), draw.uniform(0, 100), draw.uniform(-5, 25), draw.uniform(0, 600))
        for hour in range(hours)
    )


ROWS = history(START, NOW + days(3), household(1), drifting(2, sunny), 60)
WEATHER = weather(START, NOW.replace(minute=0) + days(8))
SERVICE = tuple(PvInterval(hour.start, hour.start + timedelta(hours=1), 0.8 * sunny(hour.start)) for hour in WEATHER)


def material(
    quantity: Quantity, rows: Sequence[Observation] = ROWS, place: HomeSettings = HOME, context: Context | None = None
) -> Material:
    """What a forecast of the quantity may rest on."""
    known = Context(weather=WEATHER, past_pv=SERVICE) if context is None else context
    return materials(place, HomeMeans.of(place, rows), rows, known)[quantity]


def with_other_future(rows: Sequence[Observation], since: datetime, seed: int) -> list[Observation]:
    """The rows with everything shuffled and scaled that is not over at `since`."""
    past = [row for row in rows if row.end <= since]
    future = [row for row in rows if row.end > since]
    loads = [row.load_kwh for row in future]
    Random(seed).shuffle(loads)
    altered = [
        replace(row, load_kwh=3.0 * (load or 0.0), pv_kwh=7.0 * seed) for row, load in zip(future, loads, strict=True)
    ]
    return [*past, *altered]
