"""Changes and the values in force survive restarts; what has ended does not come back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from darkstar.home.operation import StorageSettings
from darkstar.learning.reflex.finding import Analyzer, Change, Ending, Finding, InForce, Limits, Verdict
from darkstar.storage.database import Database
from darkstar.storage.reflex import ReflexChanges
from darkstar.storage.retention import purge
from tests.storage.samples import NOW

DAY = timedelta(days=1)
CAPACITY = "battery.capacity_kwh"
FINDING = Finding(
    Analyzer.CAPACITY,
    CAPACITY,
    "usable capacity",
    "kWh",
    9.0,
    40,
    Verdict.PROPOSED,
    "9.0 kWh",
    9.0,
    Limits(7, 11, 0.2, 2),
)


def change(value: float = 9.8, before: float = 10.0, path: str = CAPACITY) -> Change:
    return Change(path, before, value, 10.0, NOW, FINDING)


def test_a_change_and_its_evidence_survive_a_restart(path: Path) -> None:
    with Database.open(path, NOW) as database:
        saved = ReflexChanges(database).add(change())
    with Database.open(path, NOW) as database:
        assert ReflexChanges(database).active() == (saved,)
        assert saved == replace(change(), number=saved.number)
        assert saved.number > 0


def test_the_newest_change_of_each_setting_is_in_force(database: Database) -> None:
    changes = ReflexChanges(database)
    changes.add(change(9.8))
    changes.add(replace(change(3, 0, "risk.appetite"), before=None, owner_value=None))
    newest = changes.add(change(9.6, 9.8))
    assert {entry.path: entry.value for entry in changes.overlay()} == {CAPACITY: 9.6, "risk.appetite": 3}
    changes.end([newest.number], Ending.UNDONE, NOW + DAY)
    assert {entry.path: entry.value for entry in changes.overlay()} == {CAPACITY: 9.8, "risk.appetite": 3}


def test_an_end_is_kept_with_its_reason_and_is_not_moved(database: Database) -> None:
    changes = ReflexChanges(database)
    number = changes.add(change()).number
    changes.end([number], Ending.DROPPED, NOW + DAY, "12 since")
    changes.end([number], Ending.UNDONE, NOW + 2 * DAY)
    (ended,) = changes.recent(5)
    assert (ended.ending, ended.ended_at, ended.ending_text) == (Ending.DROPPED, NOW + DAY, "12 since")
    assert changes.active() == ()


def test_the_history_is_newest_first_and_what_ended_lately_is_lately(database: Database) -> None:
    changes = ReflexChanges(database)
    first, second = changes.add(change(9.8)), changes.add(change(9.6))
    changes.end([first.number], Ending.UNDONE, NOW + 9 * DAY)
    assert [each.number for each in changes.recent(9)] == [second.number, first.number]
    assert [each.number for each in changes.since(NOW + 5 * DAY)] == [first.number]


def test_a_value_is_noted_when_it_changes(database: Database) -> None:
    changes = ReflexChanges(database)
    for day, value in enumerate([None, None, 3.0, 3.0, None]):
        changes.note({"risk.appetite": value}, NOW + day * DAY)
    assert changes.in_force("risk.appetite") == (
        InForce(NOW, None),
        InForce(NOW + 2 * DAY, 3.0),
        InForce(NOW + 4 * DAY, None),
    )
    assert changes.in_force(CAPACITY) == ()


def test_only_old_changes_that_have_ended_are_purged(database: Database) -> None:
    changes = ReflexChanges(database)
    ended, active = changes.add(change(9.8)), changes.add(change(9.6))
    changes.end([ended.number], Ending.UNDONE, NOW)
    purge(database, StorageSettings(observation_days=60), NOW + 59 * DAY)
    assert len(changes.recent(9)) == 2
    purge(database, StorageSettings(observation_days=60), NOW + 61 * DAY)
    assert changes.recent(9) == (active,)
