from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from darkstar.control.decision import Override
from darkstar.storage.database import Database
from darkstar.storage.overrides import Overrides
from tests.storage.samples import NOW, override, overrides

MINUTE = timedelta(minutes=1)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(overrides)
def test_every_field_survives(database: Database, saved: Override) -> None:
    Overrides(database).replace(saved)
    assert Overrides(database).active(NOW) == saved


def test_a_quick_action_survives_a_restart(path: Path) -> None:
    with Database.open(path, NOW) as database:
        Overrides(database).replace(override())
    with Database.open(path, NOW) as database:
        assert Overrides(database).active(NOW + 59 * MINUTE) == override()


def test_there_is_none_at_first_and_none_after_it_was_cleared(database: Database) -> None:
    assert Overrides(database).active(NOW) is None
    Overrides(database).replace(override())
    Overrides(database).clear()
    assert Overrides(database).active(NOW) is None


def test_a_new_one_takes_the_place_of_the_old_one(database: Database) -> None:
    Overrides(database).replace(override(NOW, 600))
    Overrides(database).replace(override(NOW + MINUTE, 5))
    assert Overrides(database).active(NOW + MINUTE) == override(NOW + MINUTE, 5)
    assert Overrides(database).active(NOW + 7 * MINUTE) is None


def test_it_ends_at_its_very_expiry(database: Database) -> None:
    Overrides(database).replace(override(NOW, 60))
    assert Overrides(database).active(NOW + 60 * MINUTE - timedelta.resolution) == override(NOW, 60)
    assert Overrides(database).active(NOW + 60 * MINUTE) is None


def test_an_expired_one_does_not_come_back_with_the_clock(path: Path) -> None:
    with Database.open(path, NOW) as database:
        Overrides(database).replace(override(NOW, 60))
        assert Overrides(database).active(NOW + 60 * MINUTE) is None
        assert Overrides(database).active(NOW + 30 * MINUTE) is None
    with Database.open(path, NOW) as database:
        assert Overrides(database).active(NOW + 30 * MINUTE) is None


def test_one_that_expired_while_nothing_ran_is_not_in_force_after_the_start(path: Path) -> None:
    with Database.open(path, NOW) as database:
        Overrides(database).replace(override(NOW, 60))
    with Database.open(path, NOW) as database:
        assert Overrides(database).active(NOW + timedelta(days=3)) is None


def test_before_its_start_it_is_not_in_force(database: Database) -> None:
    Overrides(database).replace(override(NOW, 60))
    assert Overrides(database).active(NOW - MINUTE) is None


def test_one_that_cannot_be_read_is_none(database: Database) -> None:
    Overrides(database).replace(override())
    with database.write() as connection:
        connection.execute("UPDATE overrides SET payload = x'00'")
    assert Overrides(database).active(NOW) is None
