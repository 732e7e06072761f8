"""Taking back what was learned today."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from darkstar.home.observation import EXCLUDED, Observation
from darkstar.learning.reflex.finding import Analyzer, Change, Finding, Verdict
from darkstar.learning_reset import Reset, reset_today
from darkstar.reflex_runs import REVIEWED_ON
from darkstar.storage.database import Database
from darkstar.storage.memory import Memory
from darkstar.storage.observations import Observations
from darkstar.storage.reflex import ReflexChanges
from tests.homes import home

NOON = datetime(2026, 10, 25, 11, tzinfo=UTC)
"""On the day of 25 hours in Stockholm, which began at 22:00 UTC."""
MIDNIGHT = datetime(2026, 10, 24, 22, tzinfo=UTC)
CAPACITY, SCALE = "battery.capacity_kwh", "pv_forecast.scale"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database.open(tmp_path / "darkstar.sqlite3", NOON) as opened:
        yield opened


def change(path: str, value: float, at: datetime) -> Change:
    finding = Finding(Analyzer.CAPACITY, path, "metric", "kWh", value, 60, Verdict.PROPOSED, "as measured", value)
    return Change(path, 10.0, value, 10.0, at, finding)


def test_only_the_changes_of_today_go(database: Database) -> None:
    changes = ReflexChanges(database)
    for path, value, at in (
        (CAPACITY, 9.9, MIDNIGHT - timedelta(minutes=1)),
        (CAPACITY, 9.8, MIDNIGHT),
        (SCALE, 0.9, NOON),
    ):
        changes.add(change(path, value, at))
    reset = reset_today(database, home(), NOON)
    assert reset == Reset((CAPACITY, SCALE))
    assert reset.text == f"as before today: {CAPACITY}, {SCALE}"
    assert [(left.path, left.value) for left in changes.active()] == [(CAPACITY, 9.9)]
    assert len(changes.recent(9)) == 3, "the history stays"
    assert reset_today(database, home(), NOON).text == "nothing was learned today"


def test_reflex_may_look_again_today(database: Database) -> None:
    memory = Memory(database)
    memory.put(REVIEWED_ON, date(2026, 10, 25), NOON)
    reset_today(database, home(), NOON)
    assert memory.get(REVIEWED_ON, date) == date(2026, 10, 24)
    memory.put(REVIEWED_ON, date(2026, 10, 20), NOON)
    reset_today(database, home(), NOON)
    assert memory.get(REVIEWED_ON, date) == date(2026, 10, 20)


def test_what_was_measured_today_stays_and_teaches_nothing(database: Database) -> None:
    store = Observations(database)
    starts = (MIDNIGHT - timedelta(minutes=15), MIDNIGHT, NOON - timedelta(hours=1))
    store.save(Observation(start, 0.25, load_kwh=1.0) for start in starts)
    reset = reset_today(database, home(), NOON)
    assert (reset.rows, reset.text) == (2, "2 measurements of today are not learned from")
    assert [(row.load_kwh, EXCLUDED in row.flags) for row in store.between(starts[0], NOON)] == [
        (1.0, False),
        (1.0, True),
        (1.0, True),
    ]
    assert reset_today(database, home(), NOON).rows == 0
