"""Table of small durable values: last counter readings, last toggles, last successful run."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TypeVar

from pydantic import TypeAdapter

from .database import Database
from .epoch import to_epoch
from .payload import pack, readable

Value = TypeVar("Value")


class Memory:
    """Repository of values by name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str, kind: type[Value]) -> Value | None:
        """The value, or None when there is none or what is stored is no `kind` (any type pydantic knows)."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT payload FROM memory WHERE name = ?", (name,))
            adapter = _adapter(kind)  # type: ignore[arg-type]  # mypy does not see that a class is hashable
            return next(readable(adapter, (payload for (payload,) in rows), "memory"), None)

    def put(self, name: str, value: object, now: datetime) -> None:
        """Store a value in the place of the one before.

        Raises:
            StorageError: it was not stored.
        """
        with self._database.write() as connection:
            connection.execute("INSERT OR REPLACE INTO memory VALUES (?, ?, ?)", (name, to_epoch(now), pack(value)))


@lru_cache(maxsize=64)
def _adapter(kind: type[Value]) -> TypeAdapter[Value]:
    """Kept, because building one takes milliseconds and the same few kinds are read again and again."""
    return TypeAdapter(kind)
