"""Value types of the policy: four SoC levels per slot and the value of a stored kWh behind them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class ImportCap:
    """Import above `import_kw` is dear: the battery covers that part of the load down to `floor_kwh`."""

    import_kw: float
    floor_kwh: float


@dataclass(frozen=True, slots=True)
class PolicySlot:
    """How the battery answers what really happens in a slot. Levels are stored energy in kWh.

    Below `grid_charge_to_kwh` it is charged from the grid; PV surplus is stored up to
    `pv_charge_to_kwh`; the load is covered down to `load_floor_kwh`; above `export_floor_kwh` it is
    sold. `grid_charge_to <= pv_charge_to <= export_floor` and `grid_charge_to <= load_floor <=
    export_floor`. `value_per_kwh` is what one more stored kWh at the slot's end is worth at the
    expected SoC.
    """

    start: datetime
    hours: float
    grid_charge_to_kwh: float
    pv_charge_to_kwh: float
    load_floor_kwh: float
    export_floor_kwh: float
    value_per_kwh: float
    caps: tuple[ImportCap, ...] = ()
    """Lowest import first, so floors fall. Grid charging keeps to the first: the load goes before it."""

    @property
    def end(self) -> datetime:
        """The first instant after the slot."""
        return self.start + timedelta(hours=self.hours)


@dataclass(frozen=True, slots=True)
class Policy:
    """Thresholds over the horizon of the plan with `plan_id`."""

    plan_id: str
    created_at: datetime
    scenario_count: int
    slots: tuple[PolicySlot, ...]

    def slot_at(self, instant: datetime) -> PolicySlot | None:
        """The slot that contains `instant`, or None."""
        return next((slot for slot in self.slots if slot.start <= instant < slot.end), None)
