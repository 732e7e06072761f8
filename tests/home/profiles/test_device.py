"""What the owner fills into a profile: checked entity by entity."""

from __future__ import annotations

from typing import Any

import pytest

from darkstar.home.devices import ChargerSettings, InverterSettings
from darkstar.home.profiles.vocabulary import Quantity, State
from darkstar.home.settings import SettingsError, load_settings
from tests.home.test_settings import BLOCK

GROWATT = {
    "ac_charge": "switch.a",
    "charge_power": "number.b",
    "charge_soc": "number.c",
    "discharge_power": "number.d",
}
DEYE = {"grid_charging": "switch.grid", "work_mode": "select.mode"}


def inverter(profile: str = "deye", **settings: Any) -> dict[str, Any]:
    return {"profile": profile, "entities": DEYE, **settings}


FAULTS = [
    (
        inverter(entities={"work_mode": "select.mode"}),
        "inverter.entities.grid_charging is needed and missing: Battery Grid Charging, such as "
        "switch.inverter_battery_grid_charging (profile deye)",
    ),
    (
        inverter(entities={**DEYE, "export": "switch.export"}),
        "inverter.entities.export: profile deye has no such entity, only grid_charging, work_mode, charge_current",
    ),
    (
        inverter(entities={**DEYE, "work_mode": "switch.mode"}),
        "inverter.entities.work_mode (is 'switch.mode'): it must be of select or input_select",
    ),
    (
        inverter(entities={**DEYE, "charge_current": "number.a", "discharge_current": "number.a"}),
        "inverter.entities: charge_current and discharge_current cannot be the same entity number.a",
    ),
    (inverter(entities={**DEYE, "work_mode": "Mode"}), "inverter.entities.work_mode (is 'Mode')"),
    (inverter(options={"sell": "Now"}), "inverter.options.sell: profile deye has only self_use, export"),
    (inverter(parameters={"device_id": 3}), "inverter.parameters.device_id: profile deye has none"),
    (inverter(max_current_a=3), "inverter.max_current_a (is 3): Extra inputs"),
    (
        inverter("growatt", entities=GROWATT, parameters={"device_id": "one"}),
        "inverter.rated_power_kw is needed and missing: profile growatt writes percent of the rated power",
    ),
    (
        inverter("huawei", entities={"charge_power": "number.a", "discharge_power": "number.b"}),
        "inverter.parameters.device_id is needed and missing: Device id of the battery",
    ),
]


@pytest.mark.parametrize(("block", "words"), FAULTS)
def test_a_fault_names_setting_and_way_out(block: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({**BLOCK, "inverter": block})
    assert str(caught.value).startswith("apps.yaml: 1 fault(s)")
    assert f"- {words}" in str(caught.value)


def test_all_faults_of_a_device_come_at_once() -> None:
    block = inverter(entities={"soc": "sensor.soc"}, options={"sell": "Now"})
    with pytest.raises(SettingsError) as caught:
        load_settings({**BLOCK, "inverter": block})
    assert str(caught.value).startswith("apps.yaml: 4 fault(s)")


def test_a_car_needs_a_charger_and_a_plug() -> None:
    with pytest.raises(SettingsError, match=r"- ev needs charger(.|\n)*- entities.ev_connected is needed"):
        load_settings({**BLOCK, "ev": {"capacity_kwh": 60}})
    entities = {**BLOCK["entities"], "ev_connected": "binary_sensor.plug"}
    charger = {"entities": {"charging": "switch.charger"}}
    settings = load_settings({**BLOCK, "ev": {"capacity_kwh": 60}, "charger": charger, "entities": entities})
    assert settings.charger is not None
    assert settings.charger.profile.name == "generic_charger"


def test_faults_of_a_charger_bear_its_name() -> None:
    with pytest.raises(SettingsError, match=r"- charger\.entities\.charging is needed and missing"):
        load_settings({**BLOCK, "charger": {}})


def test_what_a_device_can_be_told_depends_on_its_entities() -> None:
    bare = InverterSettings(profile="deye", entities=DEYE)
    full = InverterSettings(profile="deye", entities={**DEYE, "discharge_current": "number.a"})
    assert not bare.writes(State.SELF_USE, Quantity.DISCHARGE_KW)
    assert full.writes(State.SELF_USE, Quantity.DISCHARGE_KW)
    assert len(full.steps(State.SELF_USE)) == len(bare.steps(State.SELF_USE)) + 1
    assert bare.has_state(State.EXPORT)
    assert not bare.has_state(State.HOLD)


def test_a_state_whose_difference_is_not_there_does_not_count() -> None:
    settings: dict[str, Any] = {"profile": "growatt", "parameters": {"device_id": "one"}, "rated_power_kw": 5}
    assert not InverterSettings(**settings, entities=GROWATT).has_state(State.HOLD)
    assert InverterSettings(**settings, entities={**GROWATT, "discharge_soc": "number.e"}).has_state(State.HOLD)


def test_options_of_the_owner_replace_those_of_the_profile() -> None:
    settings = InverterSettings(profile="deye", entities=DEYE, options={"export": "Selling First"})
    assert settings.option("export") == "Selling First"
    assert settings.option("self_use") == "Zero Export To CT"


def test_parameters_may_be_numbers() -> None:
    assert ChargerSettings(profile="easee", parameters={"device_id": 7}).parameters == {"device_id": 7}
