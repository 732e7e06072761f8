"""The PV that a service has told."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from darkstar.forecast.bands import PvInterval
from darkstar.storage.database import Database
from darkstar.storage.pv_told import PvTold
from tests.storage.samples import NOW

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def told(kwh: float, hour: int = 0) -> PvInterval:
    return PvInterval(NOW + hour * HOUR, NOW + (hour + 1) * HOUR, kwh, kwh / 2, kwh * 2)


def test_it_survives_a_restart(path: Path) -> None:
    with Database.open(path, NOW) as database:
        PvTold(database).save(NOW - HOUR, [told(1.5), PvInterval(NOW + HOUR, NOW + 2 * HOUR, 2.0)])
    with Database.open(path, NOW) as database:
        kept = PvTold(database)
        assert kept.past(NOW, NOW + DAY) == (told(1.5), PvInterval(NOW + HOUR, NOW + 2 * HOUR, 2.0))
        assert kept.issued_last() == NOW - HOUR


def test_what_was_told_a_day_before_stands_for_the_past(database: Database) -> None:
    kept = PvTold(database)
    assert kept.issued_last() is None
    for age in range(100, 0, -1):
        kept.save(NOW - age * HOUR, [told(float(age))])
    assert kept.past(NOW, NOW + DAY) == (told(24.0),)


def test_what_is_told_after_the_fact_is_not_kept(database: Database) -> None:
    kept = PvTold(database)
    kept.save(NOW + HOUR / 2, [told(1.0), told(2.0, 1)])
    assert kept.past(NOW, NOW + DAY) == (told(2.0, 1),)


def test_old_slots_are_purged(database: Database) -> None:
    kept = PvTold(database)
    kept.save(NOW, [told(1.0, hour) for hour in range(10)])
    assert kept.purge(NOW + 4 * HOUR) == 4
    assert len(kept.past(NOW, NOW + DAY)) == 6
