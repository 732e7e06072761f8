"""App Status: sensors that come back, a page that is fed, wrong settings that show."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from darkstar.app import EVENT_PROBLEM
from darkstar.control.dispatch.budget import WriteCounts
from darkstar.control.dispatch.dispatcher import REMEMBERED, Remembered
from darkstar.home.problem import Problem, Severity
from darkstar.home.slots import local_date
from darkstar.planner import Planner
from darkstar.status import REFRESH_S, Status
from darkstar.storage.memory import Memory
from tests.driver import Driver
from tests.homes import home


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Driver:
    driver = Driver(tmp_path)
    driver.install(monkeypatch)
    driver.set_readings()
    return driver


def _home() -> dict[str, Any]:
    return home().model_dump(mode="json", exclude_unset=True)


def _published(world: Driver) -> set[str]:
    return {entity for entity in world.states if entity.startswith("sensor.darkstar_")}


def _state(world: Driver, name: str) -> str:
    return str(world.states[f"sensor.darkstar_{name}"]["state"])


def test_the_sensors_are_there_before_the_first_plan(world: Driver) -> None:
    world.start(Status, _home())
    world.advance(5)
    assert {"sensor.darkstar_plan", "sensor.darkstar_status", "sensor.darkstar_problems"} <= _published(world)
    assert _state(world, "plan") == "unknown"
    assert _state(world, "battery_soc") == "50"


def test_a_plan_is_shown_at_once(world: Driver) -> None:
    app = world.start(Status, _home())
    world.start(Planner, _home())
    world.advance(5)
    assert _state(world, "plan") != "unknown"
    assert json.loads(app.chart_data)["prices"]


def test_the_sensors_come_back_after_a_restart_of_home_assistant(world: Driver) -> None:
    world.start(Status, _home())
    world.advance(5)
    before = _published(world)
    for entity in before:
        del world.states[entity]
    world.fire("plugin_started", "default")
    world.advance(4)
    assert _published(world) == before


def test_readings_and_problems_reach_the_page(world: Driver) -> None:
    app = world.start(Status, _home())
    world.advance(5)
    world.set("sensor.soc", "61")
    world.advance(REFRESH_S + 1)
    assert _state(world, "battery_soc") == "61"
    app.problems.report(Problem("x", Severity.CRITICAL, world.now, "Broken.", "Mend it."))
    world.fire(EVENT_PROBLEM, "darkstar")
    assert _state(world, "problems") == "1"
    assert "Mend it." in world.states["sensor.darkstar_problems"]["attributes"]["text"]


def test_wrong_settings_show_on_the_page(world: Driver) -> None:
    world.start(Status, {**_home(), "batery": 3})
    world.advance(5)
    assert "settings" in _state(world, "status")
    assert "batery" in world.states["sensor.darkstar_problems"]["attributes"]["text"]


def test_the_routes_serve_page_data_and_library(world: Driver) -> None:
    app = world.start(Status, _home())
    world.advance(5)
    assert set(world.routes) == {"darkstar_chart", "darkstar_chart_data", "darkstar_plotly"}
    page = asyncio.run(app.serve_page(None, {}))
    assert "darkstar_plotly" in page.text
    data = asyncio.run(app.serve_data(None, {}))
    assert json.loads(data.text)


def test_writes_of_today_and_the_next_slot_are_published(world: Driver) -> None:
    app = world.start(Status, _home())
    counts = WriteCounts(local_date(world.now, app.home.zone), {"switch.grid_charging": 7})
    Memory(app.database).put(REMEMBERED, Remembered(counts), world.now)
    world.advance(5)
    assert float(_state(world, "write_budget")) == 193
    assert world.states["sensor.darkstar_heartbeat"]["attributes"]["next_slot"]
    world.advance(86400)
    assert float(_state(world, "write_budget")) == 200
