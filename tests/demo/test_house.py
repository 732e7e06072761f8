"""The simulated house: its settings are right, and Home Assistant has every entity that they name."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from darkstar.control.watch.watchdog import watchdog_yaml
from darkstar.home.entities import EntitySettings
from tests.e2e.history import COUNTERS, live_past
from tests.e2e.layout import DASHBOARDS, HOUSE, house_settings
from tests.e2e.ports import free_port
from tests.e2e.seed_storage import seed_storage

HELPERS = DASHBOARDS / "homeassistant" / "darkstar.yaml"


def _yaml(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def _helpers(content: dict[str, Any]) -> Iterator[str]:
    for domain in ("input_boolean", "input_button", "input_datetime", "input_number", "input_select", "input_text"):
        yield from (f"{domain}.{name}" for name in content.get(domain, {}))


def _watchdog() -> set[str]:
    return {f"automation.{each['id']}" for each in yaml.safe_load(watchdog_yaml(house_settings()))["automation"]}


def _devices(content: dict[str, Any]) -> Iterator[str]:
    for block in content["template"]:
        for domain, entities in block.items():
            yield from (f"{domain}.{entity['name'].lower().replace(' ', '_')}" for entity in entities)
    for platform in content["switch"]:
        yield from (f"switch.{name}" for name in platform["switches"])


def test_home_assistant_has_every_entity_of_the_settings() -> None:
    house = _yaml(HOUSE / "demo_house.yaml")
    there = {*_helpers(_yaml(HELPERS)), *_helpers(house), *_devices(house), *_watchdog()}
    home = house_settings()
    assert home.charger is not None
    entities = [*home.entities.model_dump().values(), *home.inverter.entities.values(), *home.charger.entities.values()]
    named = {entity for entity in entities if isinstance(entity, str) and "." in entity}
    assert named - there == set()


def test_the_package_has_every_helper_that_is_there_by_default() -> None:
    fields = EntitySettings.model_fields.values()
    wanted = {field.default for field in fields if isinstance(field.default, str) and ".darkstar_" in field.default}
    helpers = set(_helpers(_yaml(HELPERS)))
    assert helpers <= wanted
    assert wanted - helpers <= _watchdog()


def test_the_values_of_the_helpers_survive_a_restart() -> None:
    helpers = [helper for domain in _yaml(HELPERS).values() for helper in domain.values()]
    assert not any("initial" in helper for helper in helpers)


def test_all_apps_share_one_home_that_steers_its_devices() -> None:
    apps = _yaml(HOUSE / "apps.yaml")
    homes = [app["home"] for app in apps.values()]
    assert all(home is homes[0] for home in homes)
    assert not house_settings().executor.shadow_mode


def test_the_past_balances_and_its_counters_only_rise() -> None:
    past = live_past(house_settings(), datetime(2026, 3, 30, 10, 20, tzinfo=UTC), days=2)
    assert len(past) == 48
    assert past[-1].start == datetime(2026, 3, 30, 9, tzinfo=UTC)
    for name in COUNTERS:
        readings = [hour.reading_kwh[name] for hour in past]
        assert readings == sorted(readings)
    last = past[-1].reading_kwh
    standby_kwh = house_settings().demo.standby_kw * 48
    supplied = last["pv"] + last["grid_import"] + last["battery_discharge"]
    used = last["load"] + last["grid_export"] + last["battery_charge"] + standby_kwh
    assert supplied == pytest.approx(used, abs=0.01)


def test_the_token_is_signed_with_the_key_that_home_assistant_finds(tmp_path: Path) -> None:
    token = seed_storage(tmp_path, {"input_number.demo_sim_soc": "45"})
    header, claims, signature = token.split(".")
    stored = json.loads((tmp_path / ".storage" / "auth").read_text(encoding="utf-8"))["data"]["refresh_tokens"][0]
    expected = hmac.new(stored["jwt_key"].encode(), f"{header}.{claims}".encode(), hashlib.sha256).digest()
    assert base64.urlsafe_b64decode(signature + "==") == expected
    said = json.loads(base64.urlsafe_b64decode(claims + "=="))
    assert said["iss"] == stored["id"]
    assert timedelta(seconds=said["exp"] - said["iat"]) == timedelta(days=3650)


def test_a_taken_port_gives_the_next_free_one() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) > port
