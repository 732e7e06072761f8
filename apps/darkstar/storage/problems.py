"""Table of open problems, by who reports them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from ..home.problem import Problem, Severity
from .database import Database
from .epoch import from_epoch, to_epoch

_NOBODY = ""
"""Reporter of problems that are reported and cleared one by one."""
_UPSERT = """
    INSERT INTO problems VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (problem_id, reporter) DO UPDATE SET
        severity = excluded.severity, meaning = excluded.meaning, remedy = excluded.remedy
"""


@dataclass(frozen=True, slots=True)
class Changes:
    """What a report changed: problems that nobody had reported, and those that nobody reports any more."""

    started: tuple[Problem, ...]
    ended: tuple[Problem, ...]


class Problems:
    """Repository of what is wrong now. A problem seen by several reporters is open until all let go of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def report(self, problem: Problem) -> bool:
        """Open a problem, or renew the words of an open one; True when it is new.

        Raises:
            StorageError: it was not stored.
        """
        with self._database.write() as connection:
            is_new = problem.problem_id not in _open(connection)
            connection.execute(_UPSERT, _row(problem, _NOBODY))
        return is_new

    def clear(self, problem_id: str) -> Problem | None:
        """End a problem for all reporters; returns it when it was open."""
        with self._database.write() as connection:
            ended = _open(connection).get(problem_id)
            connection.execute("DELETE FROM problems WHERE problem_id = ?", (problem_id,))
        return ended

    def sync(self, reporter: str, problems: Iterable[Problem]) -> Changes:
        """Take the full set of problems that a reporter sees now: what it no longer sees is cleared.

        Raises:
            StorageError: nothing was changed.
        """
        rows = [_row(problem, reporter) for problem in problems]
        with self._database.write() as connection:
            before = _open(connection)
            gone = [
                (problem_id, reporter)
                for (problem_id,) in connection.execute(
                    "SELECT problem_id FROM problems WHERE reporter = ?", (reporter,)
                )
                if problem_id not in {row[0] for row in rows}
            ]
            connection.executemany("DELETE FROM problems WHERE problem_id = ? AND reporter = ?", gone)
            connection.executemany(_UPSERT, rows)
            after = _open(connection)
        return Changes(
            started=tuple(problem for name, problem in after.items() if name not in before),
            ended=tuple(problem for name, problem in before.items() if name not in after),
        )

    def open(self) -> tuple[Problem, ...]:
        """All open problems, the longest open first; each once, in its gravest form, with its first `since`."""
        with self._database.read() as connection:
            return tuple(_open(connection).values())


def _open(connection: sqlite3.Connection) -> dict[str, Problem]:
    rows = connection.execute(
        """
        SELECT problem_id, severity, min(since_us) OVER (PARTITION BY problem_id) AS first_us, meaning, remedy
        FROM problems ORDER BY first_us, problem_id, severity = 'critical', reporter DESC
        """
    )
    return {
        problem_id: Problem(problem_id, Severity(severity), from_epoch(first_us), meaning, remedy)
        for problem_id, severity, first_us, meaning, remedy in rows
    }


def _row(problem: Problem, reporter: str) -> tuple[str, str, str, int, str, str]:
    since_us = to_epoch(problem.since)
    return problem.problem_id, reporter, problem.severity.value, since_us, problem.meaning, problem.remedy
