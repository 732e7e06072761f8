"""Table of the one quick action that may be in force."""

from __future__ import annotations

from datetime import datetime

from pydantic import TypeAdapter

from ..control.decision import Override
from .database import Database
from .epoch import to_epoch
from .payload import pack, readable

_OVERRIDE = TypeAdapter(Override)


class Overrides:
    """Repository of the owner's quick action: there is one or none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def replace(self, override: Override) -> None:
        """Put a quick action in the place of the one before.

        Raises:
            StorageError: it was not stored.
        """
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO overrides VALUES (1, ?, ?)", (to_epoch(override.expires_at), pack(override))
            )

    def clear(self) -> None:
        """End the quick action, if there is one."""
        with self._database.write() as connection:
            connection.execute("DELETE FROM overrides")

    def active(self, now: datetime) -> Override | None:
        """The quick action in force at `now`, or None.

        One that is seen expired is ended for good: it does not come back when the clock is set back.
        """
        with self._database.read() as connection:
            row = connection.execute("SELECT expires_us, payload FROM overrides").fetchone()
        if row is None:
            return None
        expires_us, payload = row
        if expires_us <= to_epoch(now):
            self._end(expires_us)
            return None
        override = next(readable(_OVERRIDE, [payload], "overrides"), None)
        return override if override is not None and override.in_force(now) else None

    def _end(self, expires_us: int) -> None:
        with self._database.write() as connection:
            connection.execute("DELETE FROM overrides WHERE expires_us = ?", (expires_us,))
