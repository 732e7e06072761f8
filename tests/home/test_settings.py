"""The settings: every kind of fault is one readable line, and defaults are what they say."""

import copy
from typing import Any

import pytest

from darkstar.home.settings import HomeSettings, SettingsError, load_settings

BLOCK: dict[str, Any] = {
    "time_zone": "Europe/Stockholm",
    "latitude": 59.33,
    "longitude": 18.07,
    "battery": {"capacity_kwh": 10, "max_charge_kw": 5, "max_discharge_kw": 5},
    "prices": {"source": "nordpool_sensor", "entity": "sensor.nordpool"},
    "entities": {"battery_soc": "sensor.soc"},
    "inverter": {"entities": {"grid_charging": "switch.grid_charging"}},
}


def with_setting(path: str, value: Any) -> dict[str, Any]:
    block = copy.deepcopy(BLOCK)
    *parents, last = path.split(".")
    inner = block
    for name in parents:
        inner = inner.setdefault(name, {})
    inner[last] = value
    return block


def without(path: str) -> dict[str, Any]:
    block = copy.deepcopy(BLOCK)
    *parents, last = path.split(".")
    inner = block
    for name in parents:
        inner = inner[name]
    del inner[last]
    return block


def fault(block: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(block)
    return str(caught.value)


def test_the_smallest_home_loads_with_defaults() -> None:
    home = load_settings(BLOCK)
    assert home.zone.key == "Europe/Stockholm"
    assert home.battery.min_soc_percent == 10
    assert home.executor.shadow_mode
    assert home.water_heater is None
    assert home.pv_arrays == ()
    assert home.planner.horizon_hours == 48


def test_defaults_fill_what_is_left_out_and_never_replace() -> None:
    block = without("time_zone")
    assert load_settings(block, {"time_zone": "Europe/Paris", "latitude": 1.0}).time_zone == "Europe/Paris"
    assert load_settings(block, {"time_zone": "Europe/Paris", "latitude": 1.0}).latitude == 59.33


def test_a_heading_with_nothing_below_it_counts_as_left_out() -> None:
    assert load_settings(BLOCK | {"tariff": None}).tariff == load_settings(BLOCK).tariff
    assert "- battery: Field required" in fault(BLOCK | {"battery": None})


@pytest.mark.parametrize("block", [None, "home", ["a"], 3])
def test_no_block_at_all_is_said_in_words(block: Any) -> None:
    assert fault(block) == "apps.yaml: the app has no `home:` block. Copy it from apps.yaml.example."


def with_heater(heater: dict[str, Any]) -> dict[str, Any]:
    block = with_setting("water_heater", heater)
    block["entities"]["water_heater"] = "switch.heater"
    return block


FAULTS = [
    (with_setting("batery", {}), ["- batery", "no such setting", "spelling"]),
    (with_setting("battery.capacity", 3), ["- battery.capacity (is 3)", "no such setting"]),
    (with_setting("pv_arrays", [{"kwp": 3, "tilt": 1}]), ["- pv_arrays.0.tilt (is 1)", "no such setting"]),
    (with_setting("tariff.fee_periods", [{"fee_per_kwh": 1, "from": "06:00"}]), ["- tariff.fee_periods.0.from"]),
    (without("battery.capacity_kwh"), ["- battery.capacity_kwh", "add it"]),
    (without("latitude"), ["- latitude", "add it"]),
    (with_setting("battery.capacity_kwh", "ten"), ["- battery.capacity_kwh (is 'ten')", "number"]),
    (with_setting("battery.capacity_kwh", float("nan")), ["- battery.capacity_kwh (is nan)", "finite"]),
    (with_setting("battery.capacity_kwh", float("inf")), ["- battery.capacity_kwh (is inf)", "finite"]),
    (with_setting("grid.fuse_a", 16), ["- grid.fuse_a 16 needs entities.phase_currents"]),
    (with_setting("grid.fuse_sacrifice", ["ev", "ev"]), ["fuse_sacrifice [ev, ev] names a device twice"]),
    (with_setting("battery.max_charge_kw", 0), ["- battery.max_charge_kw (is 0)", "greater than 0"]),
    (with_setting("battery.min_soc_percent", 101), ["- battery.min_soc_percent (is 101)", "less than or equal to 100"]),
    (
        with_setting("battery.min_soc_percent", 100),
        ["- battery: min_soc_percent 100 must be below max_soc_percent 100"],
    ),
    (with_setting("battery.charge_efficiency", 95), ["- battery.charge_efficiency (is 95)", "less than or equal to 1"]),
    (with_setting("time_zone", "Stockholm"), ["- time_zone: 'Stockholm' is not a time zone", "Europe/Stockholm"]),
    (with_setting("currency", "kr"), ["- currency (is 'kr')"]),
    (with_setting("latitude", 91), ["- latitude (is 91)", "less than or equal to 90"]),
    (with_setting("inverter.profile", "soils"), ["- inverter.profile: there is no inverter profile 'soils'", "deye"]),
    (with_setting("inverter.profile", "deye"), ["- inverter.entities.work_mode is needed and missing: Work Mode"]),
    (with_setting("entities.inverter_work_mode", "select.x"), ["moved, write it as inverter.entities.work_mode"]),
    (with_setting("inverter.export_mode", "Selling"), ["moved, write it as inverter.options.export"]),
    (without("inverter"), ["- inverter", "add it"]),
    (with_setting("water_heater", {"power_kw": 3}), ["entities.water_heater is needed and missing"]),
    (
        with_heater({"power_kw": 3, "off_celsius": 60, "normal_celsius": 50}),
        ["- water_heater: off_celsius 60 < normal_celsius 50 <= boost_celsius 70 <= max_celsius 85 must hold"],
    ),
    (without("entities.battery_soc"), ["entities.battery_soc is needed and missing"]),
    (with_setting("entities.battery_soc", "Sensor.SoC"), ["- entities.battery_soc (is 'Sensor.SoC')", "pattern"]),
    (with_setting("entities.battery_soc", ""), ["- entities.battery_soc (is '')"]),
    (
        with_setting("entities.grid_import_power", "sensor.in"),
        ["grid_import_power and grid_export_power", "each other"],
    ),
    (with_setting("prices.source", "fixed"), ["- prices: source 'fixed' needs fixed_per_kwh"]),
    (with_setting("prices.source", "nordpool_service"), ["needs nordpool_config_entry and nordpool_area"]),
    (without("prices.entity"), ["- prices: source 'nordpool_sensor' needs entity"]),
    (with_setting("prices.source", "awattar"), ["- prices.source (is 'awattar')", "'nordpool_sensor'"]),
    (with_setting("pv_forecast.source", "solcast"), ["- pv_forecast: source 'solcast' needs entities"]),
    (with_setting("planner.interval_minutes", 20), ["- planner.interval_minutes (is 20)", "multiple of 15"]),
    (with_setting("tariff.vat_percent", -1), ["- tariff.vat_percent (is -1)"]),
    (with_setting("notifications.services", ["mobile"]), ["- notifications.services.0 (is 'mobile')"]),
    (with_setting("notifications.quiet_start", "22:00"), ["quiet_start and quiet_end need each other"]),
    (with_setting("executor.interval_seconds", 5), ["- executor.interval_seconds (is 5)", "30"]),
]


@pytest.mark.parametrize(("block", "words"), FAULTS)
def test_a_fault_names_setting_value_and_way_out(block: dict[str, Any], words: list[str]) -> None:
    message = fault(block)
    assert message.startswith("apps.yaml: 1 fault(s) in the `home` block:\n  - ")
    assert message.count("\n") == 1
    for word in words:
        assert word in message


def test_a_net_meter_excludes_a_dual_meter() -> None:
    block = copy.deepcopy(BLOCK)
    block["entities"] |= {
        "grid_power": "sensor.net",
        "grid_import_power": "sensor.in",
        "grid_export_power": "sensor.out",
    }
    assert "entities.grid_power (net meter) excludes" in fault(block)


def test_all_faults_come_at_once() -> None:
    block = with_setting("battery.capacity_kwh", -1)
    block["planner"] = {"horizon_hours": 100, "horizont": 1}
    del block["longitude"]
    message = fault(block)
    assert message.startswith("apps.yaml: 4 fault(s)")
    for setting in ("battery.capacity_kwh (is -1)", "planner.horizon_hours (is 100)", "planner.horizont", "longitude"):
        assert setting in message


def test_faults_of_fields_and_between_blocks_come_at_once() -> None:
    block = with_setting("inverter.profile", "deye") | {"currency": "kr"}
    message = fault(block)
    assert "2 fault(s)" in message
    assert "- currency" in message
    assert "- inverter.entities.work_mode is needed and missing" in message


def test_several_missing_entities_come_at_once() -> None:
    block = copy.deepcopy(BLOCK) | {"entities": {}, "water_heater": {"power_kw": 3}, "inverter": {}}
    message = fault(block)
    for entity in ("entities.battery_soc", "inverter.entities.grid_charging", "entities.water_heater"):
        assert f"- {entity} is needed and missing" in message


@pytest.mark.parametrize(
    ("profile", "role", "allowed", "sells"),
    [
        ("deye", "work_mode", True, True),
        ("deye", "work_mode", False, False),
        ("generic_watt", "export", True, True),
        ("generic_watt", None, True, False),
        ("generic_ampere", None, True, False),
    ],
)
def test_selling_from_the_battery_needs_leave_and_a_way(
    profile: str, role: str | None, allowed: bool, sells: bool
) -> None:
    entities = {"grid_charging": "switch.grid_charging"}
    if role is not None:
        entities[role] = "select.mode" if role == "work_mode" else "switch.sell"
    block = with_setting("battery.discharge_to_grid", allowed) | {
        "inverter": {"profile": profile, "entities": entities}
    }
    assert load_settings(block).can_sell_from_battery == sells


def test_settings_cannot_be_changed_later() -> None:
    home = load_settings(BLOCK)
    with pytest.raises(ValueError, match="frozen"):
        home.battery.capacity_kwh = 20  # type: ignore[misc] # the fault under test


def test_settings_survive_json() -> None:
    home = load_settings(BLOCK)
    assert HomeSettings.model_validate_json(home.model_dump_json()) == home
