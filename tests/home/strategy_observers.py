"""What the strategy asks of a plan with given settings, and what it reads of the days ahead."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from darkstar.home.day_context import DayContext
from darkstar.home.ports import CallResult
from darkstar.home.settings import HomeSettings
from darkstar.home.weather import WeatherHour
from darkstar.inputs.day_context import read_context
from darkstar.inputs.weather import read_weather
from darkstar.optimizer.request import PlanRequest
from darkstar.strategy.request import build_request
from tests.inputs.fake_home_assistant import NOON, entity, having
from tests.strategy.samples import NOW, forecast, prices

FROST = tuple(WeatherHour(NOW + timedelta(hours=hour), 50.0, -2.0 + hour % 3) for hour in range(48))


def reserve(home: HomeSettings) -> object:
    """Caution and goals on a day without sun and on a sunny one, in mild and in cold weather."""
    asked = [
        _asked(home, pv_kw, context) for pv_kw in (0.0, 0.6) for context in (DayContext(), DayContext(weather=FROST))
    ]
    return [(round(each.caution, 6), each.batteries[0].goals) for each in asked]


def _asked(home: HomeSettings, pv_kw: float, context: DayContext) -> PlanRequest:
    expected = forecast(1.0, pv_kw)
    curve = prices(0.2, 0.25, 0.3)
    return build_request(home, NOW, 50.0, expected, curve, None, heating_now=False, vacation=False, context=context)


def days_ahead(home: HomeSettings) -> object:
    """What the owner's helpers say about the days ahead."""
    states = [
        entity("input_select.darkstar_risk_appetite", "2 Conservative"),
        entity("input_number.other", "4"),
        entity("input_select.darkstar_comfort_level", "2 Relaxed"),
        entity("input_text.darkstar_day_events", "guests; oven 17-19"),
        entity("input_text.other", "away"),
        entity("group.family", "home"),
        entity("group.other", "not_home"),
    ]
    ha = having(*states)
    ha.answers["weather/get_forecasts"] = _cloudy
    return read_context(ha, home, NOON, read_weather(ha, home.entities.weather))


def _cloudy(asked: Mapping[str, object]) -> CallResult:
    row = {"datetime": "2026-01-15T12:00:00+00:00", "cloud_coverage": 80, "temperature": 2.5}
    return CallResult(ok=True, response={"weather.home": {"forecast": [row]}}, error=str(asked))
