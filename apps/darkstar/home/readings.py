"""What the house says now, as values that can be trusted or are None."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from .problem import Problem


@dataclass(frozen=True, slots=True)
class Measurement:
    """A number read from an entity: already in our unit and sign, finite, and dated."""

    value: float
    measured_at: datetime
    entity_id: str

    def age(self, now: datetime) -> timedelta:
        """How old the number is at `now`."""
        return now - self.measured_at


@dataclass(frozen=True, slots=True)
class Imported:
    """Energy in kWh that was imported since an instant."""

    since: datetime
    kwh: float


@dataclass(frozen=True, slots=True)
class Readings:
    """One snapshot of the home. A value that is missing, stale or absurd is None, never a default.

    Powers in kW on the AC side; `grid_kw` positive when importing, `battery_kw` positive when
    charging. `faults` says for each configured value that is None why it is.
    """

    read_at: datetime
    soc_percent: Measurement | None = None
    load_kw: Measurement | None = None
    pv_kw: Measurement | None = None
    grid_kw: Measurement | None = None
    battery_kw: Measurement | None = None
    automation: bool | None = None
    manual_override: bool | None = None
    vacation: bool | None = None
    phase_currents_a: tuple[Measurement | None, ...] = ()
    """One per entity in `entities.phase_currents`; only their size counts, not their direction."""
    pv_surplus_kw: float | None = None
    """PV less load, as the mean over the last minutes."""
    imported: tuple[Imported, ...] = ()
    """Since the running metering interval of each power tariff began, where that is measured."""
    water_celsius: Measurement | None = None
    ev_connected: bool | None = None
    ev_soc_percent: Measurement | None = None
    ev_kw: Measurement | None = None
    faults: tuple[Problem, ...] = ()
