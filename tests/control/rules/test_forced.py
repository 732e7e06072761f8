"""Quick actions in force: what each changes, where each stops."""

from __future__ import annotations

from datetime import timedelta

import pytest

from darkstar.control.decide import decide
from darkstar.control.decision import (
    NO_OVERRIDES,
    ActiveOverrides,
    BatteryMode,
    Decision,
    HeaterMode,
    Override,
    OverrideKind,
    Source,
)
from darkstar.home.settings import HomeSettings
from darkstar.optimizer.plan import Action
from tests.control.samples import NOW, acting, sample_home, sample_plan_slot, sample_policy_slot, sample_readings

HOME = sample_home()
PLAN = sample_plan_slot(Action.DISCHARGE)
POLICY = sample_policy_slot(load_floor=30)


def during(kind: OverrideKind, soc: float, home: HomeSettings = HOME, previous: Decision | None = None) -> Decision:
    action = acting(Override(kind, NOW, NOW + timedelta(hours=1)))
    return decide(PLAN, POLICY, sample_readings(soc), action, home, previous, NOW)


def modes_along(kind: OverrideKind, path: list[float]) -> list[BatteryMode]:
    previous: Decision | None = None
    seen = []
    for soc in path:
        previous = during(kind, soc, previous=previous)
        assert previous.battery is not None
        seen.append(previous.battery.mode)
    return seen


def test_force_charge_stops_at_its_target_and_holds() -> None:
    home = sample_home(overrides={"force_charge_soc_percent": 80.0})
    charging = during(OverrideKind.FORCE_CHARGE, 50, home).battery
    assert charging is not None
    assert (charging.mode, charging.charge_kw, charging.target_soc_percent) == (BatteryMode.GRID_CHARGE, 5, 80)
    held = during(OverrideKind.FORCE_CHARGE, 80, home).battery
    assert held is not None
    assert (held.mode, held.discharge_kw, held.source) == (BatteryMode.SELF_USE, 0, Source.OVERRIDE)


def test_force_charge_to_less_than_the_floor_holds_at_the_floor() -> None:
    home = sample_home(battery={"min_soc_percent": 15.0}, overrides={"force_charge_soc_percent": 5.0})
    held = during(OverrideKind.FORCE_CHARGE, 40, home).battery
    assert held is not None
    assert (held.mode, held.target_soc_percent) == (BatteryMode.SELF_USE, 15)


def test_force_charge_does_not_flap_at_its_target() -> None:
    charge, hold = BatteryMode.GRID_CHARGE, BatteryMode.SELF_USE
    assert modes_along(OverrideKind.FORCE_CHARGE, [99, 99.9, 100, 99.5, 100, 99]) == [
        charge, charge, hold, hold, hold, charge,
    ]  # fmt: skip


def test_force_export_stops_at_its_floor_and_never_below_the_minimum() -> None:
    sell, rest = BatteryMode.EXPORT, BatteryMode.SELF_USE
    assert modes_along(OverrideKind.FORCE_EXPORT, [50, 20.1, 20, 20.5, 21]) == [sell, sell, rest, rest, sell]
    home = sample_home(battery={"min_soc_percent": 35.0})
    resting = during(OverrideKind.FORCE_EXPORT, 35, home).battery
    assert resting is not None
    assert resting.mode is rest


@pytest.mark.parametrize("forbidden", [{"battery": {"discharge_to_grid": False}}, {"grid": {"export_allowed": False}}])
def test_a_forbidden_export_is_self_use_and_says_why(forbidden: dict[str, dict[str, bool]]) -> None:
    settings = during(OverrideKind.FORCE_EXPORT, 80, sample_home(**forbidden)).battery
    assert settings is not None
    assert settings.mode is BatteryMode.SELF_USE
    assert "is false" in settings.reason


def test_force_heat_touches_the_heater_alone() -> None:
    decision = during(OverrideKind.FORCE_HEAT, 50)
    untouched = decide(PLAN, POLICY, sample_readings(50), NO_OVERRIDES, HOME, None, NOW)
    assert decision.battery == untouched.battery
    assert decision.heater is not None
    assert (decision.heater.mode, decision.heater.source) == (HeaterMode.BOOST, Source.OVERRIDE)


