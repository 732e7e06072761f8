"""From decisions to entities."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.control.decision import BatteryMode, BatterySettingsNow, HeaterMode, HeaterSettingsNow, Source
from darkstar.control.profiles import Kilowatts, to_amperes, wanted, wanted_heater
from darkstar.control.writes import Write
from darkstar.home.devices import InverterSettings
from tests.control.samples import (
    CHARGE_CURRENT,
    DISCHARGE_CURRENT,
    GRID_CHARGING,
    HEATER,
    SOC_TARGET,
    WORK_MODE,
    sample_home,
)

DEYE = sample_home()
GENERIC = sample_home(inverter={"profile": "generic_ampere"})


def settings(
    mode: BatteryMode, charge_kw: float = 5.0, discharge_kw: float = 5.0, target: float = 10.0
) -> BatterySettingsNow:
    return BatterySettingsNow(mode, charge_kw, discharge_kw, target, Source.PLAN, "as the test wants it")


def texts(writes: tuple[Write, ...]) -> list[tuple[str, str]]:
    return [(write.entity_id, write.value.text) for write in writes]


@pytest.mark.parametrize(
    ("power_kw", "current_a"),
    [(0, 0), (0.2, 10), (1, 20), (3, 65), (5, 110), (6.34, 140), (8, 175), (9.2, 190), (100, 190)],
)
def test_current_for_a_power(power_kw: float, current_a: float) -> None:
    inverter = InverterSettings(min_current_a=10)
    assert to_amperes(Kilowatts(power_kw), 190, inverter).amount == current_a


def test_a_lower_hardware_limit_binds() -> None:
    assert to_amperes(Kilowatts(9.2), 185, InverterSettings(min_current_a=10)).amount == 185


@given(st.floats(0, 50), st.floats(0, 30), st.floats(0.5, 20), st.floats(40, 400))
def test_currents_stay_in_range_and_zero_means_zero(power: float, lowest: float, step: float, voltage: float) -> None:
    inverter = InverterSettings(min_current_a=lowest, current_step_a=step, battery_voltage_v=voltage)
    current = to_amperes(Kilowatts(power), 190, inverter).amount
    assert (current == 0) == (power == 0)
    assert current == 0 or lowest <= current <= 190


def test_deye_begins_a_grid_charge_after_its_limits() -> None:
    assert texts(wanted(settings(BatteryMode.GRID_CHARGE, charge_kw=3.0, target=62.3), DEYE)) == [
        (WORK_MODE, "Zero Export To CT"),
        (CHARGE_CURRENT, "65"),
        (DISCHARGE_CURRENT, "110"),
        (SOC_TARGET, "63"),
        (GRID_CHARGING, "on"),
    ]


def test_deye_begins_an_export_after_its_limits() -> None:
    assert texts(wanted(settings(BatteryMode.EXPORT, target=40.7), DEYE)) == [
        (GRID_CHARGING, "off"),
        (CHARGE_CURRENT, "110"),
        (DISCHARGE_CURRENT, "110"),
        (SOC_TARGET, "40"),
        (WORK_MODE, "Export First"),
    ]


def test_deye_ends_both_before_its_limits() -> None:
    assert texts(wanted(settings(BatteryMode.SELF_USE, 0.0, 0.0), DEYE)) == [
        (GRID_CHARGING, "off"),
        (WORK_MODE, "Zero Export To CT"),
        (CHARGE_CURRENT, "0"),
        (DISCHARGE_CURRENT, "0"),
        (SOC_TARGET, "10"),
    ]


@pytest.mark.parametrize(("discharge_current", "target"), [(DISCHARGE_CURRENT, "10"), (None, "54")])
def test_a_moving_floor_is_written_only_where_nothing_else_ends_the_discharge(
    discharge_current: str | None, target: str
) -> None:
    home = sample_home(entities={"inverter_discharge_current": discharge_current})
    assert dict(texts(wanted(settings(BatteryMode.SELF_USE, target=54.3), home)))[SOC_TARGET] == target


def test_the_soc_target_is_never_below_the_minimum() -> None:
    home = sample_home(battery={"min_soc_percent": 10.4})
    writes = dict(texts(wanted(settings(BatteryMode.EXPORT, target=10.4), home)))
    assert writes[SOC_TARGET] == "11"


@pytest.mark.parametrize("mode", list(BatteryMode))
def test_only_a_grid_charge_opens_the_grid_switch(mode: BatteryMode) -> None:
    for home in (DEYE, GENERIC):
        switch = dict(texts(wanted(settings(mode), home)))[GRID_CHARGING]
        assert switch == ("on" if mode is BatteryMode.GRID_CHARGE else "off")


def test_generic_writes_switch_and_currents_only() -> None:
    writes = wanted(settings(BatteryMode.GRID_CHARGE), GENERIC)
    assert texts(writes) == [(CHARGE_CURRENT, "110"), (DISCHARGE_CURRENT, "110"), (GRID_CHARGING, "on")]
    assert all(not write.note for write in writes)


def test_generic_cannot_export_and_says_so() -> None:
    writes = wanted(settings(BatteryMode.EXPORT), GENERIC)
    assert texts(writes) == [(GRID_CHARGING, "off"), (CHARGE_CURRENT, "110"), (DISCHARGE_CURRENT, "110")]
    assert "generic_ampere cannot sell" in writes[0].note


@pytest.mark.parametrize(
    ("missing", "charge_kw", "discharge_kw", "words"),
    [
        ("inverter_charge_current", 0.0, 5.0, "PV surplus is still stored"),
        ("inverter_discharge_current", 5.0, 0.0, "still feeds the load"),
    ],
)
def test_entities_that_are_missing_are_left_out_with_a_word(
    missing: str, charge_kw: float, discharge_kw: float, words: str
) -> None:
    home = sample_home(inverter={"profile": "generic_ampere"}, entities={missing: None})
    closed = wanted(settings(BatteryMode.SELF_USE, charge_kw, discharge_kw), home)
    assert len(closed) == 2
    assert words in closed[0].note
    assert not any(write.note for write in wanted(settings(BatteryMode.SELF_USE), home))


@pytest.mark.parametrize(
    ("mode", "setpoint", "switch"),
    [(HeaterMode.OFF, "40", "off"), (HeaterMode.NORMAL, "60", "on"), (HeaterMode.BOOST, "70", "on")],
)
def test_heater_by_setpoint_and_by_switch(mode: HeaterMode, setpoint: str, switch: str) -> None:
    wish = HeaterSettingsNow(mode, Source.PLAN, "as the test wants it")
    assert texts(wanted_heater(wish, DEYE)) == [(HEATER, setpoint)]
    by_switch = sample_home(entities={"water_heater": "switch.boiler"})
    assert texts(wanted_heater(wish, by_switch)) == [("switch.boiler", switch)]


def test_own_temperatures_count() -> None:
    own: dict[str, Any] = {"off_celsius": 35.0, "normal_celsius": 55.0, "boost_celsius": 65.0}
    wish = HeaterSettingsNow(HeaterMode.NORMAL, Source.PLAN, "as the test wants it")
    assert texts(wanted_heater(wish, sample_home(water_heater=own))) == [(HEATER, "55")]
