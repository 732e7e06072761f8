"""Table of executions: what was decided, commanded and measured at each tick."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from ..control.decision import Decision, Execution, Source, StepResult
from .database import Database
from .epoch import to_epoch
from .payload import pack, readable

_EXECUTION = TypeAdapter(Execution)
_FAILURES = {StepResult.FAILED, StepResult.UNCONFIRMED, StepResult.UNREADABLE}


@dataclass(frozen=True, slots=True)
class ExecutionStatistics:
    """Counts over a time: ticks, commands sent, settings that did not take, ticks under a quick action."""

    ticks: int
    writes: int
    failures: int
    overrides: int


class Executions:
    """Repository of executions. The latest is the one saved last, whatever the clock said."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, execution: Execution) -> None:
        """Store what became of a tick.

        Raises:
            StorageError: it was not stored.
        """
        row = (
            to_epoch(execution.executed_at),
            execution.writes,
            sum(step.result in _FAILURES for step in execution.steps),
            _is_overridden(execution),
            pack(execution),
        )
        with self._database.write() as connection:
            connection.execute("INSERT INTO executions VALUES (NULL, ?, ?, ?, ?, ?)", row)

    def recent(self, limit: int) -> tuple[Execution, ...]:
        """The last `limit` executions that can be read, newest first."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT payload FROM executions ORDER BY sequence DESC LIMIT ?", (limit,))
            return tuple(readable(_EXECUTION, (payload for (payload,) in rows), "executions"))

    def latest(self) -> Execution | None:
        """The execution saved last that can be read, or None."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT payload FROM executions ORDER BY sequence DESC")
            return next(readable(_EXECUTION, (payload for (payload,) in rows), "executions"), None)

    def latest_decision(self) -> Decision | None:
        """The decision of the newest execution that can be read, or None."""
        newest = self.latest()
        return newest.decision if newest else None

    def statistics(self, since: datetime) -> ExecutionStatistics:
        """Counts over the executions from `since` on."""
        with self._database.read() as connection:
            row = connection.execute(
                """
                SELECT count(*), coalesce(sum(writes), 0), coalesce(sum(failures), 0), coalesce(sum(overridden), 0)
                FROM executions WHERE executed_us >= ?
                """,
                (to_epoch(since),),
            ).fetchone()
        return ExecutionStatistics(*row)

    def purge(self, before: datetime) -> int:
        """Delete what was executed before `before`; returns how many."""
        with self._database.write() as connection:
            return connection.execute("DELETE FROM executions WHERE executed_us < ?", (to_epoch(before),)).rowcount


def _is_overridden(execution: Execution) -> bool:
    wanted = (execution.decision.battery, execution.decision.heater)
    return any(settings is not None and settings.source is Source.OVERRIDE for settings in wanted)
