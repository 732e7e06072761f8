"""The folders of the stack: Home Assistant's and AppDaemon's configuration, as an owner would lay them out."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from darkstar.control.watch.watchdog import FILE, watchdog_yaml
from darkstar.home.settings import HomeSettings, load_settings

ROOT = Path(__file__).parents[2]
HOUSE = Path(__file__).parent / "house"
PACKAGE = ROOT / "apps" / "darkstar"
DASHBOARDS = ROOT / "dashboards"
VENV_HA = ROOT / ".venv-ha"
GENERATED_PAGES = "compiled"


PLACE = {"time_zone": "Europe/Stockholm", "latitude": 59.3293, "longitude": 18.0686}
"""Where the house stands, as its appdaemon.yaml says: the apps take it from there."""


Changes = Mapping[str, Mapping[str, object]]
"""Settings of the house that a test wants otherwise, by block."""


def house_settings(changes: Changes | None = None) -> HomeSettings:
    """The settings of the simulated house."""
    return load_settings(_apps(changes or {})["darkstar_planner"]["home"], PLACE)


def _apps(changes: Changes) -> dict[str, Any]:
    """The house's apps.yaml; all apps share one home."""
    apps: dict[str, Any] = yaml.safe_load((HOUSE / "apps.yaml").read_text(encoding="utf-8"))
    home = apps["darkstar_planner"]["home"]
    for block, settings in changes.items():
        home[block] = {**home.get(block, {}), **settings}
    return apps


def home_assistant_version() -> str:
    """Version of the Home Assistant in its virtual environment."""
    found = list(VENV_HA.glob("lib/python*/site-packages/homeassistant-*.dist-info"))
    if not found:
        msg = f"there is no Home Assistant in {VENV_HA}: run `make setup` in {ROOT}"
        raise FileNotFoundError(msg)
    return found[0].name.removeprefix("homeassistant-").removesuffix(".dist-info")


def write_home_assistant_config(folder: Path, changes: Changes | None = None) -> None:
    """Home Assistant with the simulated devices and the packages that owners install."""
    folder.mkdir(exist_ok=True)
    for source in (
        HOUSE / "configuration.yaml",
        HOUSE / "demo_house.yaml",
        DASHBOARDS / "homeassistant" / "darkstar.yaml",
    ):
        shutil.copy(source, folder)
    (folder / FILE).write_text(watchdog_yaml(house_settings(changes)), encoding="utf-8")


def write_appdaemon_config(
    folder: Path, app_files: Mapping[str, str] | None, changes: Changes | None = None, password: str | None = None
) -> None:
    """AppDaemon with Darkstar, its pages and the simulated house; or with `app_files` instead of Darkstar.

    With a `password` it asks for it. Files are copied: AppDaemon's file search does not follow links.
    """
    for generated in ("apps", "dashboards", GENERATED_PAGES):
        shutil.rmtree(folder / generated, ignore_errors=True)
    folder.mkdir(exist_ok=True)
    asked = "" if password is None else f"  password: {password}\n"
    config = (HOUSE / "appdaemon.yaml").read_text(encoding="utf-8").replace("\nhttp:\n", f"\nhttp:\n{asked}")
    (folder / "appdaemon.yaml").write_text(config, encoding="utf-8")
    _write_apps(folder / "apps", app_files, changes or {})
    _write_pages(folder)


def _write_apps(folder: Path, app_files: Mapping[str, str] | None, changes: Changes) -> None:
    if app_files is None:
        shutil.copytree(PACKAGE, folder / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "apps.yaml").write_text(yaml.safe_dump(_apps(changes)), encoding="utf-8")
        return
    folder.mkdir()
    for name, text in app_files.items():
        (folder / name).write_text(text, encoding="utf-8")


def _write_pages(folder: Path) -> None:
    pages = folder / "dashboards"
    pages.mkdir()
    for page in (*DASHBOARDS.glob("*.dash"), *DASHBOARDS.glob("*.yaml")):
        shutil.copy(page, pages)
    for extra in DASHBOARDS.glob("custom_*"):
        shutil.copytree(extra, folder / extra.name, dirs_exist_ok=True)
