from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from darkstar.editing.apps_yaml import with_changes
from darkstar.editing.form import Field, Kind, Section, form, paths
from darkstar.home.secret_url import HIDDEN
from darkstar.home.settings import HomeSettings, load_settings

EXAMPLE = Path(__file__).parents[2] / "apps.yaml.example"
BLOCK: dict[str, Any] = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))["darkstar_planner"]["home"]
PLACE = {"time_zone": "Europe/Stockholm", "latitude": 59.3, "longitude": 18.1}


def field(path: str, block: dict[str, Any] = BLOCK) -> Field:
    (found,) = [each for section in form(block) for each in section.fields if each.path == path]
    return found


def section(name: str, block: dict[str, Any] = BLOCK) -> Section:
    (found,) = [each for each in form(block) if each.name == name]
    return found


def test_a_number_has_its_unit_limits_meaning_and_default() -> None:
    soc = field("battery.min_soc_percent")
    assert (soc.title, soc.unit, soc.kind) == ("Min SoC", "%", Kind.NUMBER)
    assert (soc.minimum, soc.maximum, soc.default, soc.value) == (0, 100, 10, None)
    assert soc.help.startswith("Soft floor")
    assert field("battery.capacity_kwh").value == BLOCK["battery"]["capacity_kwh"]
    assert field("battery.capacity_kwh").is_needed
    assert field("battery.capacity_kwh").is_above
    assert not soc.is_above
    wear = field("battery.wear_cost_per_kwh")
    assert (wear.title, wear.unit) == ("Wear cost per kWh", "")


def test_every_kind_of_value_is_known() -> None:
    kinds = {
        "battery.charge_from_grid": Kind.FLAG,
        "water_heater.comfort_level": Kind.INTEGER,
        "water_heater.hygiene": Kind.CHOICE,
        "water_heater.hygiene_start": Kind.TIME,
        "entities.battery_soc": Kind.ENTITY,
        "notifications.services": Kind.LIST,
        "notifications.discord_webhook_url": Kind.SECRET,
        "tariff.fee_periods": Kind.FILE,
        "inverter.profile": Kind.TEXT,
        "inverter.entities": Kind.FILE,
        "time_zone": Kind.TEXT,
        "latitude": Kind.NUMBER,
        "grid.max_export_kw": Kind.NUMBER,
    }
    assert {path: field(path).kind for path in kinds} == kinds
    assert field("water_heater.hygiene").choices == ("vacation", "always", "never")


def test_a_secret_is_never_in_the_form() -> None:
    told = {**BLOCK, "notifications": {"discord_webhook_url": "https://discord.com/api/webhooks/1/secret"}}
    assert field("notifications.discord_webhook_url", told).value == HIDDEN
    assert "webhooks/1" not in repr(form(told))
    assert "notifications.discord_webhook_url" not in paths(form(told))


def test_each_array_has_a_section_of_its_own() -> None:
    assert section("pv_arrays.0").fields[0].path == "pv_arrays.0.kwp"


def test_a_device_that_is_not_there_is_said_so() -> None:
    without = {name: value for name, value in BLOCK.items() if name not in ("water_heater", "ev")}
    assert not section("water_heater", without).is_there
    assert section("water_heater").is_there
    assert section("battery").is_there


def test_every_block_of_the_settings_has_a_section() -> None:
    names = {each.name.partition(".")[0] for each in form({**BLOCK, "appliances": [{}]})}
    plain = {"time_zone", "latitude", "longitude", "currency"}
    assert set(HomeSettings.model_fields) - plain - {"demo"} == names - {"general"}
    assert {each.path for each in section("general").fields} == plain


def test_what_the_form_shows_can_be_written_back() -> None:
    """Each value of the example that the form may change is taken as it is shown."""
    shown = {
        each.path: each.value
        for part in form(BLOCK)
        for each in part.fields
        if each.value is not None and each.path in paths(form(BLOCK))
    }
    assert len(shown) > 20
    assert load_settings(with_changes(BLOCK, shown), PLACE) == load_settings(BLOCK, PLACE)
