"""Tables of the savings ledger and of what was missed each day: a day is entered once and never changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Generic, TypeVar

from pydantic import TypeAdapter

from ..learning.ledger import LedgerDay
from ..learning.regret import DayRegret
from .database import Database
from .epoch import from_epoch, to_epoch
from .payload import pack, readable

Entry = TypeVar("Entry", LedgerDay, DayRegret)


class _Days(Generic[Entry]):
    """One row per local day, kept for ever; the table itself refuses changes."""

    table: str
    adapter: TypeAdapter[Entry]

    def __init__(self, database: Database) -> None:
        self._database = database

    def enter(self, entries: Iterable[Entry]) -> int:
        """Enter days; one that is there already stays as it is. Returns how many are new.

        Raises:
            StorageError: nothing was entered.
        """
        rows = [(entry.day.isoformat(), to_epoch(entry.entered_at), pack(entry)) for entry in entries]
        with self._database.write() as connection:
            before = connection.total_changes
            connection.executemany(f"INSERT OR IGNORE INTO {self.table} VALUES (?, ?, ?)", rows)  # noqa: S608 - ours
            return connection.total_changes - before

    def between(self, first: date, last: date) -> tuple[Entry, ...]:
        """The days from `first` to `last`, both included, oldest first."""
        query = f"SELECT payload FROM {self.table} WHERE day >= ? AND day <= ? ORDER BY day"  # noqa: S608 - ours
        with self._database.read() as connection:
            rows = connection.execute(query, (first.isoformat(), last.isoformat()))
            return tuple(readable(self.adapter, (payload for (payload,) in rows), self.table))

    def all(self) -> tuple[Entry, ...]:
        """Every day, oldest first."""
        return self.between(date.min, date.max)

    def on(self, day: date) -> Entry | None:
        """One day; None when it is not entered."""
        return next(iter(self.between(day, day)), None)

    def known_days(self) -> frozenset[date]:
        """The days that are entered, also those that cannot be read."""
        with self._database.read() as connection:
            rows = connection.execute(f"SELECT day FROM {self.table}").fetchall()  # noqa: S608 - ours
        return frozenset(date.fromisoformat(day) for (day,) in rows)


class Ledger(_Days[LedgerDay]):
    """Repository of the savings ledger."""

    table = "ledger"
    adapter = TypeAdapter(LedgerDay)


class Regrets(_Days[DayRegret]):
    """Repository of what each day missed against perfect foresight."""

    table = "regrets"
    adapter = TypeAdapter(DayRegret)


def first_recorded(database: Database) -> datetime | None:
    """Start of the oldest row that Darkstar itself recorded, not one fetched from statistics; None without any."""
    with database.read() as connection:
        query = "SELECT min(start_us) FROM observations WHERE trust >= 3"
        (oldest,) = connection.execute(query).fetchone()
    return None if oldest is None else from_epoch(oldest)
