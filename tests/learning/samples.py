"""A home with every counter, and counter readings in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from darkstar.home.counters import CounterReading, CounterSnapshot
from darkstar.home.settings import HomeSettings, load_settings

START = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)
"""An hour before Stockholm's clocks go forward."""

ENTITIES = {
    "load_energy": "sensor.load_energy",
    "pv_energy": "sensor.pv_energy",
    "grid_import_energy": "sensor.import_energy",
    "grid_export_energy": "sensor.export_energy",
    "battery_charge_energy": "sensor.charge_energy",
    "battery_discharge_energy": "sensor.discharge_energy",
    "water_heater_energy": "sensor.heater_energy",
}


def home(entities: Mapping[str, object] | None = None, **blocks: Any) -> HomeSettings:
    """A home with all counters; `entities` and further blocks change it."""
    block: dict[str, Any] = {
        "time_zone": "Europe/Stockholm",
        "latitude": 59.3,
        "longitude": 18.1,
        "battery": {"capacity_kwh": 10, "max_charge_kw": 5, "max_discharge_kw": 5},
        "inverter": {"entities": {"grid_charging": "switch.grid_charging"}},
        "grid": {"max_import_kw": 11},
        "pv_arrays": [{"kwp": 8}],
        "water_heater": {"power_kw": 3},
        "prices": {"source": "fixed", "fixed_per_kwh": 1.0},
        "entities": {
            "battery_soc": "sensor.soc",
            "water_heater": "switch.heater",
            **ENTITIES,
            **(entities or {}),
        },
    }
    return load_settings({**block, **blocks})


def snapshot(taken_at: datetime, **kwh: float | None) -> CounterSnapshot:
    """Counters that were all heard of at `taken_at`; those left out cannot be read."""
    readings: dict[str, Any] = {
        name: CounterReading(f"sensor.{name}", value, taken_at) for name, value in kwh.items() if value is not None
    }
    return CounterSnapshot(taken_at, **readings)


def full(taken_at: datetime, kwh: float, **others: float | None) -> CounterSnapshot:
    """Counters that all show the same, but for `others`."""
    names = ("load", "pv", "grid_import", "grid_export", "battery_charge", "battery_discharge", "water_heater")
    return snapshot(taken_at, **{**dict.fromkeys(names, kwh), **others})
