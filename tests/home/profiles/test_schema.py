"""Profiles: every kind of fault is found and told in words; capabilities are what the steps can do."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from pydantic import ValidationError

from darkstar.home.profiles.load import find_profile
from darkstar.home.profiles.schema import DeviceProfile, capabilities_of
from darkstar.home.profiles.vocabulary import CHARGER_UNITS_OF, UNITS_OF, Capability, Quantity, State, Unit
from tests.control.profile_calls import README, all_profiles

NUMBER = {"domains": ["number"], "unit": "W", "meaning": "Power", "example": "number.power"}
SWITCH = {"domains": ["switch", "input_boolean"], "meaning": "Switch", "example": "switch.one"}
OFF, ON = {"set": "switch", "to": {"text": "off"}}, {"set": "switch", "to": {"text": "on"}}
POWER = {"set": "power", "to": {"quantity": "charge_kw"}}
INVERTER: dict[str, Any] = {
    "name": "mine",
    "title": "Mine",
    "kind": "inverter",
    "integration": "My integration",
    "documentation": "https://example.org",
    "checked_against": "nothing",
    "entities": {"switch": SWITCH, "power": NUMBER},
    "options": {"one": "One"},
    "parameters": {"device_id": "the id"},
    "states": {"self_use": [OFF, POWER], "grid_charge": [POWER, ON]},
    "capabilities": ["charge_power", "charge_limit"],
}
CHARGER: dict[str, Any] = {
    **INVERTER,
    "kind": "charger",
    "entities": {"switch": SWITCH, "current": {**NUMBER, "unit": "A"}},
    "states": {"charge": [{"set": "current", "to": {"quantity": "current_a"}}, ON], "stop": [OFF]},
    "capabilities": ["current"],
}
CALL = {"call": "maker/go", "data": {"power": {"quantity": "charge_kw", "unit": "W"}}}


def changed(base: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A profile with other values by path, such as states__export."""
    block = copy.deepcopy(base)
    for path, value in changes.items():
        *parents, last = path.split("__")
        inner = block
        for name in parents:
            inner = inner[name]
        inner[last] = value
    return block


def faults(block: dict[str, Any]) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        DeviceProfile.model_validate(block)
    return [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in caught.value.errors()]


def test_the_samples_have_no_fault() -> None:
    for block in (INVERTER, CHARGER):
        profile = DeviceProfile.model_validate(block)
        assert profile.capabilities == capabilities_of(profile)


