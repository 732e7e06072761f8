"""From decisions to the inverter's entities."""

from __future__ import annotations

from typing import Any

import pytest

from darkstar.control.decision import BatteryMode, BatterySettingsNow, Source
from darkstar.control.devices.inverters import wanted
from darkstar.control.devices.writes import Phase, Write
from tests.control.samples import (
    CHARGE_CURRENT,
    DEYE_ENTITIES,
    DISCHARGE_CURRENT,
    GENERIC,
    GRID_CHARGING,
    SOC_TARGET,
    WORK_MODE,
    sample_home,
)

DEYE = sample_home()
AMPERES = sample_home(inverter=GENERIC)
EXPORT_SWITCH = "switch.inverter_export"
WATT_ENTITIES = {
    "grid_charging": GRID_CHARGING,
    "export": EXPORT_SWITCH,
    "charge_power": "number.charge_power",
    "discharge_power": "number.discharge_power",
}
WATTS = sample_home(inverter={"profile": "generic_watt", "entities": WATT_ENTITIES})


def without(entities: dict[str, str], *roles: str) -> dict[str, str]:
    return {role: entity_id for role, entity_id in entities.items() if role not in roles}


def settings(
    mode: BatteryMode, charge_kw: float = 5.0, discharge_kw: float = 5.0, target: float = 10.0
) -> BatterySettingsNow:
    return BatterySettingsNow(mode, charge_kw, discharge_kw, target, Source.PLAN, "as the test wants it")


def texts(writes: tuple[Write, ...]) -> list[tuple[str, str]]:
    return [(write.entity_id, write.value.text) for write in writes]


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
    roles = [] if discharge_current else ["discharge_current"]
    home = sample_home(inverter={"entities": without(DEYE_ENTITIES, *roles)})
    assert dict(texts(wanted(settings(BatteryMode.SELF_USE, target=54.3), home)))[SOC_TARGET] == target


def test_the_soc_target_is_never_below_the_minimum() -> None:
    home = sample_home(battery={"min_soc_percent": 10.4})
    writes = dict(texts(wanted(settings(BatteryMode.EXPORT, target=10.4), home)))
    assert writes[SOC_TARGET] == "11"


@pytest.mark.parametrize("mode", list(BatteryMode))
def test_only_a_grid_charge_opens_the_grid_switch(mode: BatteryMode) -> None:
    for home in (DEYE, AMPERES, WATTS):
        switch = dict(texts(wanted(settings(mode), home)))[GRID_CHARGING]
        assert switch == ("on" if mode is BatteryMode.GRID_CHARGE else "off")


def test_generic_writes_switch_and_currents_only() -> None:
    writes = wanted(settings(BatteryMode.GRID_CHARGE), AMPERES)
    assert texts(writes) == [(CHARGE_CURRENT, "110"), (DISCHARGE_CURRENT, "110"), (GRID_CHARGING, "on")]
    assert all(not write.note for write in writes)


def test_generic_cannot_export_and_says_so() -> None:
    writes = wanted(settings(BatteryMode.EXPORT), AMPERES)
    assert texts(writes) == [(GRID_CHARGING, "off"), (CHARGE_CURRENT, "110"), (DISCHARGE_CURRENT, "110")]
    assert "generic_ampere cannot sell" in writes[0].note


@pytest.mark.parametrize(
    ("missing", "charge_kw", "discharge_kw", "words"),
    [
        ("charge_current", 0.0, 5.0, "PV surplus is still stored"),
        ("discharge_current", 5.0, 0.0, "still feeds the load"),
    ],
)
def test_entities_that_are_missing_are_left_out_with_a_word(
    missing: str, charge_kw: float, discharge_kw: float, words: str
) -> None:
    home = sample_home(inverter={"profile": "generic_ampere", "entities": without(GENERIC["entities"], missing)})
    closed = wanted(settings(BatteryMode.SELF_USE, charge_kw, discharge_kw), home)
    assert len(closed) == 2
    assert words in closed[0].note
    assert f"inverter.entities.{missing} is not set" in closed[0].note
    assert not any(write.note for write in wanted(settings(BatteryMode.SELF_USE), home))


def test_watts_are_written_to_an_inverter_in_watts() -> None:
    writes = wanted(settings(BatteryMode.GRID_CHARGE, charge_kw=3.04, discharge_kw=0.0), WATTS)
    assert texts(writes) == [
        (EXPORT_SWITCH, "off"),
        ("number.charge_power", "3000"),
        ("number.discharge_power", "0"),
        (GRID_CHARGING, "on"),
    ]
    assert [write.phase for write in writes] == [Phase.CLOSE, Phase.ADJUST, Phase.ADJUST, Phase.OPEN]


