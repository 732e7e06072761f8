from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from darkstar.log_keeper import LONGEST, LogKeeper
from darkstar.storage.database import Database
from darkstar.storage.log_lines import KEPT, LogLine, LogLines
from tests.storage.samples import NOW, QUARTER


def line(minutes: int, level: str = "INFO", text: str = "a word") -> LogLine:
    return LogLine(NOW + timedelta(minutes=minutes), level, "darkstar_planner", text)


def test_the_newest_lines_come_first_and_can_be_paged(database: Database) -> None:
    lines = LogLines(database)
    for minutes in range(5):
        lines.save(line(minutes))
    assert lines.newest(2) == (line(4), line(3))
    assert lines.newest(2, before=line(3).at) == (line(2), line(1))


def test_a_level_leaves_out_what_is_less_grave(database: Database) -> None:
    lines = LogLines(database)
    for minutes, level in enumerate(("INFO", "WARNING", "ERROR")):
        lines.save(line(minutes, level))
    assert [each.level for each in lines.newest(9, "WARNING")] == ["ERROR", "WARNING"]


def test_what_is_old_goes_and_so_does_what_is_too_much(database: Database) -> None:
    lines = LogLines(database)
    for minutes in range(4):
        lines.save(line(minutes))
    assert lines.purge(line(2).at) == 2
    with database.write() as connection:
        connection.execute("UPDATE sqlite_sequence SET seq = ?", (KEPT + 4,))
    lines.save(line(9))
    assert lines.purge(NOW) == 2
    assert lines.newest(9) == (line(9),)


def test_a_keeper_stores_what_is_logged_and_nothing_of_little_weight(database: Database) -> None:
    logger = logging.Logger("app")
    logger.addHandler(LogKeeper("darkstar_executor", LogLines(database)))
    logger.info("charge %s kW", 3.2)
    logger.debug("chatter")
    logger.error("x" * (LONGEST + 1))
    error, info = LogLines(database).newest(9)
    assert (info.app, info.level, info.text) == ("darkstar_executor", "INFO", "charge 3.2 kW")
    assert (error.level, len(error.text)) == ("ERROR", LONGEST)


def test_a_keeper_whose_database_is_closed_does_not_stop_the_app(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    logger = logging.Logger("app")
    keeper = LogKeeper("darkstar_executor", LogLines(database))
    told: list[logging.LogRecord] = []
    monkeypatch.setattr(keeper, "handleError", told.append)
    logger.addHandler(keeper)
    database.close()
    logger.info("still alive")
    assert [record.getMessage() for record in told] == ["still alive"]


def test_lines_of_one_instant_keep_their_order(database: Database) -> None:
    lines = LogLines(database)
    for text in ("first", "second"):
        lines.save(line(0, text=text))
    assert [each.text for each in lines.newest(9)] == ["second", "first"]
    assert lines.newest(9, before=NOW - QUARTER) == ()
