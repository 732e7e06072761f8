"""Table of the owner's own blocks in the plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pydantic import TypeAdapter

from ..home.manual_block import ManualBlock
from .database import Database
from .epoch import to_epoch
from .payload import pack, readable

_BLOCK = TypeAdapter(ManualBlock)


class ManualBlocks:
    """Repository of blocks. One that is over stays for a while, and has no say any more."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, block: ManualBlock) -> ManualBlock:
        """Store a block; returns it with its number.

        Raises:
            StorageError: it was not stored.
        """
        with self._database.write() as connection:
            cursor = connection.execute(
                "INSERT INTO manual_blocks (end_us, payload) VALUES (?, ?)", (to_epoch(block.end), pack(block))
            )
            return replace(block, number=int(cursor.lastrowid or 0))

    def remove(self, number: int) -> bool:
        """Take a block out of the plan; False when there was none.

        Raises:
            StorageError: it was not removed.
        """
        with self._database.write() as connection:
            return connection.execute("DELETE FROM manual_blocks WHERE number = ?", (number,)).rowcount > 0

    def standing(self, now: datetime) -> tuple[ManualBlock, ...]:
        """The blocks that are not over, the earliest first."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT number, payload FROM manual_blocks WHERE end_us > ?", (to_epoch(now),))
            found = [
                replace(block, number=number)
                for number, payload in rows
                for block in readable(_BLOCK, [payload], "manual_blocks")
            ]
        return tuple(sorted(found, key=lambda block: (block.start, block.number)))

    def purge(self, before: datetime) -> int:
        """Delete what was over before `before`; returns how many."""
        with self._database.write() as connection:
            return connection.execute("DELETE FROM manual_blocks WHERE end_us < ?", (to_epoch(before),)).rowcount
