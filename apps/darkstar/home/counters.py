"""Readings of energy counters: what they show at one moment, and what they showed at the last slot's end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CounterReading:
    """What an energy counter shows, in kWh. `read_at` is the entity's last sign of life, in UTC.

    Of a reading that was carried to the end of a slot `read_at` is that end, and `heard_at` the last sign of life.
    """

    entity_id: str
    kwh: float
    read_at: datetime
    heard_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CounterSnapshot:
    """All energy counters of the home at `taken_at`; None where there is no counter or it cannot be read.

    `soc_percent` is the battery's state of charge at that moment, where it was read, and `left_at` since when nobody
    has been at home; None: somebody is, or nobody says so.
    """

    taken_at: datetime
    load: CounterReading | None = None
    pv: CounterReading | None = None
    grid_import: CounterReading | None = None
    grid_export: CounterReading | None = None
    battery_charge: CounterReading | None = None
    battery_discharge: CounterReading | None = None
    water_heater: CounterReading | None = None
    ev: CounterReading | None = None
    soc_percent: float | None = None
    left_at: datetime | None = None
