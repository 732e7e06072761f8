from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from darkstar.optimizer.plan import PlanStatus
from darkstar.storage.database import Database
from darkstar.storage.payload import pack
from darkstar.storage.plans import Plans, SavedPlan
from tests.storage.samples import NOW, QUARTER, saved_plan, saved_plans

HOUR = timedelta(hours=1)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(saved_plans)
def test_every_field_survives(database: Database, saved: SavedPlan) -> None:
    Plans(database).save(saved)
    loaded = Plans(database).latest()
    assert loaded == saved
    assert loaded is not None
    assert (loaded.plan.solver, loaded.plan.solve_seconds) == (saved.plan.solver, saved.plan.solve_seconds)


def test_a_plan_survives_a_restart(path: Path) -> None:
    with Database.open(path, NOW) as database:
        Plans(database).save(saved_plan())
    with Database.open(path, NOW) as database:
        assert Plans(database).latest() == saved_plan()


@pytest.mark.parametrize("status", PlanStatus)
def test_plans_of_every_status_are_kept(database: Database, status: PlanStatus) -> None:
    saved = replace(saved_plan(status=status), policy=None)
    Plans(database).save(saved)
    assert Plans(database).latest() == saved


def test_plans_are_found_by_id(database: Database) -> None:
    Plans(database).save(saved_plan("one"))
    Plans(database).save(saved_plan("two", NOW + QUARTER))
    assert Plans(database).by_id("one") == saved_plan("one")
    assert Plans(database).by_id("three") is None


def test_the_same_id_is_replaced_and_becomes_the_latest(database: Database) -> None:
    Plans(database).save(saved_plan("one"))
    Plans(database).save(saved_plan("two"))
    again = saved_plan("one", NOW + QUARTER)
    Plans(database).save(again)
    assert Plans(database).latest() == again
    assert Plans(database).by_id("one") == again


def test_the_latest_is_the_one_saved_last_also_when_the_clock_went_back(database: Database) -> None:
    Plans(database).save(saved_plan("one", NOW))
    Plans(database).save(saved_plan("two", NOW - HOUR))
    assert Plans(database).latest() == saved_plan("two", NOW - HOUR)


@pytest.mark.parametrize(
    "payload", [b"", b"\x00\x01", pack({"plan": 1}), pack("text"), pack(saved_plan())[:-10], pack(None)]
)
def test_a_damaged_row_is_skipped_for_the_newest_good_one(
    database: Database, payload: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    Plans(database).save(saved_plan("good"))
    Plans(database).save(saved_plan("bad"))
    with database.write() as connection:
        connection.execute("UPDATE plans SET payload = ? WHERE plan_id = 'bad'", (payload,))
    assert Plans(database).latest() == saved_plan("good")
    assert Plans(database).by_id("bad") is None
    assert "a row of table plans is left out" in caplog.text


def test_when_no_row_is_good_there_is_no_plan(database: Database) -> None:
    Plans(database).save(saved_plan())
    with database.write() as connection:
        connection.execute("UPDATE plans SET payload = 'text'")
    assert Plans(database).latest() is None


def test_infinite_money_survives(database: Database) -> None:
    saved = saved_plan()
    saved = replace(saved, plan=replace(saved.plan, objective=float("inf")))
    Plans(database).save(saved)
    assert Plans(database).latest() == saved


def test_old_plans_are_thinned_to_the_last_of_each_hour(database: Database) -> None:
    start = NOW.replace(minute=0)
    for index in range(12):
        Plans(database).save(saved_plan(str(index), start + QUARTER * index))
    assert Plans(database).thin(start + 2 * HOUR) == 6
    left = [index for index in range(12) if Plans(database).by_id(str(index))]
    assert left == [3, 7, 8, 9, 10, 11]


def test_old_plans_are_purged_but_never_the_latest(database: Database) -> None:
    for index in range(4):
        Plans(database).save(saved_plan(str(index), NOW + QUARTER * index))
    assert Plans(database).purge(NOW + QUARTER * 2) == 2
    assert Plans(database).purge(NOW + 100 * HOUR) == 1
    assert Plans(database).latest() == saved_plan("3", NOW + QUARTER * 3)
