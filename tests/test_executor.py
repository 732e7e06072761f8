"""App Executor: plan and events in, commands out, and hands off when it must."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from darkstar.app import EVENT_BLOCKS, EVENT_OVERRIDE, EVENT_PLAN
from darkstar.control.decision import BatteryMode, Execution, Override, OverrideKind, Source, StepResult
from darkstar.executor import Executor
from darkstar.home.manual_block import BlockKind, ManualBlock
from darkstar.optimizer.request import BatteryRequest, PlanRequest, RequestSlot
from darkstar.optimizer.solve import plan
from darkstar.policy.commitments import commitments_of
from darkstar.policy.recursion import build
from darkstar.storage.executions import Executions
from darkstar.storage.manual_blocks import ManualBlocks
from darkstar.storage.overrides import Overrides
from darkstar.storage.plans import Plans, SavedPlan
from tests.driver import Driver
from tests.homes import home

FAST = {"shadow_mode": False, "read_back_seconds": 0}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Driver:
    driver = Driver(tmp_path)
    driver.install(monkeypatch)
    driver.set_readings()
    driver.set("input_boolean.darkstar_automation", "on")
    driver.set("input_boolean.darkstar_manual_override", "off")
    driver.set("select.work_mode", "Zero Export To CT", options=["Zero Export To CT", "Export First"])
    driver.set("switch.grid_charging", "off")
    for name, unit in (("charge_current", "A"), ("discharge_current", "A"), ("soc_target", "%")):
        driver.set(f"number.{name}", "100", min=0, max=190, step=1, unit_of_measurement=unit)
    driver.set("number.water_heater", "40", min=20, max=85, unit_of_measurement="°C")
    return driver


def _home(**executor: Any) -> dict[str, Any]:
    return home(executor={**FAST, **executor}).model_dump(mode="json", exclude_unset=True)


def _start(world: Driver, **executor: Any) -> Any:
    app = world.start(Executor, _home(**executor))
    world.advance(11)
    return app


def _save_plan(app: Any, world: Driver, first_price: float) -> None:
    """A plan over four hours whose first quarter costs `first_price` and the rest 1.0."""
    slots = tuple(
        RequestSlot(world.now + timedelta(minutes=15 * i), 0.25, 0.5, 0.0, first_price if i < 1 else 1.0, 0.0)
        for i in range(16)
    )
    battery = BatteryRequest(10, 5, 1, 10, 5, 5, 0.95, 0.95)
    request = PlanRequest(world.now, "EUR", slots, (battery,))
    solved = plan(request)
    Plans(app.database).save(SavedPlan(request, solved, build(request, commitments_of(request, solved), ())))
    world.fire(EVENT_PLAN, "darkstar")


def _latest(app: Any) -> Execution:
    latest = Executions(app.database).latest()
    assert latest is not None
    return latest


def _mode(app: Any) -> BatteryMode | None:
    battery = _latest(app).decision.battery
    return battery.mode if battery else None


def _problems(app: Any) -> list[str]:
    return [problem.problem_id for problem in app.problems.open()]


def test_a_cheap_hour_charges_from_the_grid_at_once(world: Driver) -> None:
    app = _start(world)
    assert _mode(app) is BatteryMode.SELF_USE
    _save_plan(app, world, first_price=0.05)
    assert world.states["switch.grid_charging"]["state"] == "on"
    assert _mode(app) is BatteryMode.GRID_CHARGE


def test_settings_that_stand_are_not_written_again(world: Driver) -> None:
    app = _start(world)
    _save_plan(app, world, first_price=0.05)
    written = len(world.calls)
    world.set("sensor.soc", "51")
    world.advance(300)
    assert len(world.calls) == written
    assert {step.result for step in _latest(app).steps} == {StepResult.UNCHANGED}


def test_shadow_mode_writes_nothing_and_says_what_it_would_have_written(world: Driver) -> None:
    app = _start(world, shadow_mode=True)
    _save_plan(app, world, first_price=0.05)
    assert world.calls == []
    assert StepResult.SHADOW in {step.result for step in _latest(app).steps}


SHADOW = "input_boolean.darkstar_shadow"


def test_the_shadow_toggle_ends_what_was_begun_and_then_only_watches(world: Driver) -> None:
    app = _start(world)
    _save_plan(app, world, first_price=0.05)
    assert world.states["switch.grid_charging"]["state"] == "on"
    world.set(SHADOW, "on")
    assert world.states["switch.grid_charging"]["state"] == "off"
    world.calls.clear()
    world.advance(660)
    watched = _latest(app)
    assert watched.shadow
    assert watched.decision.hands_off is None
    assert _mode(app) is BatteryMode.GRID_CHARGE
    assert StepResult.SHADOW in {step.result for step in watched.steps}
    assert world.calls == []
    world.set(SHADOW, "off")
    assert not _latest(app).shadow
    assert world.states["switch.grid_charging"]["state"] == "on"


@pytest.mark.parametrize("state", ["unavailable", "unknown"])
def test_a_shadow_toggle_that_cannot_be_read_leaves_it_as_it_was(world: Driver, state: str) -> None:
    world.set(SHADOW, "on")
    app = _start(world)
    world.set(SHADOW, state)
    _save_plan(app, world, first_price=0.05)
    assert _latest(app).shadow
    world.stop(app)
    app = _start(world)
    assert _latest(app).shadow
    assert world.states["switch.grid_charging"]["state"] == "off"


@pytest.mark.parametrize(
    ("toggle", "state"),
    [
        ("automation", "off"),
        ("automation", "unavailable"),
        ("manual_override", "on"),
        ("manual_override", "unavailable"),
    ],
)
def test_hands_off(world: Driver, toggle: str, state: str) -> None:
    world.set(f"input_boolean.darkstar_{toggle}", state)
    app = _start(world)
    _save_plan(app, world, first_price=0.05)
    assert world.calls == []
    assert _latest(app).decision.hands_off


def test_the_toggle_acts_at_once(world: Driver) -> None:
    world.set("input_boolean.darkstar_automation", "off")
    app = _start(world)
    _save_plan(app, world, first_price=0.05)
    world.set("input_boolean.darkstar_automation", "on")
    assert world.states["switch.grid_charging"]["state"] == "on"


def test_an_override_acts_at_once_and_returns_to_the_plan(world: Driver) -> None:
    app = _start(world)
    _save_plan(app, world, first_price=2.0)
    assert world.states["switch.grid_charging"]["state"] == "off"
    override = Override(OverrideKind.FORCE_CHARGE, world.now, world.now + timedelta(minutes=30), 100)
    Overrides(app.database).replace(override)
    world.fire(EVENT_OVERRIDE, "darkstar")
    assert world.states["switch.grid_charging"]["state"] == "on"
    world.advance(31 * 60)
    world.set("sensor.soc", "55")
    world.fire(EVENT_OVERRIDE, "darkstar")
    assert world.states["switch.grid_charging"]["state"] == "off"


def test_a_lost_soc_ends_a_grid_charge_and_starts_none(world: Driver) -> None:
    app = _start(world)
    _save_plan(app, world, first_price=0.05)
    world.set("sensor.soc", "unavailable")
    assert world.states["switch.grid_charging"]["state"] == "off"
    assert "soc_unreadable" in _problems(app)
    calls = len(world.calls)
    world.advance(600)
    assert len(world.calls) == calls
    world.set("sensor.soc", "50")
    assert world.states["switch.grid_charging"]["state"] == "on"
    assert "soc_unreadable" not in _problems(app)


def test_home_assistant_down_and_back_re_asserts_the_decision(world: Driver) -> None:
    app = _start(world)
    _save_plan(app, world, first_price=0.05)
    world.connected = False
    world.advance(300)
    world.connected = True
    world.set("switch.grid_charging", "off")
    world.set("sensor.soc", "51")
    world.fire("plugin_started", "default")
    world.advance(4)
    assert world.states["switch.grid_charging"]["state"] == "on"
    assert _mode(app) is BatteryMode.GRID_CHARGE


def test_what_failed_while_home_assistant_was_away_is_tried_again_at_its_return(world: Driver) -> None:
    app = _start(world)
    world.connected = False
    _save_plan(app, world, first_price=0.05)
    for minutes in (5, 10):
        world.set("sensor.soc", f"{50 + minutes / 100:g}")
        world.advance(300)
    assert world.states["switch.grid_charging"]["state"] == "off"
    world.connected = True
    world.fire("plugin_started", "default")
    world.advance(4)
    assert world.states["switch.grid_charging"]["state"] == "on"


def test_a_frozen_home_assistant_is_not_believed(world: Driver) -> None:
    app = _start(world)
    world.frozen = True
    _save_plan(app, world, first_price=0.05)
    results = {step.result for step in _latest(app).steps}
    assert StepResult.WRITTEN not in results
    world.thaw()
    world.set("sensor.soc", "51")
    world.advance(300)
    assert world.states["switch.grid_charging"]["state"] == "on"


def test_a_dead_instance_commands_nothing(world: Driver) -> None:
    app = _start(world)
    world.stop(app)
    assert not app.ha.call("switch/turn_on", entity_id="switch.grid_charging").ok
    assert world.states["switch.grid_charging"]["state"] == "off"


def test_every_tick_is_recorded_with_its_reasons(world: Driver) -> None:
    app = _start(world)
    _save_plan(app, world, first_price=0.05)
    execution = _latest(app)
    assert execution.soc_percent == 50
    assert execution.load_kw == 0.5
    assert execution.plan_id == Plans(app.database).latest().plan.plan_id  # type: ignore[union-attr] # just saved
    assert execution.decision.battery is not None
    assert execution.decision.battery.reason
    assert execution.decision.summary
    assert execution.planned is not None
    assert execution.planned.slot_start == Plans(app.database).latest().plan.slots[0].start  # type: ignore[union-attr] # just saved
    assert execution.planned.action == "charge"
    assert {step.source for step in execution.steps} == {Source.PLAN}


def test_no_plan_is_self_use_and_a_problem(world: Driver) -> None:
    app = _start(world)
    assert _mode(app) is BatteryMode.SELF_USE
    assert "no_valid_plan" in _problems(app)
    _save_plan(app, world, first_price=1.0)
    assert "no_valid_plan" not in _problems(app)


def test_an_automation_that_a_crash_switched_on_again_is_not_believed(world: Driver) -> None:
    app = _start(world)
    world.set("input_boolean.darkstar_automation", "off")
    world.set("input_boolean.darkstar_automation", "unavailable")
    world.set("input_boolean.darkstar_automation", "on")
    _save_plan(app, world, first_price=0.05)
    assert world.states["switch.grid_charging"]["state"] == "off"
    assert "automation_came_back" in _problems(app)
    world.set("input_boolean.darkstar_automation", "off")
    world.set("input_boolean.darkstar_automation", "on")
    assert world.states["switch.grid_charging"]["state"] == "on"
    assert "automation_came_back" not in _problems(app)


def test_hands_off_survives_a_restart_of_both(world: Driver) -> None:
    app = _start(world)
    world.set("input_boolean.darkstar_manual_override", "on")
    world.stop(app)
    world.states["input_boolean.darkstar_manual_override"]["state"] = "off"
    app = _start(world)
    _save_plan(app, world, first_price=0.05)
    assert world.states["switch.grid_charging"]["state"] == "off"
    assert "manual_override_went_away" in _problems(app)


def test_a_block_of_the_owners_is_carried_out_at_once_and_ends_by_itself(world: Driver) -> None:
    app = _start(world)
    _save_plan(app, world, 1.0)
    start = world.now.replace(minute=0, second=0, microsecond=0)
    ManualBlocks(app.database).add(ManualBlock(BlockKind.CHARGE, start, start + timedelta(hours=1), 2.0, 80.0))
    world.fire(EVENT_BLOCKS, "darkstar")
    battery = _latest(app).decision.battery
    assert battery is not None
    assert (battery.mode, battery.source, battery.charge_kw) == (BatteryMode.GRID_CHARGE, Source.BLOCK, 2.0)
    assert world.states["switch.grid_charging"]["state"] == "on"
    world.advance(3600)
    world.set_readings()
    world.fire(EVENT_PLAN, "darkstar")
    assert _mode(app) is BatteryMode.SELF_USE
    assert world.states["switch.grid_charging"]["state"] == "off"


def test_the_history_keeps_the_problems_of_a_tick(world: Driver) -> None:
    app = _start(world)
    assert any("Self-use without a plan" in words for words in _latest(app).problems)
