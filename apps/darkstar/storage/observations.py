"""Table of observations: what really happened, slot by slot."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from ..home.observation import EXCLUDED, Observation
from .database import Database
from .epoch import from_epoch, to_epoch

_MEASURED = 3
_TRUST_OF_FLAG = {"backfill": 2, "hourly": 1, "gap": 0}
"""5-minute statistics beat hourly ones cut into quarters, these beat what was spread over a gap."""
_LONGEST_US = timedelta(days=1) // timedelta(microseconds=1)
"""No observation is longer: bounds the search for overlaps."""

_VALUES = (
    "load_kwh",
    "pv_kwh",
    "import_kwh",
    "export_kwh",
    "charge_kwh",
    "discharge_kwh",
    "heater_kwh",
    "ev_kwh",
    "soc_percent",
    "import_price",
    "export_price",
    "soc_start_percent",
)
_SELECT = """
    SELECT start_us, hours, flags, load_kwh, pv_kwh, import_kwh, export_kwh, charge_kwh, discharge_kwh, heater_kwh,
        ev_kwh, soc_percent, import_price, export_price, soc_start_percent
    FROM observations WHERE start_us >= ? AND start_us < ? ORDER BY start_us
"""
_STRONGEST_OVERLAP = """
    SELECT max(trust) FROM observations WHERE start_us < :end_us AND end_us > :start_us AND start_us > :search_us
"""
_DELETE_OVERLAP = """
    DELETE FROM observations WHERE start_us < :end_us AND end_us > :start_us AND start_us > :search_us
"""
_INSERT = """
    INSERT INTO observations (
        start_us, end_us, hours, load_kwh, pv_kwh, import_kwh, export_kwh, charge_kwh, discharge_kwh,
        heater_kwh, ev_kwh, soc_percent, import_price, export_price, soc_start_percent, flags, trust
    ) VALUES (
        :start_us, :end_us, :hours, :load_kwh, :pv_kwh, :import_kwh, :export_kwh, :charge_kwh, :discharge_kwh,
        :heater_kwh, :ev_kwh, :soc_percent, :import_price, :export_price, :soc_start_percent, :flags, :trust
    )
"""


class Observations:
    """Repository of observations. Rows never overlap: where two do, the more trusted one stays."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, rows: Iterable[Observation]) -> None:
        """Store rows; each replaces what overlaps it, unless that is more trusted.

        A measured row beats a backfilled one, that beats one from hourly statistics, that one a
        spread gap. NaN and infinity are stored as missing.

        Raises:
            StorageError: nothing was stored.
        """
        with self._database.write() as connection:
            for row in rows:
                columns = _columns(row)
                if _strongest(connection, columns) <= columns["trust"]:
                    _replace(connection, columns)

    def fill(self, rows: Iterable[Observation]) -> None:
        """Store rows of the past where nothing is, or only what is less trusted: what was measured stays as it is.

        Raises:
            StorageError: nothing was stored.
        """
        with self._database.write() as connection:
            for row in rows:
                columns = _columns(row)
                if _strongest(connection, columns) < columns["trust"]:
                    _replace(connection, columns)

    def exclude(self, start: datetime, end: datetime) -> int:
        """Nothing is learned any more from the rows that start in `[start, end)`; returns how many were changed.

        They keep their values: accounts go on counting them, and `include` takes it back.

        Raises:
            StorageError: nothing was changed.
        """
        return self._reflag(start, end, lambda flags: {*flags, EXCLUDED})

    def include(self, start: datetime, end: datetime) -> int:
        """The rows in `[start, end)` that were excluded teach again; returns how many were changed.

        Raises:
            StorageError: nothing was changed.
        """
        return self._reflag(start, end, lambda flags: set(flags) - {EXCLUDED})

    def _reflag(self, start: datetime, end: datetime, change: Callable[[list[str]], set[str]]) -> int:
        with self._database.write() as connection:
            rows = connection.execute(
                "SELECT start_us, flags FROM observations WHERE start_us >= ? AND start_us < ?",
                (to_epoch(start), to_epoch(end)),
            ).fetchall()
            changed = [(json.dumps(sorted(change(json.loads(flags)))), flags, start_us) for start_us, flags in rows]
            changed = [row for row in changed if set(json.loads(row[0])) != set(json.loads(row[1]))]
            connection.executemany(
                "UPDATE observations SET flags = ? WHERE start_us = ?", [(new, at) for new, _, at in changed]
            )
        return len(changed)

    def between(self, start: datetime, end: datetime) -> tuple[Observation, ...]:
        """Rows that start in `[start, end)`, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(_SELECT, (to_epoch(start), to_epoch(end))).fetchall()
        return tuple(_observation(*row) for row in rows)

    def latest_start(self) -> datetime | None:
        """Start of the newest row, or None when there is none."""
        with self._database.read() as connection:
            latest = connection.execute("SELECT max(start_us) FROM observations").fetchone()[0]
        return None if latest is None else from_epoch(latest)

    def purge(self, before: datetime) -> int:
        """Delete the rows that start before `before`; returns how many."""
        with self._database.write() as connection:
            return connection.execute("DELETE FROM observations WHERE start_us < ?", (to_epoch(before),)).rowcount


_Columns = dict[str, Any]


def _strongest(connection: sqlite3.Connection, columns: _Columns) -> int:
    """Trust of the most trusted row that overlaps; -1 where none does."""
    (strongest,) = connection.execute(_STRONGEST_OVERLAP, columns).fetchone()
    return -1 if strongest is None else int(strongest)


def _replace(connection: sqlite3.Connection, columns: _Columns) -> None:
    connection.execute(_DELETE_OVERLAP, columns)
    connection.execute(_INSERT, columns)


def _columns(row: Observation) -> _Columns:
    start_us = to_epoch(row.start)
    return {
        "start_us": start_us,
        "end_us": to_epoch(row.end),
        "search_us": start_us - _LONGEST_US,
        "hours": row.hours,
        **{name: _finite(getattr(row, name)) for name in _VALUES},
        "flags": json.dumps(row.flags),
        "trust": min((_TRUST_OF_FLAG.get(flag, _MEASURED) for flag in row.flags), default=_MEASURED),
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _observation(start_us: int, hours: float, flags: str, *values: float | None) -> Observation:
    measured = dict(zip(_VALUES, values, strict=True))
    return Observation(from_epoch(start_us), hours, flags=tuple(json.loads(flags)), **measured)