FAULTS = [
    (changed(INVERTER, name="My Inverter"), "name:", "pattern"),
    (changed(INVERTER, kind="heater"), "kind:", "'inverter' or 'charger'"),
    (changed(INVERTER, color="red"), "color:", "Extra inputs"),
    (changed(INVERTER, entities__power__unit=None), "entities.power:", "a number needs one"),
    (changed(INVERTER, entities__switch__unit="W"), "entities.switch:", "anything else has none"),
    (changed(INVERTER, entities__power__unit="VA"), "entities.power.unit:", "'W', 'kW'"),
    (changed(INVERTER, entities__switch__domains=["switch", "select"]), "entities.switch:", "all be of one kind"),
    (changed(INVERTER, entities__switch__domains=["light"]), "entities.switch.domains.0:", "'number'"),
    (changed(INVERTER, states={"self_use": [OFF, POWER]}), ":", "states.grid_charge is missing"),
    (changed(INVERTER, states__charge=[ON]), ":", "states.charge is not a state of an inverter"),
    (changed(CHARGER, states__hold=[OFF]), ":", "states.hold is not a state of a charger"),
    (
        changed(INVERTER, states__self_use=[{"turn_off": "switch"}]),
        "states.self_use.0:",
        "one of: set (with to), press",
    ),
    (changed(INVERTER, states__self_use=[{"set": "switch"}]), "states.self_use.0.set.to:", "Field required"),
    (
        changed(INVERTER, states__self_use=[{"set": "mode", "to": {"text": "a"}}]),
        ":",
        "self_use[0]: there is no entity",
    ),
    (changed(INVERTER, states__self_use=[{"set": "switch", "to": {"text": "stop"}}]), ":", "takes the text on or off"),
    (changed(INVERTER, states__self_use=[{"set": "power", "to": {"text": "off"}}]), ":", "'power' takes a number"),
    (changed(INVERTER, states__self_use=[{"set": "switch", "to": {"constant": 1}}]), ":", "'switch' takes a text"),
    (changed(INVERTER, states__self_use=[{"set": "power", "to": {}}]), "states.self_use.0.set.to:", "exactly one"),
    (
        changed(INVERTER, states__self_use=[{"set": "power", "to": {"constant": 1, "quantity": "charge_kw"}}]),
        "states.self_use.0.set.to:",
        "exactly one",
    ),
    (
        changed(INVERTER, states__self_use=[{"set": "power", "to": {"quantity": "target_soc_percent"}}]),
        ":",
        "target_soc_percent in W: it can be written in %",
    ),
    (
        changed(INVERTER, states__self_use=[{"set": "power", "to": {"quantity": "charge_kw", "unit": "A"}}]),
        ":",
        "unit A: 'power' is in W",
    ),
    (
        changed(INVERTER, states__self_use=[{"set": "power", "to": {"quantity": "current_a"}}]),
        ":",
        "current_a: an inverter has no such quantity",
    ),
    (
        changed(CHARGER, states__charge=[{"set": "current", "to": {"quantity": "charge_kw"}}, ON]),
        ":",
        "charge_kw in A: it can be written in W, kW",
    ),
    (
        changed(CHARGER, states__charge=[{"set": "current", "to": {"quantity": "discharge_kw"}}, ON]),
        ":",
        "discharge_kw: a charger has no such quantity",
    ),
    (changed(INVERTER, states__self_use=[{"press": "switch"}]), ":", "'switch' must be one of button, input_button"),
    (changed(INVERTER, states__self_use=[{"press": "go"}]), ":", "there is no entity 'go'"),
    (changed(INVERTER, states__self_use=[{"call": "maker.go"}]), "states.self_use.0.call.call:", "pattern"),
    (
        changed(INVERTER, states__self_use=[{"call": "maker/go", "data": {"power": {"quantity": "charge_kw"}}}]),
        ":",
        "power: charge_kw in no unit: it can be written in A, W, kW, rated_percent",
    ),
    (
        changed(INVERTER, states__self_use=[{"call": "maker/go", "data": {"id": {"setting": "serial"}}}]),
        ":",
        "id: there is no parameter 'serial'",
    ),
    (
        changed(INVERTER, states__self_use=[{"call": "maker/go", "data": {"id": {"option": "two"}}}]),
        ":",
        "id: there is no option 'two'",
    ),
    (
        changed(INVERTER, states__self_use=[{**CALL, "confirm": {"role": "state", "states": ["on"]}}]),
        ":",
        "there is no entity 'state'",
    ),
    (changed(INVERTER, states__self_use=[POWER]), ":", "states.self_use leaves 'switch' as it was: set it there too"),
    (changed(INVERTER, states__grid_charge=[POWER, ON, CALL]), ":", "states.self_use has no call that ends those"),
    (
        changed(INVERTER, states__self_use=[OFF], states__hold=[OFF, POWER], capabilities=["charge_power", "hold"]),
        ":",
        "states.self_use leaves 'power' as it was",
    ),
    (changed(INVERTER, capabilities=["export"]), ":", "capabilities: the states have charge_limit, charge_power"),
]


@pytest.mark.parametrize(("block", "path", "words"), FAULTS)
def test_a_fault_names_path_and_words(block: dict[str, Any], path: str, words: str) -> None:
    found = faults(block)
    assert any(fault.startswith(path) and words in fault for fault in found), found


def test_a_bare_on_of_yaml_is_understood() -> None:
    block = changed(INVERTER, states__self_use=[{"set": "switch", "to": {"text": False}}, POWER])
    assert DeviceProfile.model_validate(block) == DeviceProfile.model_validate(INVERTER)


def test_a_profile_survives_json() -> None:
    for profile in all_profiles():
        assert DeviceProfile.model_validate(profile.model_dump(mode="json", exclude_unset=True)) == profile
        assert DeviceProfile.model_validate_json(profile.model_dump_json()) == profile


def test_the_example_of_the_documents_is_a_profile() -> None:
    _, _, rest = README.read_text(encoding="utf-8").partition("<!-- example -->\n```json\n")
    profile = DeviceProfile.model_validate(json.loads(rest.partition("```")[0]))
    assert profile.name == "my_inverter"
    assert Capability.EXPORT in profile.capabilities


@pytest.mark.parametrize("word", [*Quantity, *Unit, *State, *Capability])
def test_the_documents_name_every_word(word: str) -> None:
    assert f"`{word}`" in README.read_text(encoding="utf-8")


def test_every_quantity_has_a_unit() -> None:
    assert UNITS_OF.keys() | CHARGER_UNITS_OF.keys() == set(Quantity)


def test_units_and_roles_of_a_profile() -> None:
    deye = find_profile("inverter", "deye")
    assert deye.units == {Unit.AMPERE, Unit.PERCENT}
    assert deye.required_roles == ("grid_charging", "work_mode")
    assert deye.is_mode("work_mode")
    assert not deye.is_mode("charge_current")
    assert find_profile("inverter", "huawei").units == {Unit.WATT, Unit.PERCENT}
    assert find_profile("inverter", "victron").is_mode("setpoint")


@pytest.mark.parametrize("profile", all_profiles(), ids=lambda profile: profile.name)
def test_every_profile_says_where_its_names_come_from(profile: DeviceProfile) -> None:
    assert len(profile.checked_against) > 30
    assert profile.notes
    for role in profile.entities.values():
        assert role.example.partition(".")[0] in role.domains
