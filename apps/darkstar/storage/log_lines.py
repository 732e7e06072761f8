"""Table of log lines: what the apps have said, for the page and the replay bundle."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from .database import Database
from .epoch import from_epoch, to_epoch

KEPT = 5000
"""So many lines at most, whatever happens."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line that an app has logged; `level` is a name of the standard library's `logging`."""

    at: datetime
    level: str
    app: str
    text: str


class LogLines:
    """Repository of log lines."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, line: LogLine) -> None:
        """Store a line.

        Raises:
            StorageError: it was not stored.
        """
        row = (to_epoch(line.at), _number(line.level), line.app, line.text)
        with self._database.write() as connection:
            connection.execute("INSERT INTO log_lines VALUES (NULL, ?, ?, ?, ?)", row)

    def newest(self, count: int, level: str = "DEBUG", before: datetime | None = None) -> tuple[LogLine, ...]:
        """The last `count` lines of at least a level that were logged before an instant, newest first."""
        until_us = None if before is None else to_epoch(before)
        with self._database.read() as connection:
            rows = connection.execute(
                """
                SELECT at_us, level, app, text FROM log_lines
                WHERE level >= :level AND (:until_us IS NULL OR at_us < :until_us)
                ORDER BY sequence DESC LIMIT :count
                """,
                {"level": _number(level), "until_us": until_us, "count": count},
            ).fetchall()
        return tuple(
            LogLine(from_epoch(at_us), logging.getLevelName(number), app, text) for at_us, number, app, text in rows
        )

    def purge(self, before: datetime) -> int:
        """Delete the lines before an instant, and all but the last `KEPT`; returns how many."""
        with self._database.write() as connection:
            return connection.execute(
                """
                DELETE FROM log_lines WHERE at_us < ?
                OR sequence <= (SELECT coalesce(max(sequence), 0) FROM log_lines) - ?
                """,
                (to_epoch(before), KEPT),
            ).rowcount


def _number(level: str) -> int:
    return logging.getLevelNamesMapping()[level]
