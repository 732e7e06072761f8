"""What the Log page shows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from darkstar.pages.desk import RefusedError
from darkstar.pages.log import COUNT, log_data
from darkstar.storage.database import Database
from darkstar.storage.log_lines import LogLine, LogLines
from tests.desk import NOW, TestDesk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[TestDesk]:
    with Database.open(tmp_path / "darkstar.sqlite3", NOW) as database:
        yield TestDesk(tmp_path, database)


def said(desk: TestDesk, count: int, level: str = "INFO") -> None:
    for number in range(count):
        at = NOW + timedelta(seconds=number)
        LogLines(desk.database).save(LogLine(at, level, "darkstar_planner", f"line {number}"))


def test_a_line_has_its_local_time_and_app(desk: TestDesk) -> None:
    said(desk, 1, "WARNING")
    (line,) = log_data(desk, {})["lines"]
    assert line == {
        "at": NOW.timestamp(),
        "day": "Monday 23 November",
        "clock": "13:00:00",
        "level": "warning",
        "app": "planner",
        "text": "line 0",
    }


def test_a_level_leaves_out_the_rest(desk: TestDesk) -> None:
    said(desk, 2)
    said(desk, 1, "ERROR")
    assert len(log_data(desk, {"level": "WARNING"})["lines"]) == 1


def test_older_lines_go_on_where_the_page_ended(desk: TestDesk) -> None:
    said(desk, COUNT + 5)
    first = log_data(desk, {})
    older = log_data(desk, {"before": str(first["before"])})
    assert [line["text"] for line in older["lines"]] == [f"line {number}" for number in range(4, -1, -1)]
    assert older["before"] is None


@pytest.mark.parametrize("query", [{"level": "LOUD"}, {"before": "1e300"}])
def test_nonsense_is_refused(desk: TestDesk, query: dict[str, str]) -> None:
    with pytest.raises(RefusedError, match="must be"):
        log_data(desk, query)
