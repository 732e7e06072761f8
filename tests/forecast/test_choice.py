"""The forecaster that the owner chose, and how far it looks back."""

from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest

from darkstar.forecast.bands import Context
from darkstar.forecast.choice import PLAIN, UNTRAINED, forecaster, reach
from darkstar.forecast.scenarios import net_load_scenarios
from darkstar.forecast.training import Quantity
from darkstar.home.operation import PlannerSettings
from darkstar.home.slots import slots_between
from darkstar.home.sources import LoadForecastSettings
from tests.forecast.samples import days, drifting, flat, history, sunny
from tests.homes import home

NOW = datetime(2026, 5, 20, 9, 40, tzinfo=UTC)
ROWS = history(NOW.replace(minute=0) - days(260), NOW, drifting(1, flat(0.8)), drifting(2, sunny), 60)


@pytest.mark.parametrize(
    ("model", "made_with"), [("auto", UNTRAINED), ("ridge", UNTRAINED), ("trees", UNTRAINED), ("same_slot", PLAIN)]
)
def test_without_training_the_setting_chooses_between_the_simple_ones(
    model: Literal["auto", "ridge", "trees", "same_slot"], made_with: dict[Quantity, str]
) -> None:
    chosen = forecaster(home(load_forecast=LoadForecastSettings(model=model)))
    chosen.fit(ROWS)
    forecast = chosen.predict(slots_between(NOW, NOW + days(1), 60), NOW, Context())
    assert (forecast.load_model, forecast.pv_model) == (made_with[Quantity.LOAD], made_with[Quantity.PV])


@pytest.mark.parametrize("settings", [LoadForecastSettings(), LoadForecastSettings(model="same_slot", history_days=30)])
@pytest.mark.parametrize("scenario_days", [3, 28])
@pytest.mark.parametrize("age", range(7))
def test_what_lies_before_the_reach_changes_nothing(
    settings: LoadForecastSettings, scenario_days: int, age: int
) -> None:
    place = home(load_forecast=settings, planner=PlannerSettings(scenario_days=scenario_days))
    now = NOW - days(age)
    horizon = slots_between(now, now + days(2), 60)
    seen = []
    for back in (reach(place), timedelta(days=260)):
        model = forecaster(place)
        model.fit([row for row in ROWS if now - back <= row.start < now])
        forecast = model.predict(horizon, now, Context())
        seen.append((forecast, net_load_scenarios(forecast, model, scenario_days)))
    assert seen[0] == seen[1]
    if settings.model == "auto":
        assert seen[0][0].load_model.startswith("ridge")
