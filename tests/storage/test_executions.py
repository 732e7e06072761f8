from __future__ import annotations

import json
import sqlite3
import zlib
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from pydantic_core import to_json

from darkstar.control.decision import (
    BatteryMode,
    BatterySettingsNow,
    Decision,
    Execution,
    ExecutionStatistics,
    OverrideKind,
    Source,
    StepResult,
)
from darkstar.storage.database import Database
from darkstar.storage.epoch import to_epoch
from darkstar.storage.executions import Executions, Pick
from darkstar.storage.migrations import MIGRATIONS
from tests.storage.samples import NOW, execution, executions, override

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
    assert Executions(database).statistics(NOW) == ExecutionStatistics()
    assert ExecutionStatistics().success_percent is None


def test_statistics_count_from_a_time_on(database: Database) -> None:
    Executions(database).save(execution(NOW - TICK, StepResult.FAILED))
    Executions(database).save(execution(NOW, StepResult.WRITTEN, StepResult.UNCHANGED, StepResult.SHADOW))
    Executions(database).save(execution(NOW + TICK, StepResult.FAILED, StepResult.UNREADABLE, StepResult.UNCONFIRMED))
    Executions(database).save(execution(NOW + TICK * 2, source=Source.OVERRIDE))
    found = Executions(database).statistics(NOW)
    assert found == ExecutionStatistics(ticks=3, failed=1, writes=3, failures=3, overridden=1)
    assert found.ok == 2
    assert found.success_percent == pytest.approx(200 / 3)


def test_statistics_count_ticks_that_broke_off_hands_off_and_each_kind_of_quick_action(database: Database) -> None:
    pause = replace(override(), kind=OverrideKind.PAUSE)
    off = Decision(NOW, None, None, "off", hands_off="the automation is off")
    rows = [
        replace(execution(NOW), error="RuntimeError: broken"),
        replace(execution(NOW + TICK), overrides=(override(), pause)),
        replace(execution(NOW + TICK * 2), overrides=(pause,)),
        replace(execution(NOW + TICK * 3), decision=off),
    ]
    for row in rows:
        Executions(database).save(row)
    found = Executions(database).statistics(NOW)
    assert (found.ticks, found.failed, found.hands_off) == (4, 1, 1)
    assert found.overrides == {"force_charge": 1, "pause": 2}


def test_the_last_decision_is_that_of_a_tick_that_came_to_its_end(database: Database) -> None:
    Executions(database).save(execution(NOW))
    broken = Decision(NOW + TICK, None, None, "The tick broke off")
    Executions(database).save(replace(execution(NOW + TICK), decision=broken, error="RuntimeError: broken"))
    assert Executions(database).latest_decision() == execution(NOW).decision
    newest = Executions(database).latest()
    assert newest is not None
    assert newest.error == "RuntimeError: broken"


def test_rows_of_the_first_schema_are_still_read_and_counted(path: Path) -> None:
    path.parent.mkdir(parents=True)
    old = json.loads(to_json(execution(NOW, StepResult.WRITTEN)))
    for name in ("planned", "overrides", "lease_until", "duration_s", "error"):
        del old[name]
    for name in ("ev", "holding"):
        del old["decision"][name]
    for step in old["steps"]:
        del step["read_back"]
        del step["source"]
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in MIGRATIONS[0]:
            connection.execute(statement)
        connection.execute("PRAGMA user_version = 1")
        row = (to_epoch(NOW), 1, 0, 1, zlib.compress(json.dumps(old).encode()))
        connection.execute("INSERT INTO executions VALUES (NULL, ?, ?, ?, ?, ?)", row)
    with Database.open(path, NOW) as database:
        assert Executions(database).latest() == execution(NOW, StepResult.WRITTEN)
        assert Executions(database).latest_decision() == execution(NOW).decision
        assert Executions(database).statistics(NOW) == ExecutionStatistics(ticks=1, writes=1, overridden=1)


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


def test_those_of_a_time_come_in_their_order(database: Database) -> None:
    executions = Executions(database)
    for minutes in (10, 0, 5, 15):
        executions.save(execution(NOW + timedelta(minutes=minutes)))
    found = executions.between(NOW, NOW + timedelta(minutes=15))
    assert [(each.executed_at - NOW) // timedelta(minutes=1) for each in found] == [0, 5, 10]


def test_pages_follow_each_other_without_gap_or_overlap(database: Database) -> None:
    for index in range(7):
        Executions(database).save(execution(NOW + TICK * index))
    first = Executions(database).page(3)
    second = Executions(database).page(3, first[-1][0])
    third = Executions(database).page(3, second[-1][0])
    times = [one.executed_at for _, one in (*first, *second, *third)]
    assert times == [NOW + TICK * index for index in reversed(range(7))]


def test_only_what_is_asked_for_is_listed(database: Database) -> None:
    quiet, written, failed = (StepResult.UNCHANGED, StepResult.WRITTEN, StepResult.UNREADABLE)
    for index, result in enumerate((quiet, written, failed)):
        Executions(database).save(execution(NOW + TICK * index, result))
    broken = replace(execution(NOW + TICK * 3), error="RuntimeError: gone")
    Executions(database).save(broken)

    def listed(pick: Pick) -> list[int]:
        return [(one.executed_at - NOW) // TICK for _, one in Executions(database).page(9, pick=pick)]

    assert listed(Pick.ALL) == [3, 2, 1, 0]
    assert listed(Pick.BUSY) == [3, 2, 1]
    assert listed(Pick.FAILED) == [3, 2]


def test_in_shadow_mode_the_ticks_that_decided_otherwise_are_the_busy_ones(database: Database) -> None:
    """Nothing is written there, and every tick would write: what is of interest is when the wish changes."""
    sells = decided(mode=BatteryMode.EXPORT, target_soc_percent=20.0)
    moved = decided(discharge_kw=1.7, reason="less load")
    broken = replace(execution(NOW), decision=Decision(NOW, None, None, "broke off"), error="RuntimeError: gone")
    for index, one in enumerate((decided(), decided(), moved, sells, sells, broken, sells, decided())):
        Executions(database).save(replace(one, executed_at=NOW + TICK * index))
    found = Executions(database).page(9, pick=Pick.BUSY)
    assert [(one.executed_at - NOW) // TICK for _, one in found] == [7, 5, 3]


def decided(**battery: Any) -> Execution:
    wanted = BatterySettingsNow(BatteryMode.SELF_USE, 5.0, 5.0, 10.0, Source.PLAN, "as planned")
    tick = execution(NOW, StepResult.SHADOW)
    return replace(tick, shadow=True, decision=Decision(NOW, replace(wanted, **battery), None, "self-use"))


def test_statistics_end_before_the_next_day(database: Database) -> None:
    for index in range(4):
        Executions(database).save(execution(NOW + TICK * index, StepResult.WRITTEN))
    assert Executions(database).statistics(NOW + TICK, NOW + TICK * 3).ticks == 2
