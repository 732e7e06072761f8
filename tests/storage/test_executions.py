from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from darkstar.control.decision import Execution, Source, StepResult
from darkstar.storage.database import Database
from darkstar.storage.executions import Executions, ExecutionStatistics
from tests.storage.samples import NOW, execution, executions

TICK = timedelta(minutes=5)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(executions)
def test_every_field_survives(database: Database, saved: Execution) -> None:
    Executions(database).save(saved)
    assert Executions(database).latest() == saved


def test_executions_survive_a_restart(path: Path) -> None:
    with Database.open(path, NOW) as database:
        Executions(database).save(execution(NOW, StepResult.WRITTEN))
    with Database.open(path, NOW) as database:
        assert Executions(database).recent(10) == (execution(NOW, StepResult.WRITTEN),)


def test_the_newest_come_first_and_no_more_than_asked_for(database: Database) -> None:
    for index in range(5):
        Executions(database).save(execution(NOW + TICK * index))
    assert [each.executed_at for each in Executions(database).recent(2)] == [NOW + TICK * 4, NOW + TICK * 3]


def test_two_ticks_of_the_same_moment_are_both_kept(database: Database) -> None:
    Executions(database).save(execution(NOW))
    Executions(database).save(execution(NOW, StepResult.FAILED))
    assert len(Executions(database).recent(10)) == 2
    assert Executions(database).latest() == execution(NOW, StepResult.FAILED)


def test_nothing_executed_is_none_and_zero(database: Database) -> None:
    assert Executions(database).latest() is None
    assert Executions(database).recent(3) == ()
    assert Executions(database).statistics(NOW) == ExecutionStatistics(0, 0, 0, 0)


def test_statistics_count_from_a_time_on(database: Database) -> None:
    Executions(database).save(execution(NOW - TICK, StepResult.FAILED))
    Executions(database).save(execution(NOW, StepResult.WRITTEN, StepResult.UNCHANGED, StepResult.SHADOW))
    Executions(database).save(execution(NOW + TICK, StepResult.FAILED, StepResult.UNREADABLE, StepResult.UNCONFIRMED))
    Executions(database).save(execution(NOW + TICK * 2, source=Source.OVERRIDE))
    assert Executions(database).statistics(NOW) == ExecutionStatistics(ticks=3, writes=3, failures=3, overrides=1)


def test_a_damaged_row_is_skipped_but_counted(database: Database) -> None:
    Executions(database).save(execution(NOW, StepResult.WRITTEN))
    Executions(database).save(execution(NOW + TICK))
    with database.write() as connection:
        connection.execute("UPDATE executions SET payload = x'00' WHERE sequence = 2")
    assert Executions(database).latest() == execution(NOW, StepResult.WRITTEN)
    assert len(Executions(database).recent(10)) == 1
    assert Executions(database).statistics(NOW).ticks == 2


def test_old_executions_are_purged(database: Database) -> None:
    for index in range(4):
        Executions(database).save(execution(NOW + TICK * index))
    assert Executions(database).purge(NOW + TICK * 3) == 3
    assert [each.executed_at for each in Executions(database).recent(10)] == [NOW + TICK * 3]
