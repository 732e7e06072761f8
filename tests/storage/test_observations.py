from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from darkstar.home.observation import Observation
from darkstar.home.slots import local_day, slots_between
from darkstar.storage.database import Database
from darkstar.storage.observations import Observations
from tests.storage.samples import NOW, QUARTER, observations

ZONE = ZoneInfo("Europe/Stockholm")
START = datetime(2026, 1, 1, 10, tzinfo=UTC)
END = START + timedelta(days=1)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(observations)
def test_every_field_survives(database: Database, row: Observation) -> None:
    repository = Observations(database)
    repository.purge(datetime(2100, 1, 1, tzinfo=UTC))
    repository.save([row])
    assert repository.between(row.start, row.start + QUARTER) == (row,)


def test_rows_come_oldest_first_and_in_the_half_open_span(database: Database) -> None:
    repository = Observations(database)
    rows = [Observation(START + QUARTER * index, 0.25, load_kwh=index) for index in range(5)]
    repository.save(reversed(rows))
    assert repository.between(START + QUARTER, START + QUARTER * 3) == tuple(rows[1:3])
    assert repository.latest_start() == rows[-1].start


def test_an_empty_table_says_none(database: Database) -> None:
    assert Observations(database).latest_start() is None
    assert Observations(database).between(START, END) == ()


def test_rows_survive_a_restart(path: Path) -> None:
    row = Observation(START, 0.25, pv_kwh=0.0, flags=("reset",))
    with Database.open(path, NOW) as database:
        Observations(database).save([row])
    with Database.open(path, NOW) as database:
        assert Observations(database).between(START, END) == (row,)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_missing(database: Database, value: float) -> None:
    Observations(database).save([Observation(START, 0.25, load_kwh=value, pv_kwh=0.1)])
    assert Observations(database).between(START, END) == (Observation(START, 0.25, load_kwh=None, pv_kwh=0.1),)


TRUST = [("gap",), ("backfill", "hourly"), ("backfill",), ()]
"""Flags from the least to the most trusted row."""


@pytest.mark.parametrize("first", range(4))
@pytest.mark.parametrize("second", range(4))
def test_the_more_trusted_row_stays_and_of_equals_the_later(database: Database, first: int, second: int) -> None:
    repository = Observations(database)
    rows = [Observation(START, 0.25, load_kwh=1.0, flags=TRUST[first])]
    rows.append(Observation(START, 0.25, load_kwh=2.0, flags=TRUST[second]))
    for row in rows:
        repository.save([row])
    assert repository.between(START, END) == (rows[1] if second >= first else rows[0],)


def test_a_repaired_but_measured_row_is_still_measured(database: Database) -> None:
    measured = Observation(START, 0.25, pv_kwh=1.0, flags=("reset", "spike"))
    Observations(database).save([measured])
    Observations(database).save([replace(measured, flags=("backfill",))])
    assert Observations(database).between(START, END) == (measured,)


def test_an_hour_of_history_gives_way_to_the_quarters_measured_in_it(database: Database) -> None:
    repository = Observations(database)
    hour = Observation(START, 1.0, load_kwh=4.0, flags=("backfill", "hourly"))
    quarter = Observation(START + QUARTER, 0.25, load_kwh=1.0)
    repository.save([hour])
    repository.save([quarter])
    repository.save([hour])
    assert repository.between(START, END) == (quarter,)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 11), st.sampled_from([0.25, 0.5, 1.0]), st.sampled_from(TRUST)),
        min_size=1,
        max_size=12,
    )
)
def test_no_time_is_told_twice(database: Database, drawn: list[tuple[int, float, tuple[str, ...]]]) -> None:
    repository = Observations(database)
    repository.purge(END)
    for index, hours, flags in drawn:
        repository.save([Observation(START + QUARTER * index, hours, load_kwh=1.0, flags=flags)])
    rows = repository.between(START, END)
    assert rows
    for earlier, later in pairwise(rows):
        assert earlier.start + timedelta(hours=earlier.hours) <= later.start


@pytest.mark.parametrize(("day", "count"), [(date(2026, 3, 29), 92), (date(2026, 10, 25), 100), (date(2026, 6, 1), 96)])
def test_a_local_day_has_all_its_slots(database: Database, day: date, count: int) -> None:
    start, end = local_day(day, ZONE)
    around = slots_between(start - timedelta(hours=3), end + timedelta(hours=3))
    Observations(database).save(Observation(slot.start, slot.hours, load_kwh=0.1) for slot in around)
    rows = Observations(database).between(start, end)
    assert len(rows) == count
    assert len({row.start for row in rows}) == count


def test_old_rows_are_purged(database: Database) -> None:
    repository = Observations(database)
    repository.save(Observation(START + QUARTER * index, 0.25, load_kwh=1.0) for index in range(4))
    assert repository.purge(START + QUARTER * 2) == 2
    assert [row.start for row in repository.between(START, END)] == [START + QUARTER * 2, START + QUARTER * 3]


def test_a_batch_is_stored_as_a_whole_or_not_at_all(database: Database) -> None:
    repository = Observations(database)
    naive = Observation(datetime(2026, 1, 1, 12), 0.25, load_kwh=1.0)  # noqa: DTZ001 - the fault
    with pytest.raises(ValueError, match="naive"):
        repository.save([Observation(START, 0.25, load_kwh=1.0), naive])
    assert repository.between(START, END) == ()


@pytest.mark.parametrize("first", range(4))
@pytest.mark.parametrize("second", range(4))
def test_the_past_fills_only_what_is_less_trusted(database: Database, first: int, second: int) -> None:
    repository = Observations(database)
    there = Observation(START, 0.25, load_kwh=1.0, flags=TRUST[first])
    found = Observation(START, 0.25, load_kwh=2.0, flags=TRUST[second])
    repository.save([there])
    repository.fill([found, Observation(START + QUARTER, 0.25, load_kwh=3.0)])
    rows = repository.between(START, END)
    assert rows[0] == (found if second > first else there)
    assert rows[1].load_kwh == 3.0


def test_the_past_fills_around_what_was_measured(database: Database) -> None:
    repository = Observations(database)
    measured = Observation(START + QUARTER, 0.25, load_kwh=1.0, import_price=2.0, flags=("vacation",))
    repository.save([measured])
    repository.fill(Observation(START + QUARTER * index, 0.25, load_kwh=9.0) for index in range(3))
    assert [row.load_kwh for row in repository.between(START, END)] == [9.0, 1.0, 9.0]


def test_what_the_owner_excludes_keeps_its_values_and_comes_back(database: Database) -> None:
    repository = Observations(database)
    rows = tuple(Observation(START + QUARTER * index, 0.25, load_kwh=index, flags=("away",)) for index in range(4))
    repository.save(rows)
    assert repository.exclude(START + QUARTER, START + QUARTER * 3) == 2
    assert repository.exclude(START + QUARTER, START + QUARTER * 3) == 0
    changed = repository.between(START, END)
    assert [row.flags for row in changed] == [("away",), ("away", "excluded"), ("away", "excluded"), ("away",)]
    assert [row.load_kwh for row in changed] == [0, 1, 2, 3]
    assert repository.include(START, END) == 2
    assert repository.between(START, END) == rows
