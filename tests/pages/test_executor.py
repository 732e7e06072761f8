"""What the Executor page is given: rows by the page, and a verdict that is worked out once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from darkstar.control.decision import StepResult
from darkstar.learning.shadow_verdict import ShadowVerdict, WouldWrite
from darkstar.pages.desk import RefusedError
from darkstar.pages.executor import ROWS, VERDICT_AGE, Judge, executor_data
from darkstar.storage.database import Database
from darkstar.storage.executions import Executions
from darkstar.views.snapshot import Snapshot
from tests.desk import NOW, TestDesk
from tests.storage.samples import execution
from tests.views.samples import sample

TICK = timedelta(minutes=5)


class Desk(TestDesk):
    """With something to show."""

    __test__ = False

    def snapshot(self) -> Snapshot:
        return replace(sample(), now=self.time)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Database.open(tmp_path / "darkstar.sqlite3", NOW) as database:
        yield Desk(tmp_path, database)


def carried_out(desk: Desk, count: int, *results: StepResult) -> None:
    for index in range(count):
        Executions(desk.database).save(execution(NOW - TICK * (count - index), *results))


def test_older_rows_come_on_demand(desk: Desk) -> None:
    carried_out(desk, ROWS + 5)
    first = executor_data(desk, {})
    assert (len(first["rows"]), first["more"]) == (ROWS, True)
    older = executor_data(desk, {"before": str(first["rows"][-1]["id"])})
    assert (len(older["rows"]), older["more"]) == (5, False)
    assert "statistics" not in older


def test_idle_ticks_can_be_left_out(desk: Desk) -> None:
    carried_out(desk, 3, StepResult.UNCHANGED)
    carried_out(desk, 2, StepResult.WRITTEN)
    assert len(executor_data(desk, {"pick": "busy"})["rows"]) == 2


def test_seven_days_end_today(desk: Desk) -> None:
    carried_out(desk, 4)
    days = executor_data(desk, {})["days"]
    assert [day["day"] for day in days] == ["Tue 17", "Wed 18", "Thu 19", "Fri 20", "Sat 21", "Sun 22", "Mon 23"]
    assert [day["ok"] for day in days] == [0, 0, 0, 0, 0, 0, 4]


@pytest.mark.parametrize("query", [{"pick": "lucky"}, {"before": "-1"}, {"before": "9" * 30}, {"before": "²"}])
def test_nonsense_is_refused(desk: Desk, query: dict[str, str]) -> None:
    with pytest.raises(RefusedError, match="must be"):
        executor_data(desk, query)


def test_the_verdict_is_worked_out_once_an_hour(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[datetime] = []

    def judged(home: Any, database: Any, now: datetime) -> ShadowVerdict:
        asked.append(now)
        return ShadowVerdict(now, (), "SEK", 0.0, 0.0, 0.0, WouldWrite(), 200, (), ())

    monkeypatch.setattr("darkstar.pages.executor.verdict_on_shadow", judged)
    judge = Judge()
    assert judge(desk, {})["decision"] == "wait"
    judge(desk, {})
    assert len(asked) == 1
    desk.time += VERDICT_AGE
    judge(desk, {})
    assert len(asked) == 2


def test_a_verdict_that_cannot_be_had_says_why(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> ShadowVerdict:
        msg = "no prices are stored"
        raise ValueError(msg)

    monkeypatch.setattr("darkstar.pages.executor.verdict_on_shadow", broken)
    with pytest.raises(RefusedError, match="no prices are stored"):
        Judge()(desk, {})
