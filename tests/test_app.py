"""What all apps share: defaults from AppDaemon, a start that never raises, problems that last."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from darkstar.app import RETRY_S
from darkstar.home.profiles.load import find_profile
from darkstar.overrides import Overrides
from darkstar.storage.database import DATABASE_FILE, Database
from tests.driver import Driver
from tests.homes import DEYE, home


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Driver:
    driver = Driver(tmp_path)
    driver.install(monkeypatch)
    return driver


def _home(**changes: Any) -> dict[str, Any]:
    return home(**changes).model_dump(mode="json", exclude_unset=True)


def test_place_and_zone_come_from_appdaemon_when_left_out(world: Driver) -> None:
    block = _home()
    for name in ("time_zone", "latitude", "longitude"):
        del block[name]
    settings = world.start(Overrides, block).home
    assert (settings.time_zone, settings.latitude, settings.longitude) == ("Europe/Stockholm", 59.3, 18.1)


def test_profiles_of_the_owner_lie_beside_the_database(world: Driver) -> None:
    deye = find_profile("inverter", "deye").model_dump(mode="json", exclude_unset=True)
    file = world.folder / "darkstar" / "profiles" / "inverters" / "mine.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({**deye, "name": "mine"}), encoding="utf-8")
    block = _home(inverter=DEYE)
    block["inverter"]["profile"] = "mine"
    assert world.start(Overrides, block).home.inverter.profile.name == "mine"


def test_a_fault_in_a_profile_of_the_owner_is_said(world: Driver) -> None:
    block = _home(inverter=DEYE)
    block["inverter"]["profile"] = "mine"
    world.start(Overrides, block)
    assert "there is no inverter profile 'mine'" in world.log[0]
    assert str(world.folder / "darkstar" / "profiles" / "inverters" / "NAME.json") in world.log[0]


def test_a_database_that_cannot_be_opened_is_tried_again(world: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object) -> Database:
        msg = "database is locked"
        raise sqlite3.OperationalError(msg)

    with monkeypatch.context() as broken:
        broken.setattr(Database, "open", locked)
        app = world.start(Overrides, _home())
    assert any("database is locked" in line for line in world.log)
    world.advance(RETRY_S + 1)
    assert app.problems.open() == ()


def test_a_damaged_database_is_set_aside_and_told(world: Driver) -> None:
    file = world.folder / "darkstar" / DATABASE_FILE
    file.parent.mkdir()
    file.write_bytes(b"this is no database" * 1000)
    app = world.start(Overrides, _home())
    (problem,) = app.problems.open()
    assert problem.problem_id == "database_damaged"
    app.report(())
    assert app.problems.open() == (problem,)
    assert len(list(file.parent.glob("*damaged*"))) >= 1


@pytest.mark.parametrize("block", [None, "nonsense", {}])
def test_no_settings_is_said_and_nothing_starts(world: Driver, block: object) -> None:
    app = world.start(Overrides, block)
    assert world.log[0].startswith("ERROR apps.yaml")
    world.stop(app)


def test_an_event_on_its_way_no_longer_reaches_an_instance_that_has_ended(world: Driver) -> None:
    app = world.start(Overrides, _home())
    heard: list[str] = []
    app.on("darkstar.knock", lambda event, data, **_: heard.append(data["who"]))
    world.fire("darkstar.knock", "darkstar", who="before")
    app.terminate()
    world.fire("darkstar.knock", "darkstar", who="after")
    assert heard == ["before"]
