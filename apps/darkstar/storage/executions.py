"""Table of executions: what was decided, commanded and measured at each tick."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from enum import StrEnum

from pydantic import TypeAdapter

from ..control.decision import Decision, Execution, ExecutionStatistics, Source, StepResult
from .database import Database
from .epoch import to_epoch
from .payload import pack, readable

_END_OF_TIME = 2**63 - 1
SEPARATOR = " "
"""Between the kinds of quick actions in one column."""

_EXECUTION = TypeAdapter(Execution)
_FAILURES = {StepResult.FAILED, StepResult.UNCONFIRMED, StepResult.UNREADABLE}


class Pick(StrEnum):
    """Which ticks are wanted."""

    ALL = "all"
    BUSY = "busy"
    """Something else was decided than at the tick before, something was written, or it did not work."""
    FAILED = "failed"
    """It broke off, or left a setting that did not take."""


_PICKED = {
    Pick.ALL: "1",
    Pick.BUSY: "(changed OR writes > 0 OR failures > 0 OR broken)",
    Pick.FAILED: "(failures > 0 OR broken)",
}


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
            execution.error is not None,
            execution.decision.hands_off is not None,
            SEPARATOR.join(sorted({override.kind.value for override in execution.overrides})),
        )
        with self._database.write() as connection:
            newest = connection.execute("SELECT decided FROM executions ORDER BY sequence DESC LIMIT 1").fetchone()
            before = newest[0] if newest else None
            decided = before if execution.error is not None else _decided(execution.decision)
            connection.execute(
                """
                INSERT INTO executions
                    (executed_us, writes, failures, overridden, payload, broken, hands_off, override_kinds,
                    decided, changed)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                (*row, decided, before is not None and decided != before),
            )

    def recent(self, limit: int) -> tuple[Execution, ...]:
        """The last `limit` executions that can be read, newest first."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT payload FROM executions ORDER BY sequence DESC LIMIT ?", (limit,))
            return tuple(readable(_EXECUTION, (payload for (payload,) in rows), "executions"))

    def page(self, limit: int, before: int | None = None, pick: Pick = Pick.ALL) -> tuple[tuple[int, Execution], ...]:
        """At most `limit` executions with their numbers, newest first; those before the number `before`, if given.

        One that cannot be read is left out.
        """
        with self._database.read() as connection:
            rows = connection.execute(
                f"""
                SELECT sequence, payload FROM executions
                WHERE {_PICKED[pick]} AND (? IS NULL OR sequence < ?) ORDER BY sequence DESC LIMIT ?
                """,  # noqa: S608 - one of the three texts above
                (before, before, limit),
            ).fetchall()
        return tuple(
            (number, execution)
            for number, payload in rows
            for execution in readable(_EXECUTION, [payload], "executions")
        )

    def between(self, start: datetime, end: datetime) -> tuple[Execution, ...]:
        """The executions in `[start, end)` that can be read, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT payload FROM executions WHERE executed_us >= ? AND executed_us < ? ORDER BY executed_us",
                (to_epoch(start), to_epoch(end)),
            )
            return tuple(readable(_EXECUTION, (payload for (payload,) in rows), "executions"))

    def latest(self) -> Execution | None:
        """The execution saved last that can be read, or None."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT payload FROM executions ORDER BY sequence DESC")
            return next(readable(_EXECUTION, (payload for (payload,) in rows), "executions"), None)

    def latest_decision(self) -> Decision | None:
        """The decision of the newest tick that came to its end and can be read, or None."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT payload FROM executions WHERE NOT broken ORDER BY sequence DESC")
            newest = next(readable(_EXECUTION, (payload for (payload,) in rows), "executions"), None)
        return newest.decision if newest else None

    def statistics(self, since: datetime, until: datetime | None = None) -> ExecutionStatistics:
        """Counts over the executions in `[since, until)`; None: to the last."""
        reach = (to_epoch(since), _END_OF_TIME if until is None else to_epoch(until))
        with self._database.read() as connection:
            counts = connection.execute(
                """
                SELECT count(*), coalesce(sum(broken OR failures > 0), 0), coalesce(sum(hands_off), 0),
                    coalesce(sum(writes), 0), coalesce(sum(failures), 0), coalesce(sum(overridden), 0)
                FROM executions WHERE executed_us >= ? AND executed_us < ?
                """,
                reach,
            ).fetchone()
            groups = connection.execute(
                """
                SELECT override_kinds, count(*) FROM executions
                WHERE executed_us >= ? AND executed_us < ? AND override_kinds != '' GROUP BY override_kinds
                """,
                reach,
            ).fetchall()
        kinds: Counter[str] = Counter()
        for names, ticks in groups:
            kinds.update(dict.fromkeys(names.split(SEPARATOR), ticks))
        ticks, failed, hands_off, writes, failures, overridden = counts
        return ExecutionStatistics(ticks, failed, hands_off, writes, failures, overridden, dict(kinds))

    def purge(self, before: datetime) -> int:
        """Delete what was executed before `before`; returns how many."""
        with self._database.write() as connection:
            return connection.execute("DELETE FROM executions WHERE executed_us < ?", (to_epoch(before),)).rowcount


def _is_overridden(execution: Execution) -> bool:
    wanted = (execution.decision.battery, execution.decision.heater, execution.decision.ev)
    return any(settings is not None and settings.source is Source.OVERRIDE for settings in wanted)


def _decided(decision: Decision) -> str:
    """What a decision comes to, without powers that move with every reading: the same text, the same decision."""
    battery, heater, ev = decision.battery, decision.heater, decision.ev
    parts: list[object] = ["hands off" if decision.hands_off is not None else ""]
    if battery is not None:
        target = round(battery.target_soc_percent)
        parts += [battery.mode, battery.source, target, battery.charge_kw > 0, battery.discharge_kw > 0]
    parts += [heater.mode, heater.source] if heater is not None else []
    parts += [ev.mode, ev.source] if ev is not None else []
    return SEPARATOR.join(map(str, parts))
