"""What protects the owner's hardware, on a real Home Assistant: the lease, others' writes, hands off.

One house lives through all tests of this file, in their order. Its lease is as short as it can be.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from darkstar.control.decision import Execution
from darkstar.storage.database import Database
from darkstar.storage.executions import Executions
from tests.e2e.layout import Changes
from tests.e2e.stack import Stack

GRID_CHARGING = "switch.demo_inverter_grid_charging"
WORK_MODE = "select.demo_inverter_work_mode"
DISCHARGE = "number.demo_inverter_max_discharge_current"
CHARGE = "number.demo_inverter_max_charge_current"
FUSE_A = 63
PHASE = "input_number.demo_spare_a"
LEASE = "input_number.darkstar_lease_until"
WATCHDOG = "automation.darkstar_watchdog"
AUTOMATION = "input_boolean.darkstar_automation"
HEARTBEAT = "sensor.darkstar_heartbeat"
MANUAL = "input_boolean.darkstar_manual_override"
LEASE_S = 60
SLACK_S = 45
"""The watchdog looks every 20 s and takes some more to act."""


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    changes: Changes = {
        "executor": {"lease_minutes": 1, "interval_seconds": 30},
        "grid": {"fuse_a": FUSE_A},
        "entities": {"phase_currents": [PHASE]},
    }
    with Stack(history_days=2, changes=changes) as running:
        yield running


def _latest(stack: Stack) -> Execution:
    with Database.open(stack.data_folder / "darkstar.sqlite3", datetime.now(UTC)) as database:
        latest = Executions(database).latest()
    assert latest is not None
    return latest


def _await_state(stack: Stack, entity: str, state: str, timeout_s: float = 10) -> None:
    stack.wait_for(lambda: stack.ha.state(entity) == state, timeout_s, f"{entity} to be {state}")


def _problems(stack: Stack) -> set[str]:
    return {problem["id"] for problem in stack.ha.attributes("sensor.darkstar_problems").get("problems", [])}


def _force_charge(stack: Stack) -> None:
    stack.ha.press("input_button.darkstar_force_charge")
    _await_state(stack, GRID_CHARGING, "on")


def _clear(stack: Stack) -> None:
    stack.ha.press("input_button.darkstar_clear_override")
    stack.ha.press("input_button.darkstar_stop_all")
    _await_state(stack, GRID_CHARGING, "off")
    _await_state(stack, WORK_MODE, "Zero Export To CT")


def _lease_left_s(stack: Stack) -> float:
    return stack.ha.number(LEASE) - time.time()


def test_the_watchdog_is_there_and_made_for_this_house(stack: Stack) -> None:
    stack.wait_for(lambda: stack.ha.attributes(HEARTBEAT).get("ticks"), 60, "a tick")
    assert stack.ha.state(WATCHDOG) == "on"
    assert stack.ha.attributes(WATCHDOG)["darkstar_made_for"]
    stack.wait_for(lambda: stack.ha.state("sensor.darkstar_problems") is not None, 30, "the problems to be published")
    assert not [name for name in _problems(stack) if name.startswith("watchdog")]


def test_a_purchase_is_under_a_lease_that_is_renewed(stack: Stack) -> None:
    _force_charge(stack)
    assert 0 < _lease_left_s(stack) <= LEASE_S + 1
    until = stack.ha.number(LEASE)
    stack.wait_for(lambda: stack.ha.number(LEASE) > until, 40, "the lease to be renewed")
    _clear(stack)
    stack.wait_for(lambda: stack.ha.number(LEASE) == 0, 10, "the lease to end with the purchase")


def test_a_phase_above_the_main_fuse_takes_current_from_the_charging_battery_at_once(stack: Stack) -> None:
    _force_charge(stack)
    stack.wait_for(lambda: stack.ha.number(CHARGE) > 50, 15, "the battery to charge with all it can")
    before = stack.ha.number(CHARGE)
    stack.ha.set(PHASE, FUSE_A + 10)
    began = time.monotonic()
    stack.wait_for(lambda: stack.ha.number(CHARGE) < before, 10, "the battery to give way")
    took_s, after = time.monotonic() - began, stack.ha.number(CHARGE)
    print(f"{FUSE_A + 10} A on a fuse of {FUSE_A} A: from {before:g} to {after:g} A of charge after {took_s:.1f} s")
    stack.wait_for(lambda: "fuse" in _latest(stack).decision.summary, 10, "the reason")
    stack.ha.set(PHASE, 0)
    _clear(stack)


def test_a_killed_appdaemon_leaves_no_purchase_behind(stack: Stack) -> None:
    _force_charge(stack)
    stack.appdaemon.kill()
    assert stack.ha.state(GRID_CHARGING) == "on"
    killed = time.monotonic()
    stack.wait_for(lambda: stack.ha.state(GRID_CHARGING) == "off", LEASE_S + SLACK_S, "the watchdog to act")
    print(f"the watchdog ended the grid charge {time.monotonic() - killed:.0f} s after the kill, lease {LEASE_S} s")
    stack.wait_for(lambda: stack.ha.number(LEASE) == 0, 20, "the lease to be ended by the watchdog")
    stack.start_appdaemon()
    _await_state(stack, GRID_CHARGING, "on", 40)
    assert _lease_left_s(stack) > 0
    _clear(stack)


def test_a_killed_appdaemon_leaves_no_sale_behind(stack: Stack) -> None:
    stack.ha.press("input_button.darkstar_force_export")
    _await_state(stack, WORK_MODE, "Export First")
    stack.appdaemon.kill()
    stack.wait_for(lambda: stack.ha.state(WORK_MODE) == "Zero Export To CT", LEASE_S + SLACK_S, "the watchdog to act")
    stack.start_appdaemon()
    _clear(stack)


def test_a_restart_of_home_assistant_in_the_middle_of_a_purchase_goes_on_with_it(stack: Stack) -> None:
    _force_charge(stack)
    stack.restart_home_assistant()
    stack.wait_for(lambda: stack.ha.state(HEARTBEAT) is not None, 60, "Darkstar to be back in the fresh Home Assistant")
    _await_state(stack, GRID_CHARGING, "on", 30)
    stack.wait_for(lambda: 0 < _lease_left_s(stack) <= LEASE_S + 1, 30, "the lease to be granted again")
    stack.ha.set(GRID_CHARGING, "off")
    _await_state(stack, GRID_CHARGING, "on", 15)
    time.sleep(LEASE_S + 10)
    assert stack.ha.state(GRID_CHARGING) == "on"
    _clear(stack)


def test_someone_elses_write_is_noticed_put_right_and_in_the_end_left_to_them(stack: Stack) -> None:
    _force_charge(stack)
    wanted = str(stack.ha.state(DISCHARGE))
    for amperes in (5, 6, 7):
        stack.ha.set(DISCHARGE, amperes)
        _await_state(stack, DISCHARGE, wanted, 15)
    stack.wait_for(lambda: any(name.startswith("changed_by_others") for name in _problems(stack)), 15, "the notice")
    stack.ha.set(DISCHARGE, 8)
    stack.wait_for(lambda: any(name.startswith("left_to_others") for name in _problems(stack)), 40, "the yielding")
    assert stack.ha.number(DISCHARGE) == 8
    _clear(stack)


def test_automation_off_in_the_middle_of_a_sale_returns_to_self_use_and_then_writes_nothing(stack: Stack) -> None:
    stack.ha.press("input_button.darkstar_force_export")
    _await_state(stack, WORK_MODE, "Export First")
    stack.ha.set(AUTOMATION, "off")
    _await_state(stack, WORK_MODE, "Zero Export To CT", 15)
    stack.wait_for(lambda: stack.ha.number(LEASE) == 0, 10, "the lease to end")
    stack.ha.set(WORK_MODE, "Export First")
    time.sleep(35)
    assert stack.ha.state(WORK_MODE) == "Export First"
    stack.ha.set(AUTOMATION, "on")
    _clear(stack)


def test_the_manual_override_means_not_one_write_and_the_watchdog_ends_what_was_begun(stack: Stack) -> None:
    stack.ha.press("input_button.darkstar_force_export")
    _await_state(stack, WORK_MODE, "Export First")
    stack.ha.set(MANUAL, "on")
    time.sleep(10)
    assert stack.ha.state(WORK_MODE) == "Export First"
    stack.wait_for(lambda: "forced_mode_left_on" in _problems(stack), 20, "the owner to be told")
    stack.wait_for(lambda: stack.ha.state(WORK_MODE) == "Zero Export To CT", LEASE_S + SLACK_S, "the watchdog to act")
    assert _latest(stack).steps == ()
    stack.ha.set(MANUAL, "off")
    _clear(stack)
