"""Profiles by name: those of the package, the owner's own, and blocks in the settings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from darkstar.home.profiles.load import FOLDERS, ProfileError, find_profile, shipped_names
from darkstar.home.settings import HomeSettings, SettingsError, load_settings
from tests.home.profiles.test_schema import CHARGER, INVERTER
from tests.home.test_settings import BLOCK

WANTED = {
    "inverter": {
        "deye", "enphase", "foxess", "fronius", "generic_ampere", "generic_watt", "goodwe", "growatt", "huawei",
        "sigenergy", "sofar", "solaredge", "solax", "solis", "tesla_powerwall", "victron",
    },
    "charger": {"easee", "generic_charger", "goe", "ocpp", "wallbox", "zaptec"},
}  # fmt: skip


def put(folder: Path, kind: str, name: str, text: str) -> Path:
    file = folder / FOLDERS[kind] / f"{name}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def home(profile: Any, entities: dict[str, str], folder: Path | None = None) -> HomeSettings:
    return load_settings({**BLOCK, "inverter": {"profile": profile, "entities": entities,
                                                "parameters": {"device_id": "one"}}}, None, folder)  # fmt: skip


ENTITIES = {"switch": "switch.one", "power": "number.power"}


@pytest.mark.parametrize("kind", WANTED)
def test_the_profiles_of_the_package(kind: str) -> None:
    assert WANTED[kind] <= set(shipped_names(kind))
    for name in shipped_names(kind):
        assert find_profile(kind, name).name == name


def test_an_own_profile_is_found_and_comes_first(tmp_path: Path) -> None:
    put(tmp_path, "inverter", "mine", json.dumps(INVERTER))
    put(tmp_path, "inverter", "deye", json.dumps({**INVERTER, "name": "deye"}))
    put(tmp_path, "charger", "mine", json.dumps(CHARGER))
    assert find_profile("inverter", "mine", tmp_path).title == "Mine"
    assert find_profile("inverter", "deye", tmp_path).title == "Mine"
    assert find_profile("charger", "mine", tmp_path).kind == "charger"
    assert find_profile("inverter", "solis", tmp_path).name == "solis"


@pytest.mark.parametrize("name", ["soils", "../deye", "Deye", "", "deye.json"])
def test_an_unknown_name_is_told_with_the_known_ones(name: str, tmp_path: Path) -> None:
    put(tmp_path, "inverter", "mine", json.dumps(INVERTER))
    with pytest.raises(ProfileError) as caught:
        find_profile("inverter", name, tmp_path)
    message = str(caught.value)
    assert message.startswith(f"there is no inverter profile '{name}': use one of deye, ")
    assert ", mine, " in message
    assert str(tmp_path / "inverters" / "NAME.json") in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "line 1, column 2"),
        ("[]", "valid dictionary"),
        (json.dumps({**INVERTER, "title": ""}), "title: String should have at least 1 character"),
        (json.dumps({**INVERTER, "states": {"self_use": [{"set": "a", "to": {}}], "grid_charge": []}}),
         "states.self_use.0.set.to: give exactly one"),
        (json.dumps({**INVERTER, "name": "other"}), 'it must have "kind": "inverter" and "name": "mine"'),
        (json.dumps({**CHARGER}), 'it must have "kind": "inverter" and "name": "mine"'),
    ],
)  # fmt: skip
def test_a_fault_in_an_own_file_names_file_and_field(text: str, words: str, tmp_path: Path) -> None:
    file = put(tmp_path, "inverter", "mine", text)
    with pytest.raises(SettingsError) as caught:
        home("mine", ENTITIES, tmp_path)
    message = str(caught.value)
    assert message.startswith("apps.yaml: 1 fault(s)")
    assert f"- inverter.profile: {file}: " in message
    assert words in message


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    file = put(tmp_path, "inverter", "mine", "")
    file.write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(ProfileError, match="cannot be read"):
        find_profile("inverter", "mine", tmp_path)


def test_an_own_profile_serves_the_home(tmp_path: Path) -> None:
    put(tmp_path, "inverter", "mine", json.dumps(INVERTER))
    assert home("mine", ENTITIES, tmp_path).inverter.profile.title == "Mine"


def test_a_block_in_the_settings_serves_as_well() -> None:
    settings = home(INVERTER, ENTITIES)
    assert settings.inverter.profile.title == "Mine"
    assert not settings.has_export_mode
    assert HomeSettings.model_validate_json(settings.model_dump_json()) == settings
    assert load_settings(settings.model_dump(mode="json", exclude_unset=True)) == settings


def test_a_fault_in_a_block_names_its_place() -> None:
    block = {**INVERTER, "states": {**INVERTER["states"], "grid_charge": [{"set": "power", "to": {"amount": 3}}]}}
    with pytest.raises(SettingsError) as caught:
        home(block, ENTITIES)
    assert "- inverter.profile.states.grid_charge.0.set.to.amount (is 3)" in str(caught.value)


def test_the_profile_of_a_charger_is_none_for_an_inverter() -> None:
    with pytest.raises(SettingsError, match="'mine' is the profile of a charger, this is an inverter"):
        home(CHARGER, ENTITIES)
