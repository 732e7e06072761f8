"""Table of prices: what the home paid and was paid per kWh, as officially published."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from ..home.prices import Price, PriceCurve
from .database import Database
from .epoch import from_epoch, to_epoch


class Prices:
    """Repository of known prices; forecast prices are not kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, curve: PriceCurve) -> None:
        """Store the known prices of a curve; they replace stored ones of the same time.

        Raises:
            StorageError: nothing was stored.
        """
        with self._database.write() as connection:
            for price in curve.prices:
                if price.known:
                    _save(connection, price)

    def between(self, start: datetime, end: datetime) -> PriceCurve:
        """The stored prices that hold at some time in `[start, end)`."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT * FROM prices WHERE start_us < ? AND end_us > ? ORDER BY start_us",
                (to_epoch(end), to_epoch(start)),
            )
            return PriceCurve(tuple(_price(*row) for row in rows))

    def purge(self, before: datetime) -> int:
        """Delete the prices that ended by `before`; returns how many."""
        with self._database.write() as connection:
            return connection.execute("DELETE FROM prices WHERE end_us <= ?", (to_epoch(before),)).rowcount


def _save(connection: sqlite3.Connection, price: Price) -> None:
    start_us, end_us = to_epoch(price.start), to_epoch(price.end)
    connection.execute("DELETE FROM prices WHERE start_us < ? AND end_us > ?", (end_us, start_us))
    connection.execute(
        "INSERT INTO prices VALUES (?, ?, ?, ?)", (start_us, end_us, price.import_per_kwh, price.export_per_kwh)
    )


def _price(start_us: int, end_us: int, import_per_kwh: float, export_per_kwh: float) -> Price:
    return Price(from_epoch(start_us), from_epoch(end_us), import_per_kwh, export_per_kwh)
