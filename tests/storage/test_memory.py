from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from darkstar.home.counters import CounterReading, CounterSnapshot
from darkstar.home.problem import Problem
from darkstar.storage.database import Database
from darkstar.storage.memory import Memory
from tests.storage.samples import NOW, moments, numbers, problem, words

readings = st.none() | st.builds(CounterReading, entity_id=words, kwh=numbers, read_at=moments)
snapshots = st.builds(
    CounterSnapshot,
    taken_at=moments,
    load=readings,
    pv=readings,
    grid_import=readings,
    grid_export=readings,
    battery_charge=readings,
    battery_discharge=readings,
    water_heater=readings,
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(snapshots)
def test_counters_survive(database: Database, saved: CounterSnapshot) -> None:
    Memory(database).put("counters", saved, NOW)
    assert Memory(database).get("counters", CounterSnapshot) == saved


def test_values_of_plain_types_survive_a_restart(path: Path) -> None:
    with Database.open(path, NOW) as database:
        memory = Memory(database)
        memory.put("on", True, NOW)
        memory.put("at", NOW, NOW)
        memory.put("told", (problem("a"), problem("b")), NOW)
        memory.put("counts", {"a": 1.5}, NOW)
    with Database.open(path, NOW) as database:
        memory = Memory(database)
        assert memory.get("on", bool) is True
        assert memory.get("at", datetime) == NOW
        assert memory.get("told", tuple[Problem, ...]) == (problem("a"), problem("b"))
        assert memory.get("counts", dict[str, float]) == {"a": 1.5}


def test_the_last_value_counts(database: Database) -> None:
    Memory(database).put("x", 1, NOW)
    Memory(database).put("x", 2, NOW)
    assert Memory(database).get("x", int) == 2


def test_what_is_not_there_is_none(database: Database) -> None:
    assert Memory(database).get("x", int) is None


@pytest.mark.parametrize("value", ["words", [1], {"taken_at": "yesterday"}])
def test_what_is_of_another_kind_is_none(database: Database, value: object) -> None:
    Memory(database).put("x", value, NOW)
    assert Memory(database).get("x", CounterSnapshot) is None
