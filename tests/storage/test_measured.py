from __future__ import annotations

from darkstar.home.observation import Observation
from darkstar.home.slots import Slot
from darkstar.storage.database import Database
from darkstar.storage.measured import slots_with_load
from darkstar.storage.observations import Observations
from tests.storage.samples import NOW, QUARTER


def test_only_what_teaches_counts(database: Database) -> None:
    rows = [
        Observation(NOW - QUARTER, 0.25, load_kwh=1.0),
        Observation(NOW, 0.25, load_kwh=0.0),
        Observation(NOW + QUARTER, 0.25, pv_kwh=1.0),
        Observation(NOW + 2 * QUARTER, 0.25, load_kwh=1.0, flags=("gap",)),
        Observation(NOW + 3 * QUARTER, 0.25, load_kwh=1.0, flags=("hourly",)),
        Observation(NOW + 4 * QUARTER, 1.0, load_kwh=1.0),
        Observation(NOW + 8 * QUARTER, 0.25, load_kwh=1.0, flags=("derived", "vacation")),
    ]
    Observations(database).save(rows)
    assert slots_with_load(database, NOW, NOW + 4 * QUARTER) == (Slot(NOW, 0.25), Slot(NOW + 3 * QUARTER, 0.25))
    assert len(slots_with_load(database, NOW, NOW + 9 * QUARTER)) == 3