@pytest.mark.parametrize(("power_kw", "watts"), [(0.2, "500"), (1.23, "1200"), (9.6, "5000")])
def test_the_smallest_and_the_highest_power_are_kept(power_kw: float, watts: str) -> None:
    home = sample_home(inverter={"profile": "generic_watt", "entities": WATT_ENTITIES, "min_power_w": 500})
    writes = dict(texts(wanted(settings(BatteryMode.GRID_CHARGE, charge_kw=power_kw), home)))
    assert writes["number.charge_power"] == watts


def test_an_export_without_its_switch_becomes_self_use_and_says_why() -> None:
    home = sample_home(inverter={"profile": "generic_watt", "entities": without(WATT_ENTITIES, "export")})
    writes = wanted(settings(BatteryMode.EXPORT, charge_kw=1.0, discharge_kw=2.0), home)
    assert texts(writes) == [
        (GRID_CHARGING, "off"),
        ("number.charge_power", "5000"),
        ("number.discharge_power", "5000"),
    ]
    assert "cannot sell from the battery" in writes[0].note
    assert "set inverter.entities.export" in writes[0].note
    assert not home.has_export_mode


FRONIUS = {
    "profile": "fronius",
    "entities": {
        "control_mode": "select.mode",
        "grid_charge_power": "number.charge",
        "grid_discharge_power": "number.discharge",
    },
}


@pytest.mark.parametrize(
    ("charge_kw", "discharge_kw", "mode", "words"),
    [
        (5.0, 5.0, "Auto", ""),
        (5.0, 0.0, "Block Discharging", ""),
        (0.0, 5.0, "Block Charging", ""),
        (0.0, 0.0, "Block Discharging", "PV surplus is still stored"),
        (5.0, 2.0, "Auto", "the battery feeds the load at a power of its own"),
    ],
)
def test_limits_that_are_no_numbers_are_states(charge_kw: float, discharge_kw: float, mode: str, words: str) -> None:
    home = sample_home(inverter=FRONIUS)
    writes = wanted(settings(BatteryMode.SELF_USE, charge_kw, discharge_kw), home)
    assert texts(writes)[0] == ("select.mode", mode)
    assert writes[0].note.startswith(words)
    assert bool(writes[0].note) == bool(words)


GROWATT: dict[str, Any] = {
    "profile": "growatt",
    "parameters": {"device_id": "abc"},
    "rated_power_kw": 10.0,
    "entities": {
        "ac_charge": "switch.ac_charge",
        "charge_power": "number.charge_power",
        "charge_soc": "number.charge_soc",
        "discharge_power": "number.discharge_power",
        "discharge_soc": "number.discharge_soc",
    },
}


@pytest.mark.parametrize(
    ("soc_percent", "level", "words"),
    [(55.7, "55", ""), (None, None, "the battery is not held at its charge: that cannot be read")],
)
def test_a_battery_is_held_at_its_measured_charge(soc_percent: float | None, level: str | None, words: str) -> None:
    home = sample_home(inverter=GROWATT)
    writes = wanted(settings(BatteryMode.SELF_USE, discharge_kw=0.0), home, soc_percent)
    assert dict(texts(writes)).get("number.discharge_soc") == level
    assert writes[0].note == words


def test_without_the_entity_of_its_hold_the_battery_feeds_the_load_with_a_word() -> None:
    home = sample_home(inverter={**GROWATT, "entities": without(GROWATT["entities"], "discharge_soc")})
    writes = wanted(settings(BatteryMode.SELF_USE, discharge_kw=0.0), home, 55.0)
    assert writes[0].note == "the battery still feeds the load: inverter.entities.discharge_soc is not set"


def test_a_purchase_draws_up_to_the_fuse() -> None:
    entities = {"setpoint": "number.setpoint", "charge_current": "number.a", "discharge_power": "number.w"}
    victron = {"profile": "victron", "entities": entities}
    limited = sample_home(inverter=victron, grid={"max_import_kw": 11})
    assert dict(texts(wanted(settings(BatteryMode.GRID_CHARGE), limited)))["number.setpoint"] == "11000"
    assert dict(texts(wanted(settings(BatteryMode.EXPORT, discharge_kw=3.0), limited)))["number.setpoint"] == "-3000"
    free = sample_home(inverter=victron)
    assert dict(texts(wanted(settings(BatteryMode.GRID_CHARGE), free)))["number.setpoint"] == "18000"
