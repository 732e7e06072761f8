from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from darkstar.home.observation import Observation
from darkstar.learning.regret import DayRegret
from darkstar.storage.database import Database, StorageError
from darkstar.storage.ledger import Ledger, Regrets, first_recorded
from darkstar.storage.observations import Observations
from tests.learning.test_ledger import DAYS, ledger_day
from tests.storage.samples import NOW, QUARTER

DAY = date(2026, 3, 10)


def regret(day: date) -> DayRegret:
    return DayRegret(day, "SEK", 9.0, 8.5, 5.0, 1.0, 0.5, 0.25, 2.25, NOW, notes=("a note",))


def test_days_come_back_as_they_were_entered(database: Database) -> None:
    ledger = Ledger(database)
    assert ledger.enter(reversed(DAYS)) == len(DAYS)
    assert ledger.all() == tuple(DAYS)
    assert ledger.between(date(2026, 1, 3), date(2026, 1, 5)) == tuple(DAYS[2:5])
    assert ledger.on(date(2026, 1, 3)) == DAYS[2]
    assert ledger.on(date(2025, 1, 3)) is None
    assert ledger.known_days() == {day.day for day in DAYS}


def test_a_day_is_entered_once(database: Database) -> None:
    ledger, first = Ledger(database), ledger_day(DAY)
    assert ledger.enter([first]) == 1
    assert ledger.enter([replace(first, currency="EUR"), ledger_day(DAY + timedelta(days=1))]) == 1
    assert ledger.on(DAY) == first


@pytest.mark.parametrize("statement", ["UPDATE ledger SET payload = x'00'", "DELETE FROM ledger"])
def test_the_table_refuses_changes(database: Database, statement: str) -> None:
    Ledger(database).enter([ledger_day(DAY)])
    with pytest.raises(StorageError, match="never changed"), database.write() as connection:
        connection.execute(statement)
    assert Ledger(database).on(DAY) == ledger_day(DAY)


def test_the_ledger_survives_a_restart(path: Path) -> None:
    with Database.open(path, NOW) as database:
        Ledger(database).enter([ledger_day(DAY)])
    with Database.open(path, NOW) as database:
        assert Ledger(database).on(DAY) == ledger_day(DAY)


def test_regrets_are_kept_apart(database: Database) -> None:
    Regrets(database).enter([regret(DAY)])
    assert Regrets(database).all() == (regret(DAY),)
    assert Ledger(database).all() == ()


def row(start: datetime, *flags: str) -> Observation:
    return Observation(start, 0.25, load_kwh=0.1, flags=flags)


def test_what_was_fetched_is_not_darkstars_own(database: Database) -> None:
    assert first_recorded(database) is None
    rows = Observations(database)
    rows.save([row(NOW - 3 * QUARTER, "backfill"), row(NOW - 2 * QUARTER, "hourly", "derived")])
    assert first_recorded(database) is None
    rows.save([row(NOW - QUARTER, "derived"), row(NOW)])
    assert first_recorded(database) == NOW - QUARTER
