"""Table of observations: what really happened, slot by slot."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta

from ..home.observation import Observation
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
)
_SELECT = """
    SELECT start_us, hours, flags, load_kwh, pv_kwh, import_kwh, export_kwh, charge_kwh, discharge_kwh, heater_kwh,
        ev_kwh, soc_percent, import_price, export_price
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
        heater_kwh, ev_kwh, soc_percent, import_price, export_price, flags, trust
    ) VALUES (
        :start_us, :end_us, :hours, :load_kwh, :pv_kwh, :import_kwh, :export_kwh, :charge_kwh, :discharge_kwh,
        :heater_kwh, :ev_kwh, :soc_percent, :import_price, :export_price, :flags, :trust
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
                _save(connection, _columns(row))

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


_Columns = dict[str, float | int | str | None]


def _save(connection: sqlite3.Connection, columns: _Columns) -> None:
    (strongest,) = connection.execute(_STRONGEST_OVERLAP, columns).fetchone()
    if strongest is not None and strongest > columns["trust"]:
        return
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
