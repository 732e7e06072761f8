"""A changed apps.yaml: every kind of change starts the apps again that it is about, and no others."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from appdaemon.models.config.app import AllAppConfig
from appdaemon.models.internal.app_management import UpdateActions

from darkstar.apps_file import take_apps_file

FILE = Path("apps.yaml")
HOME = {"battery": {"capacity_kwh": 10}, "currency": "EUR"}


def _apps(home: object) -> AllAppConfig:
    other = {"module": "lights", "class": "Lights"}
    return AllAppConfig.model_validate(
        {"planner": {"module": "darkstar.planner", "class": "Planner", "home": home}, "lights": other}
    )


def _restarted(home: object) -> set[str]:
    known, asked = _apps(HOME), []

    async def read_config_file(file: Path) -> AllAppConfig:
        assert file == FILE
        return _apps(home)

    async def check_app_updates(update_actions: UpdateActions) -> None:
        asked.append(update_actions.apps.reload)

    management: Any = SimpleNamespace(
        read_config_file=read_config_file, check_app_updates=check_app_updates, app_config=known
    )
    asyncio.run(take_apps_file(management, FILE))
    assert known.model_dump() == _apps(home).model_dump()
    (apps,) = asked
    return apps


@pytest.mark.parametrize(
    "home",
    [
        {**HOME, "currency": "SEK"},
        {**HOME, "sensors": {"through": "mqtt"}},
        {"battery": HOME["battery"]},
        {**HOME, "battery": {}},
        {**HOME, "battery": {"capacity_kwh": 10, "max_charge_kw": 5}},
    ],
    ids=["other value", "new block", "no value any more", "empty block", "new value"],
)
def test_an_app_with_other_settings_begins_anew(home: object) -> None:
    assert _restarted(home) == {"planner"}


def test_nothing_changed_nothing_begins_anew() -> None:
    assert _restarted(HOME) == set()
