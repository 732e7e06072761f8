"""App Status: sensors that come back, a page that is fed, wrong settings that show."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from darkstar.app import EVENT_PROBLEM
from darkstar.control.decision import OverrideKind
from darkstar.control.dispatch.budget import WriteCounts
from darkstar.control.dispatch.dispatcher import REMEMBERED, Remembered
from darkstar.home.problem import Problem, Severity
from darkstar.home.slots import local_date
from darkstar.overrides import Overrides
from darkstar.pages.routes import PAGES
from darkstar.planner import Planner
from darkstar.status import FRESH_S, REFRESH_S, Status
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
    assert app.snapshot().plan is not None


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


def test_every_page_has_its_routes(world: Driver) -> None:
    world.start(Status, _home())
    pages = {f"darkstar_{name}{kind}" for name in PAGES for kind in ("", "_data")}
    assert set(world.routes) == pages | {"darkstar_plotly"}
    assert set(world.endpoints) >= {"darkstar_action"}


def test_wrong_settings_are_said_on_the_pages(world: Driver) -> None:
    app = world.start(Status, {**_home(), "batery": 3})
    assert set(world.routes) >= {"darkstar_status", "darkstar_status_data"}
    assert not app.is_open
    assert "batery" in app.notices[0]


def test_the_snapshot_of_the_pages_is_a_few_seconds_old_at_most(world: Driver) -> None:
    app = world.start(Status, _home())
    world.advance(5)
    first = app.snapshot()
    world.set("sensor.soc", "61")
    world.now += timedelta(seconds=1)
    assert app.snapshot() is first
    world.now += timedelta(seconds=FRESH_S)
    assert app.snapshot().readings.soc_percent.value == 61


def test_an_order_of_the_page_shows_at_once(world: Driver) -> None:
    app = world.start(Status, _home())
    world.start(Overrides, _home())
    world.advance(5)
    assert app.order({"kind": "pause", "minutes": 30})["ok"] is True
    assert app.snapshot().overrides.battery.kind is OverrideKind.PAUSE
    assert "kind must be one of" in app.order({"kind": "dance"})["reason"]


def test_a_lost_home_assistant_is_said_until_it_is_back(world: Driver) -> None:
    app = world.start(Status, _home())
    world.fire("plugin_stopped", "default")
    assert "Home Assistant does not answer since 12:00" in app.notices[0]
    world.fire("plugin_started", "default")
    assert app.notices == ()


def test_writes_of_today_and_the_next_slot_are_published(world: Driver) -> None:
    app = world.start(Status, _home())
    counts = WriteCounts(local_date(world.now, app.home.zone), {"switch.grid_charging": 7})
    Memory(app.database).put(REMEMBERED, Remembered(counts), world.now)
    world.advance(5)
    assert float(_state(world, "write_budget")) == 193
    assert world.states["sensor.darkstar_heartbeat"]["attributes"]["next_slot"]
    world.advance(86400)
    assert float(_state(world, "write_budget")) == 200
