"""What really happened in a slot, from energy counters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Observation:
    """Measured energies of the interval `[start, start + hours)`, in kWh; None where not measured.

    `load_kwh` is the household without what Darkstar itself controls when `heater_kwh` and `ev_kwh` are
    measured apart. `soc_percent` is the state of charge at the end of the interval. `flags` names what is
    special: `hourly` (spread from an hour), `derived` (load from the balance of the others), and the
    repairs `reset`, `gap` and `spike`; forecasters leave repaired rows out.
    """

    start: datetime
    hours: float
    load_kwh: float | None = None
    pv_kwh: float | None = None
    import_kwh: float | None = None
    export_kwh: float | None = None
    charge_kwh: float | None = None
    discharge_kwh: float | None = None
    heater_kwh: float | None = None
    ev_kwh: float | None = None
    soc_percent: float | None = None
    import_price: float | None = None
    export_price: float | None = None
    flags: tuple[str, ...] = ()

    @property
    def end(self) -> datetime:
        """The first instant after the interval."""
        return self.start + timedelta(hours=self.hours)

    def share_within(self, start: datetime, end: datetime) -> float:
        """The part of the interval that lies in `[start, end)`, 0 to 1."""
        inside = min(self.end, end) - max(self.start, start)
        return max(inside / (self.end - self.start), 0.0)
