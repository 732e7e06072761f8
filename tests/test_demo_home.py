"""App DemoHome: the simulated house behind its entities, over restarts of both sides."""

from pathlib import Path
from typing import Any

import pytest

from darkstar.demo_home import HELPER, PRICE_SENSOR, PV_SENSORS, DemoHome
from tests.driver import Driver
from tests.homes import DEYE, home


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Driver:
    driver = Driver(tmp_path)
    driver.install(monkeypatch)
    names = ["soc", "pv_w", "load_w", "grid_w", "battery_w"]
    names += [f"{name}_kwh" for name in ("load", "pv", "grid_import", "grid_export")]
    names += [f"{name}_kwh" for name in ("battery_charge", "battery_discharge", "water_heater")]
    for name in names:
        driver.set(HELPER + name, "0")
    driver.set(f"{HELPER}load_kwh", "500")
    driver.set("select.work_mode", "Zero Export To CT")
    driver.set("switch.grid_charging", "off")
    for name in ("charge_current", "discharge_current"):
        driver.set(f"number.{name}", "110")
    driver.set("number.soc_target", "100")
    driver.set("number.water_heater", "40")
    return driver


def _start(world: Driver) -> Any:
    return world.start(
        DemoHome, home(demo={"step_seconds": 10}, inverter=DEYE).model_dump(mode="json", exclude_unset=True)
    )


def _number(world: Driver, name: str) -> float:
    return float(world.states[HELPER + name]["state"])


def test_prices_and_weather_are_there_within_two_seconds(world: Driver) -> None:
    _start(world)
    world.advance(2)
    assert len(world.states[PRICE_SENSOR]["attributes"]["raw_today"]) == 96
    for sensor in PV_SENSORS:
        assert world.states[sensor]["attributes"]["detailedForecast"]


def test_the_switch_charges_the_battery(world: Driver) -> None:
    _start(world)
    world.set("switch.grid_charging", "on")
    world.advance(60)
    assert _number(world, "battery_w") == pytest.approx(5000)
    assert _number(world, "soc") > 45


def test_the_counters_go_on_from_the_past_they_were_given_and_over_restarts(world: Driver) -> None:
    app = _start(world)
    world.advance(600)
    first = _number(world, "load_kwh")
    assert 500 < first < 501
    world.stop(app)
    app = _start(world)
    world.advance(600)
    assert first < _number(world, "load_kwh") < first + 1


def test_time_stands_still_while_home_assistant_is_away(world: Driver) -> None:
    _start(world)
    world.advance(60)
    before = _number(world, "load_kwh")
    del world.states[PRICE_SENSOR]
    world.fire("plugin_stopped", "default")
    world.advance(600)
    assert _number(world, "load_kwh") == before
    world.fire("plugin_started", "default")
    world.advance(20)
    assert _number(world, "load_kwh") > before
    assert PRICE_SENSOR in world.states
