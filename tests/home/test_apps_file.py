from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from darkstar.home.apps_file import home_from
from darkstar.home.settings import SettingsError

HOME: dict[str, Any] = {
    "battery": {"capacity_kwh": 10, "max_charge_kw": 5, "max_discharge_kw": 5},
    "inverter": {"entities": {"grid_charging": "switch.grid_charging"}},
    "prices": {"source": "fixed", "fixed_per_kwh": 1.0},
    "entities": {"battery_soc": "sensor.soc"},
}
APPDAEMON = {"time_zone": "Europe/Stockholm", "latitude": 59.3, "longitude": 18.1, "elevation": 10}


def written(folder: Path, home: dict[str, Any] | None, appdaemon: object = None) -> Path:
    apps = folder / "apps"
    apps.mkdir()
    (apps / "apps.yaml").write_text(yaml.safe_dump({"darkstar_planner": {"module": "m", "home": home}}))
    if appdaemon is not None:
        (folder / "appdaemon.yaml").write_text(yaml.safe_dump({"appdaemon": appdaemon}))
    return apps / "apps.yaml"


def test_the_place_is_appdaemons_own(tmp_path: Path) -> None:
    home = home_from(written(tmp_path, HOME, APPDAEMON))
    assert (home.time_zone, home.latitude, home.longitude) == ("Europe/Stockholm", 59.3, 18.1)


def test_the_block_goes_before_it(tmp_path: Path) -> None:
    home = home_from(written(tmp_path, {**HOME, "time_zone": "Europe/Lisbon"}, APPDAEMON))
    assert (home.time_zone, home.latitude) == ("Europe/Lisbon", 59.3)


@pytest.mark.parametrize("appdaemon", [None, "nothing", {"latitude": None}])
def test_without_a_place_it_is_anywhere(tmp_path: Path, appdaemon: object) -> None:
    assert home_from(written(tmp_path, HOME, appdaemon)).time_zone == "UTC"


def test_an_address_that_is_a_secret_is_no_place(tmp_path: Path) -> None:
    path = written(tmp_path, HOME)
    (tmp_path / "appdaemon.yaml").write_text("appdaemon:\n  time_zone: Europe/Oslo\n  latitude: !secret latitude\n")
    assert home_from(path).time_zone == "Europe/Oslo"


def test_a_file_without_a_home_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no app in it has a `home:` block"):
        home_from(written(tmp_path, None))