@pytest.mark.parametrize("kind", [OverrideKind.FORCE_CHARGE, OverrideKind.FORCE_EXPORT])
def test_force_charge_and_export_leave_the_heater_to_the_plan(kind: OverrideKind) -> None:
    heater = during(kind, 50).heater
    assert heater is not None
    assert heater.source is Source.PLAN


def test_stop_all_stops_all() -> None:
    decision = during(OverrideKind.STOP_ALL, 50)
    assert decision.battery is not None
    assert decision.heater is not None
    assert decision.battery.mode is BatteryMode.SELF_USE
    assert decision.heater.mode is HeaterMode.OFF


def test_reasons_say_until_when_in_local_time() -> None:
    settings = during(OverrideKind.FORCE_CHARGE, 50).battery
    assert settings is not None
    assert settings.reason == "force charge to 100 % until 19:05: SoC 50 %"


def test_a_pause_is_the_home_without_darkstar() -> None:
    decision = during(OverrideKind.PAUSE, 50)
    assert decision.battery is not None
    assert decision.heater is not None
    battery = decision.battery
    assert (battery.mode, battery.charge_kw, battery.discharge_kw) == (BatteryMode.SELF_USE, 5, 5)
    assert battery.target_soc_percent == 10
    assert decision.heater.mode is HeaterMode.NORMAL
    for reason in (battery.reason, decision.heater.reason):
        assert reason.startswith("paused until 19:05")


@pytest.mark.parametrize("kind", list(OverrideKind))
def test_an_empty_battery_goes_before_every_quick_action(kind: OverrideKind) -> None:
    settings = during(kind, 5).battery
    assert settings is not None
    assert (settings.mode, settings.source) == (BatteryMode.GRID_CHARGE, Source.SAFETY)


def test_two_actions_hold_side_by_side() -> None:
    charge = Override(OverrideKind.FORCE_CHARGE, NOW, NOW + timedelta(minutes=30), 80)
    heat = Override(OverrideKind.FORCE_HEAT, NOW, NOW + timedelta(minutes=60))
    decision = decide(PLAN, POLICY, sample_readings(50), acting(charge, heat), HOME, None, NOW)
    assert decision.battery is not None
    assert decision.heater is not None
    assert decision.battery.mode is BatteryMode.GRID_CHARGE
    assert decision.heater.mode is HeaterMode.BOOST
    later = NOW + timedelta(minutes=30)
    after = decide(PLAN, POLICY, sample_readings(50), acting(charge, heat), HOME, decision, later)
    assert after.battery is not None
    assert after.heater is not None
    assert after.battery.source is Source.PLAN
    assert after.heater.mode is HeaterMode.BOOST


def test_an_action_in_the_wrong_place_does_nothing() -> None:
    heat = Override(OverrideKind.FORCE_HEAT, NOW, NOW + timedelta(hours=1))
    charge = Override(OverrideKind.FORCE_CHARGE, NOW, NOW + timedelta(hours=1))
    misplaced = ActiveOverrides(battery=heat, heater=charge, ev=charge)
    plain = decide(PLAN, POLICY, sample_readings(50), NO_OVERRIDES, HOME, None, NOW)
    assert decide(PLAN, POLICY, sample_readings(50), misplaced, HOME, None, NOW) == plain


@pytest.mark.parametrize(("asked", "target"), [(500.0, 100), (-3.0, 10), (80.0, 80)])
def test_a_senseless_level_is_kept_within_the_battery(asked: float, target: float) -> None:
    action = Override(OverrideKind.FORCE_CHARGE, NOW, NOW + timedelta(hours=1), asked)
    settings = decide(PLAN, POLICY, sample_readings(5.0 + 6), acting(action), HOME, None, NOW).battery
    assert settings is not None
    assert settings.target_soc_percent == target
