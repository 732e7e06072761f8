"""How much was measured: light reading of the table of observations, without the energies."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache

from ..home.observation import NOT_LOAD
from ..home.slots import Slot
from .database import Database
from .epoch import from_epoch, to_epoch

_LOAD = """
    SELECT start_us, hours, flags FROM observations
    WHERE start_us >= ? AND start_us < ? AND load_kwh IS NOT NULL ORDER BY start_us
"""


def slots_with_load(database: Database, start: datetime, end: datetime) -> tuple[Slot, ...]:
    """The intervals that start in `[start, end)` and have a load that teaches, oldest first."""
    with database.read() as connection:
        rows = connection.execute(_LOAD, (to_epoch(start), to_epoch(end))).fetchall()
    return tuple(Slot(from_epoch(start_us), hours) for start_us, hours, flags in rows if _teaches(flags))


@cache
def _teaches(flags: str) -> bool:
    """Whether a load with these flags (JSON) teaches; few combinations occur, in thousands of rows."""
    return NOT_LOAD.isdisjoint(json.loads(flags))
