from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from darkstar.control.decision import NO_OVERRIDES, DeviceGroup, Override, OverrideKind
from darkstar.storage import migrations
from darkstar.storage.database import Database
from darkstar.storage.epoch import to_epoch
from darkstar.storage.overrides import Overrides
from darkstar.storage.payload import pack
from tests.storage.samples import NOW, override, overrides

MINUTE = timedelta(minutes=1)


def action(kind: OverrideKind, minutes: int = 60) -> Override:
    return Override(kind, NOW, NOW + minutes * MINUTE)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(overrides)
def test_every_field_survives(database: Database, saved: Override) -> None:
    Overrides(database).clear()
    Overrides(database).replace(saved)
    active = Overrides(database).active(NOW)
    held = {DeviceGroup.BATTERY: active.battery, DeviceGroup.HEATER: active.heater, DeviceGroup.EV: active.ev}
    assert held == {group: saved if group in saved.kind.groups else None for group in DeviceGroup}


def test_a_quick_action_survives_a_restart(path: Path) -> None:
    with Database.open(path, NOW) as database:
        Overrides(database).replace(override())
    with Database.open(path, NOW) as database:
        assert Overrides(database).active(NOW + 59 * MINUTE).battery == override()


def test_there_is_none_at_first_and_none_after_it_was_cleared(database: Database) -> None:
    assert Overrides(database).active(NOW) == NO_OVERRIDES
    Overrides(database).replace(action(OverrideKind.STOP_ALL))
    Overrides(database).clear()
    assert Overrides(database).active(NOW) == NO_OVERRIDES


def test_one_group_can_be_cleared_alone(database: Database) -> None:
    stop = action(OverrideKind.STOP_ALL)
    Overrides(database).replace(stop)
    Overrides(database).clear({DeviceGroup.HEATER})
    active = Overrides(database).active(NOW)
    assert (active.battery, active.heater, active.ev) == (stop, None, stop)


def test_a_new_one_takes_the_place_of_the_old_one(database: Database) -> None:
    Overrides(database).replace(override(NOW, 600))
    Overrides(database).replace(override(NOW + MINUTE, 5))
    assert Overrides(database).active(NOW + MINUTE).battery == override(NOW + MINUTE, 5)
    assert Overrides(database).active(NOW + 7 * MINUTE) == NO_OVERRIDES


def test_a_new_one_takes_only_its_own_groups(database: Database) -> None:
    stop, heat = action(OverrideKind.STOP_ALL, 120), action(OverrideKind.FORCE_HEAT, 30)
    Overrides(database).replace(stop)
    Overrides(database).replace(heat)
    active = Overrides(database).active(NOW)
    assert (active.battery, active.heater, active.ev) == (stop, heat, stop)
    later = Overrides(database).active(NOW + 30 * MINUTE)
    assert (later.battery, later.heater, later.ev) == (stop, None, stop)


def test_different_groups_have_their_actions_at_the_same_time(database: Database) -> None:
    kinds = (OverrideKind.FORCE_CHARGE, OverrideKind.FORCE_HEAT, OverrideKind.FORCE_EV)
    for kind in kinds:
        Overrides(database).replace(action(kind))
    active = Overrides(database).active(NOW)
    assert (active.battery, active.heater, active.ev) == tuple(action(kind) for kind in kinds)


def test_it_ends_at_its_very_expiry(database: Database) -> None:
    Overrides(database).replace(override(NOW, 60))
    assert Overrides(database).active(NOW + 60 * MINUTE - timedelta.resolution).battery == override(NOW, 60)
    assert Overrides(database).active(NOW + 60 * MINUTE) == NO_OVERRIDES


def test_an_expired_one_does_not_come_back_with_the_clock(path: Path) -> None:
    with Database.open(path, NOW) as database:
        Overrides(database).replace(override(NOW, 60))
        assert Overrides(database).active(NOW + 60 * MINUTE) == NO_OVERRIDES
        assert Overrides(database).active(NOW + 30 * MINUTE) == NO_OVERRIDES
    with Database.open(path, NOW) as database:
        assert Overrides(database).active(NOW + 30 * MINUTE) == NO_OVERRIDES


def test_one_that_expired_while_nothing_ran_is_not_in_force_after_the_start(path: Path) -> None:
    with Database.open(path, NOW) as database:
        Overrides(database).replace(override(NOW, 60))
    with Database.open(path, NOW) as database:
        assert Overrides(database).active(NOW + timedelta(days=3)) == NO_OVERRIDES


def test_a_small_step_back_of_the_clock_does_not_end_it(database: Database) -> None:
    Overrides(database).replace(override(NOW, 60))
    assert Overrides(database).active(NOW - MINUTE) == NO_OVERRIDES
    assert Overrides(database).active(NOW).battery == override(NOW, 60)


def test_one_that_a_wrong_clock_started_in_the_future_does_not_begin_by_itself(database: Database) -> None:
    Overrides(database).replace(override(NOW, 60))
    assert Overrides(database).active(NOW - timedelta(hours=5)) == NO_OVERRIDES
    assert Overrides(database).active(NOW) == NO_OVERRIDES


def test_one_that_cannot_be_read_is_none(database: Database) -> None:
    Overrides(database).replace(override())
    with database.write() as connection:
        connection.execute("UPDATE group_overrides SET payload = x'00'")
    assert Overrides(database).active(NOW) == NO_OVERRIDES


@pytest.mark.parametrize("kind", [OverrideKind.FORCE_CHARGE, OverrideKind.FORCE_HEAT, OverrideKind.STOP_ALL])
def test_one_of_the_first_schema_stays_in_force_for_its_devices(path: Path, kind: OverrideKind) -> None:
    saved = action(kind)
    path.parent.mkdir()
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in migrations.MIGRATIONS[0]:
        connection.execute(statement)
    connection.execute("INSERT INTO overrides VALUES (1, ?, ?)", (to_epoch(saved.expires_at), pack(saved)))
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    with Database.open(path, NOW) as database:
        assert Overrides(database).active(NOW).all == (saved,)
        assert (Overrides(database).active(NOW).battery is None) is (kind is OverrideKind.FORCE_HEAT)
