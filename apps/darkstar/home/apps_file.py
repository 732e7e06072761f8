"""Reads the home's settings out of AppDaemon's `apps.yaml`, for the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from .settings import HomeSettings, SettingsError, load_settings

PROFILES = "profiles"
"""The owner's device profiles, below the folder that has AppDaemon's `apps`."""
APPDAEMON = "appdaemon.yaml"
"""Beside the folder `apps`: it has the place that an app gets where its block has none."""
_ANYWHERE = {"time_zone": "UTC", "latitude": 0.0, "longitude": 0.0}
"""Where that file is not there or says nothing."""


def home_from(path: Path) -> HomeSettings:
    """The settings of the first app with a `home` block.

    What the block leaves out of time zone and location is AppDaemon's own. AppDaemon's tags (`!secret`, `!env_var`,
    `!include`) stand for nothing here.

    Raises:
        SettingsError: the file has no such block, or it is wrong.
        OSError: the file cannot be read.
    """
    apps = _parsed(path)
    blocks = [app["home"] for app in apps.values() if isinstance(app, dict) and app.get("home")]
    if not blocks:
        msg = f"{path}: no app in it has a `home:` block. Give AppDaemon's apps.yaml."
        raise SettingsError(msg)
    place = _place(path.resolve().parent.parent / APPDAEMON)
    return load_settings(blocks[0], {**_ANYWHERE, **place}, data_folder(path) / PROFILES)


def data_folder(path: Path) -> Path:
    """Darkstar's data, beside the folder that has an `apps.yaml`, in AppDaemon's configuration."""
    return path.resolve().parent.parent / "darkstar"


def _place(path: Path) -> dict[str, Any]:
    """Time zone and location that AppDaemon is configured with, as far as its file says them."""
    if not path.is_file():
        return {}
    block = _parsed(path).get("appdaemon")
    given = block if isinstance(block, dict) else {}
    return {name: given[name] for name in _ANYWHERE if given.get(name) is not None}


def _parsed(path: Path) -> dict[str, Any]:
    import yaml

    class Loader(yaml.SafeLoader):
        """Knows no tag, and minds none; AppDaemon teaches its tags to every loader of the process."""

        yaml_constructors: ClassVar[dict[str | None, Any]] = {
            tag: build for tag, build in yaml.SafeLoader.yaml_constructors.items() if not str(tag).startswith("!")
        }

    Loader.add_multi_constructor("!", lambda _loader, _suffix, _node: None)
    try:
        apps = yaml.load(path.read_text(encoding="utf-8"), Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        msg = f"{path} is not valid YAML: {error}"
        raise SettingsError(msg) from error
    return apps if isinstance(apps, dict) else {}
