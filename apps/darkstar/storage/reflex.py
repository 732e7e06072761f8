"""Tables of Reflex: every change of a setting with its evidence, and which value was in force since when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from pydantic import TypeAdapter

from ..home.overlay import OverlayEntry, SettingValue
from ..learning.reflex.finding import Change, Ending, InForce
from .database import Database
from .epoch import from_epoch, to_epoch
from .payload import pack, readable

_CHANGE = TypeAdapter(Change)
_SELECT = "SELECT sequence, payload, ended_us, ending, ending_text FROM reflex_changes"


class ReflexChanges:
    """Repository of changes. One is active until it is undone or dropped."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, change: Change) -> Change:
        """Store a change that is in force from now on; returns it with its number.

        Raises:
            StorageError: it was not stored.
        """
        with self._database.write() as connection:
            cursor = connection.execute(
                "INSERT INTO reflex_changes (path, made_us, payload) VALUES (?, ?, ?)",
                (change.path, to_epoch(change.made_at), pack(change)),
            )
            return replace(change, number=int(cursor.lastrowid or 0))

    def active(self) -> tuple[Change, ...]:
        """The changes that are in force or built upon, oldest first."""
        return self._changes(f"{_SELECT} WHERE ended_us IS NULL ORDER BY sequence")

    def recent(self, limit: int) -> tuple[Change, ...]:
        """The last `limit` changes, also those that have ended, newest first."""
        return self._changes(f"{_SELECT} ORDER BY sequence DESC LIMIT ?", limit)

    def since(self, start: datetime) -> tuple[Change, ...]:
        """The changes that were made, or ended, from `start` on, oldest first."""
        since_us = to_epoch(start)
        return self._changes(f"{_SELECT} WHERE made_us >= ? OR ended_us >= ? ORDER BY sequence", since_us, since_us)

    def overlay(self) -> tuple[OverlayEntry, ...]:
        """What lies over the owner's settings: of each path the newest active change."""
        return tuple({change.path: change.entry for change in self.active()}.values())

    def end(self, numbers: Iterable[int], ending: Ending, now: datetime, text: str = "") -> None:
        """Take changes out of force; those that have ended already stay as they are.

        Raises:
            StorageError: nothing was changed.
        """
        rows = [(to_epoch(now), ending.value, text, number) for number in numbers]
        with self._database.write() as connection:
            connection.executemany(
                "UPDATE reflex_changes SET ended_us = ?, ending = ?, ending_text = ? "
                "WHERE sequence = ? AND ended_us IS NULL",
                rows,
            )

    def note(self, values: Mapping[str, SettingValue], now: datetime) -> None:
        """Keep which values are in force at `now`, where they are others than before.

        Raises:
            StorageError: nothing was stored.
        """
        with self._database.write() as connection:
            for path, value in values.items():
                newest = connection.execute(
                    "SELECT value FROM reflex_values WHERE path = ? ORDER BY since_us DESC LIMIT 1", (path,)
                ).fetchone()
                if newest is None or newest[0] != value:
                    connection.execute(
                        "INSERT OR REPLACE INTO reflex_values VALUES (?, ?, ?)", (path, to_epoch(now), value)
                    )

    def in_force(self, path: str) -> tuple[InForce, ...]:
        """The values that a setting has had, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT since_us, value FROM reflex_values WHERE path = ? ORDER BY since_us", (path,)
            )
            return tuple(InForce(from_epoch(since_us), value) for since_us, value in rows)

    def purge(self, before: datetime) -> int:
        """Delete the changes that ended before `before`; returns how many. What is in force stays."""
        with self._database.write() as connection:
            return connection.execute("DELETE FROM reflex_changes WHERE ended_us < ?", (to_epoch(before),)).rowcount

    def _changes(self, statement: str, *values: int) -> tuple[Change, ...]:
        with self._database.read() as connection:
            rows = connection.execute(statement, values).fetchall()
        return tuple(change for row in rows for change in _read(*row))


def _read(
    sequence: int, payload: bytes, ended_us: int | None, ending: str | None, text: str | None
) -> Iterable[Change]:
    for change in readable(_CHANGE, [payload], "reflex_changes"):
        yield replace(
            change,
            number=sequence,
            ended_at=None if ended_us is None else from_epoch(ended_us),
            ending=None if ending is None else Ending(ending),
            ending_text=text or "",
        )
