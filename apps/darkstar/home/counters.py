"""Readings of energy counters: what they show at one moment, and what they showed at the last slot's end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CounterReading:
    """What an energy counter shows, in kWh. `read_at` is the entity's last sign of life, in UTC."""

    entity_id: str
    kwh: float
    read_at: datetime


@dataclass(frozen=True, slots=True)
class CounterSnapshot:
    """All energy counters of the home at `taken_at`; None where there is no counter or it cannot be read."""

    taken_at: datetime
    load: CounterReading | None = None
    pv: CounterReading | None = None
    grid_import: CounterReading | None = None
    grid_export: CounterReading | None = None
    battery_charge: CounterReading | None = None
    battery_discharge: CounterReading | None = None
    water_heater: CounterReading | None = None
    ev: CounterReading | None = None
