"""Reads the home's energy counters at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..home.counters import CounterReading, CounterSnapshot
from ..home.ports import StateReader
from ..home.problem import Problem, Severity
from ..home.settings import HomeSettings
from .units import Unreadable, energy_kwh, percent


@dataclass(frozen=True, slots=True)
class CounterReadout:
    """What all counters show, the SoC beside them, and which configured counters could not be read."""

    snapshot: CounterSnapshot
    soc_percent: float | None
    problems: tuple[Problem, ...]


def read_counters(reader: StateReader, home: HomeSettings, now: datetime) -> CounterReadout:
    """Read every energy counter that `home.entities` names; one that cannot be read is None and a problem."""
    entities = home.entities
    configured = {
        "load": entities.load_energy,
        "pv": entities.pv_energy,
        "grid_import": entities.grid_import_energy,
        "grid_export": entities.grid_export_energy,
        "battery_charge": entities.battery_charge_energy,
        "battery_discharge": entities.battery_discharge_energy,
        "water_heater": entities.water_heater_energy,
        "ev": entities.ev_energy,
    }
    readings: dict[str, Any] = {}
    problems = []
    for name, entity_id in configured.items():
        if entity_id is None:
            continue
        found = _read(reader, entity_id)
        if isinstance(found, Unreadable):
            problems.append(_problem(name, found, now))
        else:
            readings[name] = found
    soc = _soc_percent(reader, home)
    return CounterReadout(CounterSnapshot(now, **readings, soc_percent=soc), soc, tuple(problems))


def read_import_kwh(reader: StateReader, home: HomeSettings) -> float | None:
    """What the counter of the import shows, in kWh; None where there is none or it cannot be read."""
    entity_id = home.entities.grid_import_energy
    found = None if entity_id is None else _read(reader, entity_id)
    return found.kwh if isinstance(found, CounterReading) else None


def _read(reader: StateReader, entity_id: str) -> CounterReading | Unreadable:
    state = reader.state(entity_id)
    if state is None or state.reported_at is None:
        return Unreadable(f"{entity_id} does not exist in Home Assistant", "Correct its name in apps.yaml (entities).")
    kwh = energy_kwh(state)
    return kwh if isinstance(kwh, Unreadable) else CounterReading(entity_id, kwh, state.reported_at)


def _soc_percent(reader: StateReader, home: HomeSettings) -> float | None:
    entity_id = home.entities.battery_soc
    state = reader.state(entity_id) if entity_id else None
    value = percent(state) if state else None
    return value if isinstance(value, float) and 0 <= value <= 100 else None  # noqa: PLR2004 - percent


def _problem(name: str, unreadable: Unreadable, now: datetime) -> Problem:
    return Problem(
        f"{name}_counter_unreadable",
        Severity.WARNING,
        now,
        f"The energy counter of {name.replace('_', ' ')} cannot be read: {unreadable.reason}.",
        unreadable.remedy,
    )
