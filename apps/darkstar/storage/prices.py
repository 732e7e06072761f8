"""Table of prices: what the home paid and was paid per kWh, as published; older ones as they could be read back."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from ..home.prices import Price, PriceCurve
from .database import Database
from .epoch import from_epoch, to_epoch

PRICES_NOTE = "prices.past"
"""Name in `Memory` of what is missing or doubtful of prices that were read back, as text."""


class Prices:
    """Repository of known prices; forecast prices are not kept. Published prices win over those that were read back."""

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

    def fill(self, curve: PriceCurve) -> int:
        """Store prices of the past that were read back, where nothing is known yet; returns how many.

        Raises:
            StorageError: nothing was stored.
        """
        with self._database.write() as connection:
            before = connection.total_changes
            connection.executemany(
                "INSERT INTO prices SELECT :start, :end, :bought, :sold, 1"
                " WHERE NOT EXISTS (SELECT 1 FROM prices WHERE start_us < :end AND end_us > :start)",
                [
                    {
                        "start": to_epoch(price.start),
                        "end": to_epoch(price.end),
                        "bought": price.import_per_kwh,
                        "sold": price.export_per_kwh,
                    }
                    for price in curve.prices
                ],
            )
            return connection.total_changes - before

    def between(self, start: datetime, end: datetime) -> PriceCurve:
        """The stored prices that hold at some time in `[start, end)`."""
        return self._select(start, end, (0, 1))

    def published(self, start: datetime, end: datetime) -> PriceCurve:
        """Those of them that were stored when they were published."""
        return self._select(start, end, (0,))

    def read_back(self, start: datetime, end: datetime) -> PriceCurve:
        """Those of them that were read back later."""
        return self._select(start, end, (1,))

    def _select(self, start: datetime, end: datetime, backfilled: tuple[int, ...]) -> PriceCurve:
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT start_us, end_us, import_per_kwh, export_per_kwh FROM prices"
                " WHERE start_us < ? AND end_us > ? AND is_backfilled IN (?, ?) ORDER BY start_us",
                (to_epoch(end), to_epoch(start), backfilled[0], backfilled[-1]),
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
        "INSERT INTO prices VALUES (?, ?, ?, ?, 0)", (start_us, end_us, price.import_per_kwh, price.export_per_kwh)
    )


def _price(start_us: int, end_us: int, import_per_kwh: float, export_per_kwh: float) -> Price:
    return Price(from_epoch(start_us), from_epoch(end_us), import_per_kwh, export_per_kwh)
