"""Who has the say: precedence, safety, and what holds for every input."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from darkstar.control.decide import decide
from darkstar.control.decision import (
    BatteryMode,
    BatterySettingsNow,
    Decision,
    HeaterMode,
    Override,
    OverrideKind,
    Source,
)
from darkstar.home.readings import Readings
from darkstar.home.settings import HomeSettings
from darkstar.optimizer.plan import Action, PlanSlot
from darkstar.policy.thresholds import PolicySlot
from tests.control.samples import (
    NOW,
    acting,
    decided,
    sample_home,
    sample_plan_slot,
    sample_policy_slot,
    sample_readings,
)

HOME = sample_home()
BUYS = sample_policy_slot(buy_to=62, load_floor=70)
SELLS = sample_policy_slot(sell_to=15)


def override(kind: OverrideKind, soc_percent: float | None = None) -> Override:
    return Override(kind, NOW - timedelta(minutes=1), NOW + timedelta(minutes=59), soc_percent)


def battery_of(decision: Decision) -> BatterySettingsNow:
    assert decision.battery is not None
    return decision.battery


def choose(
    readings: Readings,
    *,
    plan: PlanSlot | None = None,
    policy: PolicySlot | None = None,
    action: Override | None = None,
    home: HomeSettings = HOME,
    previous: Decision | None = None,
) -> Decision:
    return decide(plan, policy, readings, acting(action), home, previous, NOW)


@pytest.mark.parametrize(
    ("automation", "manual", "words"),
    [
        (True, True, "input_boolean.darkstar_manual_override is on"),
        (True, None, "input_boolean.darkstar_manual_override cannot be read"),
        (False, False, "input_boolean.darkstar_automation is off"),
        (None, False, "input_boolean.darkstar_automation cannot be read"),
    ],
)
def test_hands_off_beats_everything(automation: bool | None, manual: bool | None, words: str) -> None:
    readings = sample_readings(5, automation=automation, manual=manual)
    decision = choose(readings, policy=BUYS, action=override(OverrideKind.FORCE_CHARGE))
    assert decision.hands_off is not None
    assert words in decision.hands_off
    assert (decision.battery, decision.heater) == (None, None)


def test_an_unreadable_soc_commands_nothing_where_nothing_was_commanded() -> None:
    for previous in (None, choose(sample_readings(None))):
        decision = choose(sample_readings(None), policy=BUYS, previous=previous)
        assert decision.battery is None
        assert "sensor.battery_soc" in decision.summary


@pytest.mark.parametrize("discharge_kw", [0.0, 1.5, 5.0])
def test_an_unreadable_soc_leaves_the_limits_of_self_use(discharge_kw: float) -> None:
    previous = decided(discharge_kw=discharge_kw, target=40.0)
    lost = choose(sample_readings(None), policy=BUYS, action=override(OverrideKind.FORCE_CHARGE), previous=previous)
    settings = battery_of(lost)
    assert (settings.mode, settings.source) == (BatteryMode.SELF_USE, Source.SAFETY)
    assert (settings.charge_kw, settings.discharge_kw, settings.target_soc_percent) == (5.0, discharge_kw, 40.0)


@pytest.mark.parametrize("mode", [BatteryMode.GRID_CHARGE, BatteryMode.EXPORT])
def test_a_forced_mode_is_ended_even_if_the_toggles_were_unreadable_in_between(mode: BatteryMode) -> None:
    policy = BUYS if mode is BatteryMode.GRID_CHARGE else SELLS
    forced = choose(sample_readings(50), policy=policy)
    assert battery_of(forced).mode is mode
    restarting = choose(sample_readings(None, automation=None), policy=policy, previous=forced)
    assert restarting.battery is None
    back = choose(sample_readings(None), policy=policy, previous=restarting)
    assert battery_of(back).mode is BatteryMode.SELF_USE
    assert battery_of(back).source is Source.SAFETY


@pytest.mark.parametrize("mode", [BatteryMode.GRID_CHARGE, BatteryMode.EXPORT])
def test_an_unreadable_soc_ends_a_forced_mode_and_keeps_it_ended(mode: BatteryMode) -> None:
    first = choose(sample_readings(None), policy=BUYS, previous=decided(mode))
    assert battery_of(first).mode is BatteryMode.SELF_USE
    assert battery_of(first).source is Source.SAFETY
    second = choose(sample_readings(None), policy=BUYS, previous=first)
    assert battery_of(second) == battery_of(first)


def test_a_battery_last_seen_below_its_floor_is_not_discharged_blindly() -> None:
    empty = choose(sample_readings(5))
    lost = choose(sample_readings(None), previous=empty)
    assert battery_of(lost).mode is BatteryMode.SELF_USE
    assert battery_of(lost).discharge_kw == 0
    assert battery_of(choose(sample_readings(None), previous=lost)).discharge_kw == 0


@pytest.mark.parametrize(("soc", "emergency"), [(5, True), (9.9, True), (10, False), (10.0 - 1e-9, False)])
def test_emergency_is_below_the_floor_only(soc: float, emergency: bool) -> None:
    decision = choose(sample_readings(soc))
    assert decision.emergency is emergency
    assert (battery_of(decision).mode is BatteryMode.GRID_CHARGE) is emergency


def test_emergency_ends_only_above_the_margin() -> None:
    previous: Decision | None = None
    modes = []
    for soc in (9, 10, 12, 14.9, 15, 14, 10, 9.9):
        previous = choose(sample_readings(soc), policy=sample_policy_slot(), previous=previous)
        modes.append(previous.emergency)
    assert modes == [True, True, True, True, False, False, False, True]


def test_emergency_beats_a_quick_action_and_a_missing_plan() -> None:
    decision = choose(sample_readings(5), action=override(OverrideKind.FORCE_EXPORT))
    settings = battery_of(decision)
    assert (settings.mode, settings.source) == (BatteryMode.GRID_CHARGE, Source.SAFETY)
    assert settings.target_soc_percent == 15
    assert "SoC 5 %" in settings.reason


def test_emergency_without_grid_charging_only_stops_discharging() -> None:
    home = sample_home(battery={"charge_from_grid": False})
    decision = choose(sample_readings(5), home=home)
    settings = battery_of(decision)
    assert (settings.mode, settings.discharge_kw, settings.charge_kw) == (BatteryMode.SELF_USE, 0, 5)
    assert "battery.charge_from_grid is false" in settings.reason


def test_a_quick_action_beats_the_plan() -> None:
    decision = choose(sample_readings(50), policy=SELLS, action=override(OverrideKind.FORCE_CHARGE, 80))
    assert battery_of(decision).mode is BatteryMode.GRID_CHARGE
    assert battery_of(decision).source is Source.OVERRIDE


def test_an_expired_quick_action_is_never_applied() -> None:
    expired = replace(override(OverrideKind.FORCE_CHARGE), expires_at=NOW)
    decision = choose(sample_readings(50), policy=SELLS, action=expired)
    assert battery_of(decision).mode is BatteryMode.EXPORT


@pytest.mark.parametrize(
    ("soc", "mode", "source"),
    [(20, BatteryMode.SELF_USE, Source.SAFETY), (21, BatteryMode.EXPORT, Source.PLAN)],
)
def test_no_export_at_low_soc(soc: float, mode: BatteryMode, source: Source) -> None:
    for plan, policy in ((None, SELLS), (sample_plan_slot(Action.EXPORT, soc_kwh=1.2), None)):
        settings = battery_of(choose(sample_readings(soc), plan=plan, policy=policy))
        assert (settings.mode, settings.source) == (mode, source)


def test_without_a_plan_the_home_runs_by_itself() -> None:
    settings = battery_of(choose(sample_readings(50)))
    assert settings.mode is BatteryMode.SELF_USE
    assert (settings.charge_kw, settings.discharge_kw, settings.target_soc_percent) == (5, 5, 10)


@pytest.mark.parametrize(
    ("soc", "mode", "charge_kw", "discharge_kw", "target"),
    [
        (29.0, BatteryMode.GRID_CHARGE, 5, 5, 30),
        (30.0, BatteryMode.SELF_USE, 5, 0, 40),
        (40.0, BatteryMode.SELF_USE, 5, 0, 40),
        (40.5, BatteryMode.SELF_USE, 5, 5, 40),
        (60.0, BatteryMode.SELF_USE, 0, 5, 40),
        (80.0, BatteryMode.SELF_USE, 0, 5, 40),
        (80.5, BatteryMode.EXPORT, 5, 5, 80),
    ],
)
def test_the_four_thresholds_bind_exactly(
    soc: float, mode: BatteryMode, charge_kw: float, discharge_kw: float, target: float
) -> None:
    policy = sample_policy_slot(buy_to=30, store_to=60, load_floor=40, sell_to=80)
    settings = battery_of(choose(sample_readings(soc), policy=policy))
    assert settings.mode is mode
    assert (settings.charge_kw, settings.discharge_kw) == (charge_kw, discharge_kw)
    assert settings.target_soc_percent == pytest.approx(target)


def test_reasons_name_amounts() -> None:
    plan = sample_plan_slot(import_price=0.266, value=0.31)
    policy = sample_policy_slot(buy_to=62, value=0.31)
    reason = battery_of(choose(sample_readings(50), plan=plan, policy=policy)).reason
    assert reason == (
        "charging from the grid up to 62 %: a stored kWh is worth 0.31 SEK, it costs 0.28 SEK now after losses"
    )


def test_reasons_never_claim_a_worth_that_the_numbers_deny() -> None:
    plan = sample_plan_slot(import_price=0.5, export_price=0.2)
    cheap = battery_of(choose(sample_readings(50), plan=plan, policy=sample_policy_slot(buy_to=62, value=0.1))).reason
    dear = battery_of(choose(sample_readings(50), plan=plan, policy=sample_policy_slot(sell_to=30, value=0.9))).reason
    assert "0.10" not in cheap
    assert "more than the 0.53 SEK" in cheap
    assert "0.90" not in dear
    assert "less than the 0.19 SEK" in dear


@pytest.mark.parametrize(
    ("action", "mode", "discharge_kw", "target"),
    [
        (Action.CHARGE, BatteryMode.GRID_CHARGE, 5, 70),
        (Action.STORE, BatteryMode.SELF_USE, 5, 10),
        (Action.DISCHARGE, BatteryMode.SELF_USE, 5, 10),
        (Action.HOLD, BatteryMode.SELF_USE, 0, 100),
    ],
)
def test_a_plan_without_policy_is_followed_by_its_modes(
    action: Action, mode: BatteryMode, discharge_kw: float, target: float
) -> None:
    settings = battery_of(choose(sample_readings(50), plan=sample_plan_slot(action, soc_kwh=7.0)))
    assert (settings.mode, settings.discharge_kw, settings.target_soc_percent) == (mode, discharge_kw, target)
    assert "the next purchase costs 0.90 SEK" in settings.reason


def test_a_planned_export_stops_at_the_planned_soc() -> None:
    plan = sample_plan_slot(Action.EXPORT, soc_kwh=4.5)
    settings = battery_of(choose(sample_readings(50), plan=plan))
    assert (settings.mode, settings.target_soc_percent) == (BatteryMode.EXPORT, 45)
    assert battery_of(choose(sample_readings(45), plan=plan)).mode is BatteryMode.SELF_USE


@pytest.mark.parametrize(
    ("heater_kwh", "mode"), [(0.75, HeaterMode.NORMAL), (1e-7, HeaterMode.OFF), (0, HeaterMode.OFF)]
)
def test_the_heater_follows_the_plan(heater_kwh: float, mode: HeaterMode) -> None:
    for soc in (50, 5, None):
        heater = choose(sample_readings(soc), plan=sample_plan_slot(heater_kwh=heater_kwh)).heater
        assert heater is not None
        assert (heater.mode, heater.source) == (mode, Source.PLAN)


@pytest.mark.parametrize(
    ("vacation", "mode"), [(False, HeaterMode.NORMAL), (None, HeaterMode.NORMAL), (True, HeaterMode.OFF)]
)
def test_without_a_plan_the_thermostat_decides(vacation: bool | None, mode: HeaterMode) -> None:
    heater = choose(sample_readings(50, vacation=vacation)).heater
    assert heater is not None
    assert heater.mode is mode


def test_a_home_without_heater_has_no_heater_settings() -> None:
    home = sample_home(water_heater=None)
    plan = sample_plan_slot(heater_kwh=0.5)
    assert choose(sample_readings(50), plan=plan, action=override(OverrideKind.FORCE_HEAT), home=home).heater is None


def test_the_summary_is_one_sentence_for_both_devices() -> None:
    plan = sample_plan_slot(heater_kwh=0.75)
    summary = choose(sample_readings(50), plan=plan, policy=BUYS).summary
    assert summary.startswith("Charging from the grid up to 62 %")
    assert summary.endswith("water heater heating: 0.75 kWh planned for this slot at 1.00 SEK/kWh.")


def test_the_main_fuse_bounds_grid_charging() -> None:
    home = sample_home(grid={"max_import_kw": 6.0})
    settings = battery_of(choose(sample_readings(50, load_kw=3.5, pv_kw=0.5), policy=BUYS, home=home))
    assert settings.mode is BatteryMode.GRID_CHARGE
    assert settings.charge_kw == pytest.approx(3.0)
    assert "main fuse" in settings.reason
    assert battery_of(choose(sample_readings(50, load_kw=9.0), policy=BUYS, home=home)).charge_kw == 0
    assert battery_of(choose(sample_readings(50, load_kw=None), policy=BUYS, home=home)).charge_kw == 5


def test_the_main_fuse_counts_a_heater_that_the_load_meter_does_not_see() -> None:
    home = sample_home(grid={"max_import_kw": 6.0}, entities={"load_includes_water_heater": False})
    assert battery_of(choose(sample_readings(50, load_kw=1.0), policy=BUYS, home=home)).charge_kw == pytest.approx(2.0)
