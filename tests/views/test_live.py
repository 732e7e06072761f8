from dataclasses import replace
from datetime import UTC, datetime

import pytest

from darkstar.control.decision import BatteryMode
from darkstar.home.readings import Measurement, Readings
from darkstar.optimizer.plan import Action
from darkstar.views.live import action_now, battery_kw, worth_now
from darkstar.views.snapshot import Snapshot
from tests.views.samples import NOON, empty, home, sample


def _readings(
    battery_kw: float | None = None,
    load_kw: float | None = None,
    pv_kw: float | None = None,
    grid_kw: float | None = None,
) -> Readings:
    def measured(value: float | None) -> Measurement | None:
        return None if value is None else Measurement(value, NOON, "sensor.meter")

    return Readings(
        NOON,
        battery_kw=measured(battery_kw),
        load_kw=measured(load_kw),
        pv_kw=measured(pv_kw),
        grid_kw=measured(grid_kw),
    )


def _in_mode(mode: BatteryMode, battery: float | None) -> Snapshot:
    snapshot = sample()
    assert snapshot.execution is not None
    assert snapshot.execution.decision.battery is not None
    settings = replace(snapshot.execution.decision.battery, mode=mode)
    decision = replace(snapshot.execution.decision, battery=settings)
    execution = replace(snapshot.execution, decision=decision)
    measured = _readings(battery_kw=battery)
    return replace(snapshot, execution=execution, readings=measured)


def test_battery_power_is_measured_or_from_the_balance() -> None:
    assert battery_kw(_readings(battery_kw=-1.5, load_kw=1.0, pv_kw=9.0, grid_kw=0.0), home()) == -1.5
    assert battery_kw(_readings(load_kw=1.0, pv_kw=4.0, grid_kw=-0.5), home()) == pytest.approx(2.5)
    assert battery_kw(_readings(load_kw=1.0, pv_kw=4.0), home()) is None
    assert battery_kw(None, home()) is None


def test_a_heater_beside_the_load_meter_makes_the_balance_useless() -> None:
    entities = home().entities.model_copy(update={"load_includes_water_heater": False})
    apart = home().model_copy(update={"entities": entities})
    assert battery_kw(_readings(load_kw=1.0, pv_kw=4.0, grid_kw=-0.5), apart) is None


@pytest.mark.parametrize(
    ("mode", "battery", "action"),
    [
        (BatteryMode.GRID_CHARGE, -2.0, Action.CHARGE),
        (BatteryMode.EXPORT, None, Action.EXPORT),
        (BatteryMode.SELF_USE, 1.2, Action.STORE),
        (BatteryMode.SELF_USE, -1.2, Action.DISCHARGE),
        (BatteryMode.SELF_USE, 0.02, Action.HOLD),
        (BatteryMode.SELF_USE, None, Action.STORE),
    ],
)
def test_what_the_battery_does(mode: BatteryMode, battery: float | None, action: Action) -> None:
    assert action_now(_in_mode(mode, battery)) is action


def test_in_self_use_the_plan_cannot_claim_a_trade() -> None:
    snapshot = _in_mode(BatteryMode.SELF_USE, None)
    at_night = datetime(2026, 4, 14, 23, 20, tzinfo=UTC)
    plan = snapshot.plan
    assert plan is not None
    slot = plan.slot_at(at_night)
    assert slot is not None
    assert slot.action is Action.CHARGE
    assert action_now(replace(snapshot, now=at_night)) is None


def test_nothing_decided_is_no_action() -> None:
    assert action_now(empty()) is None


def test_the_policy_says_the_worth_before_the_plan() -> None:
    snapshot = sample()
    assert worth_now(snapshot) == 1.12
    assert worth_now(replace(snapshot, policy=None)) == 1.2
    assert worth_now(empty()) is None
