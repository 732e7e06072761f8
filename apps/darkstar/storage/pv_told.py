"""Table of the PV that the owner's service has told, by how many days before: so it can be judged like any model."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ..forecast.bands import PvInterval
from .database import Database
from .epoch import from_epoch, to_epoch
from .leads import FARNESS, lead_days

_INSERT = """
    INSERT OR REPLACE INTO pv_told (start_us, lead_days, issued_us, end_us, kwh, p10_kwh, p90_kwh)
    VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_PAST = f"""
    SELECT start_us, end_us, kwh, p10_kwh, p90_kwh, min({FARNESS}) FROM pv_told
    WHERE start_us >= ? AND start_us < ? AND lead_days > 0 GROUP BY start_us ORDER BY start_us
"""  # noqa: S608 - constants


class PvTold:
    """Repository of a service's PV forecasts. Of each slot the last one is kept of each day ahead."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, issued_at: datetime, intervals: Iterable[PvInterval]) -> None:
        """Store what the service told at `issued_at` of slots to come.

        Raises:
            StorageError: nothing was stored.
        """
        issued_us = to_epoch(issued_at)
        rows = [_row(issued_us, each) for each in intervals if each.start >= issued_at]
        with self._database.write() as connection:
            connection.executemany(_INSERT, rows)

    def past(self, start: datetime, end: datetime) -> tuple[PvInterval, ...]:
        """Slots that start in `[start, end)`, each as it was told a day before, or else as near to that as is kept."""
        with self._database.read() as connection:
            rows = connection.execute(_PAST, (to_epoch(start), to_epoch(end))).fetchall()
        return tuple(PvInterval(from_epoch(row[0]), from_epoch(row[1]), *row[2:5]) for row in rows)

    def issued_last(self) -> datetime | None:
        """When the newest one was told; None when there is none."""
        with self._database.read() as connection:
            found = connection.execute("SELECT max(issued_us) FROM pv_told").fetchone()[0]
        return None if found is None else from_epoch(found)

    def purge(self, before: datetime) -> int:
        """Delete the slots that start before `before`; returns how many rows."""
        with self._database.write() as connection:
            return connection.execute("DELETE FROM pv_told WHERE start_us < ?", (to_epoch(before),)).rowcount


def _row(issued_us: int, told: PvInterval) -> tuple[int | float | None, ...]:
    start_us = to_epoch(told.start)
    lead = lead_days(start_us, issued_us)
    return (start_us, lead, issued_us, to_epoch(told.end), told.kwh, told.p10_kwh, told.p90_kwh)
