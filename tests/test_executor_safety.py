"""App Executor: the lease, hands off in the middle of a purchase, others' writes, the fuse, ticks that break off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from darkstar import executor as executor_module
from darkstar.app import EVENT_OVERRIDE
from darkstar.control.decision import BatteryMode, Execution, Override, OverrideKind, Source, StepResult
from darkstar.control.watch.watchdog import FILE
from darkstar.executor import Executor
from darkstar.home.settings import load_settings
from darkstar.storage.executions import Executions
from darkstar.storage.overrides import Overrides
from tests.driver import Driver
from tests.homes import DEYE, ENTITIES, home

SWITCH = "switch.grid_charging"
LEASE = "input_number.darkstar_lease_until"
AUTOMATION = "input_boolean.darkstar_automation"
MANUAL = "input_boolean.darkstar_manual_override"
PHASES = ("sensor.l1", "sensor.l2", "sensor.l3")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Driver:
    driver = Driver(tmp_path)
    driver.install(monkeypatch)
    driver.set_readings()
    driver.set(AUTOMATION, "on")
    driver.set(MANUAL, "off")
    driver.set(LEASE, "0")
    driver.set("select.work_mode", "Zero Export To CT", options=["Zero Export To CT", "Export First"])
    driver.set(SWITCH, "off")
    for name, unit in (("charge_current", "A"), ("discharge_current", "A"), ("soc_target", "%")):
        driver.set(f"number.{name}", "100", min=0, max=190, step=1, unit_of_measurement=unit)
    driver.set("number.water_heater", "40", min=20, max=85, unit_of_measurement="°C")
    return driver


def _start(world: Driver, blocks: dict[str, Any] | None = None, **executor: Any) -> Any:
    settings = {"shadow_mode": False, "read_back_seconds": 0, **executor}
    made = home(inverter=DEYE, executor=settings, **(blocks or {}))
    app = world.start(Executor, made.model_dump(mode="json", exclude_unset=True))
    world.advance(11)
    return app


def _force(app: Any, world: Driver, kind: OverrideKind = OverrideKind.FORCE_CHARGE, minutes: int = 600) -> None:
    soc = 100 if kind is OverrideKind.FORCE_CHARGE else 20
    Overrides(app.database).replace(Override(kind, world.now, world.now + timedelta(minutes=minutes), soc))
    world.fire(EVENT_OVERRIDE, "darkstar")


def _state(world: Driver, entity_id: str) -> str:
    return str(world.states[entity_id]["state"])


def _lease(world: Driver) -> datetime:
    return datetime.fromtimestamp(float(_state(world, LEASE)), UTC)


def _latest(app: Any) -> Execution:
    latest = Executions(app.database).latest()
    assert latest is not None
    return latest


def _problems(app: Any) -> list[str]:
    return [problem.problem_id for problem in app.problems.open()]


def _alive(world: Driver, minutes: int) -> None:
    """Time passes, and the sensors report."""
    for _ in range(minutes):
        world.set_readings()
        world.advance(60)


def _device_calls(world: Driver) -> list[tuple[str, dict[str, Any]]]:
    return [call for call in world.calls if call[1].get("entity_id") != LEASE]


def test_the_lease_is_there_before_a_purchase_begins_and_is_renewed_while_it_goes_on(world: Driver) -> None:
    app = _start(world)
    assert _state(world, LEASE) == "0"
    _force(app, world)
    entities = [data["entity_id"] for _, data in world.calls]
    assert entities.index(LEASE) < entities.index(SWITCH)
    assert _lease(world) == world.now + timedelta(minutes=15)
    assert _latest(app).lease_until == _lease(world)
    _alive(world, 30)
    assert _lease(world) - world.now > timedelta(minutes=14)


def test_the_lease_ends_with_the_purchase(world: Driver) -> None:
    app = _start(world)
    _force(app, world)
    Overrides(app.database).clear()
    world.fire(EVENT_OVERRIDE, "darkstar")
    assert _state(world, SWITCH) == "off"
    assert float(_state(world, LEASE)) == 0
    assert _latest(app).lease_until is None
    written = len(world.calls)
    _alive(world, 10)
    assert len(world.calls) == written


def test_the_lease_stays_until_the_purchase_is_really_over(world: Driver) -> None:
    app = _start(world)
    _force(app, world)
    world.set(SWITCH, "unavailable")
    Overrides(app.database).clear()
    world.fire(EVENT_OVERRIDE, "darkstar")
    assert float(_state(world, LEASE)) > 0


def test_no_sign_of_life_while_ticks_break_off(world: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    app = _start(world)
    _force(app, world)
    monkeypatch.setattr(executor_module, "decide", _broken)
    for _ in range(40):
        try:
            _alive(world, 1)
        except RuntimeError:
            continue
    assert _lease(world) < world.now


def _broken(*_: object) -> None:
    msg = "cannot decide"
    raise RuntimeError(msg)


def test_a_tick_that_breaks_off_is_recorded_reported_and_raised(world: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    app = _start(world)
    _force(app, world)
    with monkeypatch.context() as broken:
        broken.setattr(executor_module, "decide", _broken)
        with pytest.raises(RuntimeError, match="cannot decide"):
            app.tick()
    row = _latest(app)
    assert row.error == "RuntimeError: cannot decide"
    assert row.steps == ()
    assert row.duration_s is not None
    assert "executor_tick_failed" in _problems(app)
    before = Executions(app.database).latest_decision()
    assert before is not None
    assert before.battery is not None
    app.tick()
    assert "executor_tick_failed" not in _problems(app)
    assert _latest(app).error is None


def test_a_restart_in_the_middle_of_a_purchase_goes_on_with_it(world: Driver) -> None:
    app = _start(world)
    _force(app, world)
    world.stop(app)
    world.advance(60)
    app = _start(world)
    assert _state(world, SWITCH) == "on"
    assert _lease(world) > world.now + timedelta(minutes=14)


def test_automation_off_returns_to_self_use_once_and_then_writes_nothing(world: Driver) -> None:
    app = _start(world)
    _force(app, world)
    world.set(AUTOMATION, "off")
    assert _state(world, SWITCH) == "off"
    assert float(_state(world, LEASE)) == 0
    row = _latest(app)
    assert row.decision.hands_off
    assert {step.source for step in row.steps} == {Source.SAFETY}
    world.calls.clear()
    world.set(SWITCH, "on")
    _alive(world, 30)
    assert world.calls == []
    assert _latest(app).steps == ()


def test_automation_switched_off_while_darkstar_was_dead_ends_the_purchase_too(world: Driver) -> None:
    app = _start(world)
    _force(app, world)
    world.stop(app)
    world.states[AUTOMATION]["state"] = "off"
    _start(world)
    assert _state(world, SWITCH) == "off"


def test_automation_off_goes_on_trying_until_the_purchase_is_over(world: Driver) -> None:
    app = _start(world)
    _force(app, world)
    world.set(SWITCH, "unavailable")
    world.set(AUTOMATION, "off")
    assert float(_state(world, LEASE)) > 0
    world.set(SWITCH, "on")
    _alive(world, 6)
    assert _state(world, SWITCH) == "off"


def test_the_manual_override_means_not_one_write_and_the_lease_runs_out(world: Driver) -> None:
    app = _start(world)
    _force(app, world)
    granted = _lease(world)
    world.calls.clear()
    world.set(MANUAL, "on")
    _alive(world, 30)
    assert world.calls == []
    assert _lease(world) == granted
    assert "forced_mode_left_on" in _problems(app)
    world.set(LEASE, "0")
    world.set(SWITCH, "off")
    _alive(world, 6)
    assert "forced_mode_left_on" not in _problems(app)
    assert world.calls == []


@pytest.mark.parametrize("state", ["unavailable", "unknown"])
def test_an_unreadable_automation_toggle_means_not_one_write(world: Driver, state: str) -> None:
    app = _start(world)
    _force(app, world)
    world.calls.clear()
    world.set(AUTOMATION, state)
    _alive(world, 10)
    assert world.calls == []


def test_shadow_mode_gives_no_sign_of_life_and_ends_nothing(world: Driver) -> None:
    app = _start(world, shadow_mode=True)
    _force(app, world)
    world.set(AUTOMATION, "off")
    _alive(world, 20)
    assert world.calls == []
    assert _state(world, LEASE) == "0"
    assert not [name for name in _problems(app) if name.startswith("watchdog")]


def test_a_missing_watchdog_is_a_problem_and_its_package_lies_ready(world: Driver) -> None:
    app = _start(world)
    assert "watchdog_missing" in _problems(app)
    path = world.folder / "darkstar" / FILE
    assert SWITCH in path.read_text(encoding="utf-8")
    stamp = path.stat().st_mtime_ns
    world.stop(app)
    _start(world)
    assert path.stat().st_mtime_ns == stamp


def test_someone_elses_write_is_noticed_within_seconds_and_put_right(world: Driver) -> None:
    app = _start(world)
    _force(app, world)
    _alive(world, 3)
    world.set(SWITCH, "off")
    world.advance(3)
    assert _state(world, SWITCH) == "on"
    step = next(step for step in _latest(app).steps if step.entity_id == SWITCH)
    assert "somebody else changed it from on to off" in step.message
    assert "changed_by_others_switch_grid_charging" in _problems(app)


def test_someone_who_insists_gets_his_way_for_an_hour(world: Driver) -> None:
    app = _start(world)
    _force(app, world)
    for _ in range(4):
        _alive(world, 3)
        world.set(SWITCH, "off")
        world.advance(3)
    assert _state(world, SWITCH) == "off"
    assert "left_to_others_switch_grid_charging" in _problems(app)
    _alive(world, 50)
    assert _state(world, SWITCH) == "off"
    _alive(world, 20)
    assert _state(world, SWITCH) == "on"


def test_our_own_writes_cause_no_tick(world: Driver) -> None:
    app = _start(world)
    _force(app, world)
    ticks = Executions(app.database).statistics(world.now - timedelta(hours=1)).ticks
    world.advance(20)
    assert Executions(app.database).statistics(world.now - timedelta(hours=1)).ticks == ticks


def test_what_was_counted_and_seen_survives_a_restart(world: Driver) -> None:
    app = _start(world)
    _force(app, world)
    counted = app.dispatcher.remembered.writes.counts[SWITCH]
    _alive(world, 2)
    world.stop(app)
    world.states[SWITCH]["state"] = "off"
    app = _start(world)
    assert app.dispatcher.remembered.writes.counts[SWITCH] == counted + 1
    assert "changed_by_others_switch_grid_charging" in _problems(app)


def test_a_day_of_ticks_writes_each_setting_at_most_once(world: Driver) -> None:
    app = _start(world)
    _force(app, world, minutes=2000)
    world.calls.clear()
    for _ in range(24 * 12):
        world.set_readings()
        world.advance(300)
    assert _latest(app).decision.battery is not None
    assert _device_calls(world) == []


def test_too_much_current_does_not_wait_for_the_tick(world: Driver) -> None:
    for phase in PHASES:
        world.set(phase, "5", unit_of_measurement="A")
    blocks = {
        "entities": ENTITIES.model_copy(update={"phase_currents": PHASES}),
        "grid": {"fuse_a": 20},
    }
    app = _start(world, blocks)
    _force(app, world)
    current = float(_state(world, "number.charge_current"))
    assert current > 0
    world.advance(10)
    world.set("sensor.l2", "26")
    assert float(_state(world, "number.charge_current")) < current
    assert any(step.source is Source.SAFETY for step in _latest(app).steps)


def test_a_fuse_that_nothing_of_ours_can_relieve_does_not_fill_the_history(world: Driver) -> None:
    for phase in PHASES:
        world.set(phase, "5", unit_of_measurement="A")
    blocks = {"entities": ENTITIES.model_copy(update={"phase_currents": PHASES}), "grid": {"fuse_a": 20}}
    app = _start(world, blocks)
    since = world.now
    for second in range(600):
        world.set("sensor.l1", f"{30 + second % 5}")
        world.advance(1)
    assert Executions(app.database).statistics(since).ticks <= 25


def test_every_row_tells_the_plan_the_quick_actions_and_how_long_it_took(world: Driver) -> None:
    app = _start(world)
    _force(app, world)
    row = _latest(app)
    assert [override.kind for override in row.overrides] == [OverrideKind.FORCE_CHARGE]
    assert row.planned is None
    assert row.duration_s is not None
    assert row.duration_s >= 0
    assert row.decision.battery is not None
    assert row.decision.battery.mode is BatteryMode.GRID_CHARGE
    written = [step for step in row.steps if step.result is StepResult.WRITTEN]
    assert written
    assert all(step.read_back is not None for step in written)


def test_the_settings_of_the_lease_are_checked() -> None:
    with pytest.raises(ValueError, match="lease_minutes"):
        load_settings({**home().model_dump(mode="json", exclude_unset=True), "executor": {"lease_minutes": 0.5}})
