"""App Notifier: told once, also over restarts."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from darkstar.app import EVENT_EXECUTION, EVENT_OVERRIDE, EVENT_PROBLEM
from darkstar.control.decision import (
    BatteryMode,
    BatterySettingsNow,
    Decision,
    Execution,
    Override,
    OverrideKind,
    Source,
)
from darkstar.home.problem import Problem, Severity
from darkstar.notifier import Notifier
from darkstar.storage.executions import Executions
from darkstar.storage.overrides import Overrides
from tests.driver import Driver
from tests.homes import home


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Driver:
    driver = Driver(tmp_path)
    driver.install(monkeypatch)
    return driver


def _start(world: Driver) -> Any:
    return world.start(
        Notifier, home(notifications={"services": ["notify.phone"]}).model_dump(mode="json", exclude_unset=True)
    )


def _titles(world: Driver) -> list[str]:
    return [data["title"] for service, data in world.calls if service == "notify/phone"]


def _tick(app: Any, world: Driver, mode: BatteryMode) -> None:
    battery = BatterySettingsNow(mode, 5, 5, 80, Source.PLAN, "because")
    decision = Decision(world.now, battery, None, "sentence")
    Executions(app.database).save(Execution(world.now, None, decision, (), 50, None, None, None, shadow=False))
    world.advance(1)
    world.fire(EVENT_EXECUTION, "darkstar")


def test_only_edges_are_told(world: Driver) -> None:
    app = _start(world)
    for mode in (BatteryMode.SELF_USE, BatteryMode.GRID_CHARGE, BatteryMode.GRID_CHARGE, BatteryMode.SELF_USE):
        _tick(app, world, mode)
    assert _titles(world) == ["Grid charging started"]


def test_a_restart_repeats_nothing(world: Driver) -> None:
    app = _start(world)
    _tick(app, world, BatteryMode.SELF_USE)
    _tick(app, world, BatteryMode.GRID_CHARGE)
    world.stop(app)
    app = _start(world)
    _tick(app, world, BatteryMode.GRID_CHARGE)
    assert _titles(world) == ["Grid charging started"]


def test_a_problem_is_told_once_and_its_end_too_even_over_a_restart(world: Driver) -> None:
    app = _start(world)
    problem = Problem("soc_unreadable", Severity.CRITICAL, world.now, "No SoC.", "Mend it.")
    app.problems.sync("executor", [problem])
    world.fire(EVENT_PROBLEM, "darkstar")
    world.fire(EVENT_PROBLEM, "darkstar")
    world.stop(app)
    app = _start(world)
    world.fire(EVENT_PROBLEM, "darkstar")
    app.problems.sync("executor", [])
    world.fire(EVENT_PROBLEM, "darkstar")
    assert _titles(world) == ["Darkstar needs you", "Problem solved"]


def test_an_override_is_told_with_its_end(world: Driver) -> None:
    app = _start(world)
    override = Override(OverrideKind.FORCE_HEAT, world.now, world.now + timedelta(minutes=15))
    Overrides(app.database).replace(override)
    world.fire(EVENT_OVERRIDE, "darkstar")
    world.advance(16 * 60)
    world.fire(EVENT_OVERRIDE, "darkstar")
    assert _titles(world) == ["Force heat", "Force heat ended"]


def test_a_notice_that_cannot_be_delivered_is_logged_and_comes_later(world: Driver) -> None:
    app = _start(world)
    world.connected = False
    app.problems.report(Problem("x", Severity.CRITICAL, world.now, "m", "r"))
    world.fire(EVENT_PROBLEM, "darkstar")
    assert any("not delivered" in line for line in world.log)
    world.connected = True
    _tick(app, world, BatteryMode.SELF_USE)
    _tick(app, world, BatteryMode.SELF_USE)
    assert _titles(world) == ["Darkstar needs you"]


def test_what_quiet_hours_held_back_comes_afterwards(world: Driver) -> None:
    quiet = {"services": ["notify.phone"], "quiet_start": "11:30", "quiet_end": "12:30"}
    app = world.start(Notifier, home(notifications=quiet).model_dump(mode="json", exclude_unset=True))
    app.problems.report(Problem("x", Severity.WARNING, world.now, "m", "r"))
    world.fire(EVENT_PROBLEM, "darkstar")
    assert _titles(world) == []
    world.advance(3600)
    _tick(app, world, BatteryMode.SELF_USE)
    assert _titles(world) == ["Darkstar needs you"]
