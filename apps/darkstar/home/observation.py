"""What really happened in a slot, from energy counters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from .slots import overlap_hours

REPAIRS = frozenset({"reset", "gap", "spike", "catch_up"})
"""Flags of rows in which a counter was not read as usual: nothing is learned from them.

`reset`: a counter fell. `gap`: spread over a time without readings. `spike`: more than the home can do. `catch_up`: a
counter was silent for more than an hour and then rose; part of its energy may belong to earlier slots.
"""
EXCLUDED = "excluded"
"""Flag of rows that the owner does not want to be learned from."""
CURTAILED = "curtailed"
"""Flag: more PV was there than could be used, stored or fed in. The PV energy is not what the sun gave."""
VACATION = "vacation"
AWAY = "away"
"""Flags: the owner's vacation helper was on, or nobody had been at home for a day. The load is not the usual one."""
BATTERY_DRIVEN = "battery_driven"
"""Flag: the load is a balance that is smaller than the usual error of the battery's counters."""
NOT_LOAD = REPAIRS | {EXCLUDED, VACATION, AWAY, BATTERY_DRIVEN}
"""A row with one of these does not teach the load."""
NOT_PV = REPAIRS | {EXCLUDED, CURTAILED}
"""A row with one of these does not teach the yield of PV."""


@dataclass(frozen=True, slots=True)
class Observation:
    """Measured energies of the interval `[start, start + hours)`, in kWh; None where not measured.

    `load_kwh` is the household without what Darkstar itself controls when `heater_kwh` and `ev_kwh` are
    measured apart. `soc_start_percent` and `soc_percent` are the state of charge at the start and at the end of the
    interval. `flags` names what is special: `hourly` (spread from an hour), `derived` (load from the
    balance of the others), the repairs, and what the rest of this module names.
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
    soc_start_percent: float | None = None

    @property
    def end(self) -> datetime:
        """The first instant after the interval."""
        return self.start + timedelta(hours=self.hours)

    def share_within(self, start: datetime, end: datetime) -> float:
        """The part of the interval that lies in `[start, end)`, 0 to 1."""
        return overlap_hours(self.start, self.end, start, end) / self.hours
