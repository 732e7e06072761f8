"""Value types of the policy: four SoC levels per slot and the value of a stored kWh behind them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class ImportBudget:
    """All that may be imported in `[start, end)`: a power tariff bills the mean of this interval."""

    start: datetime
    end: datetime
    kwh: float


@dataclass(frozen=True, slots=True)
class ImportCap:
    """Import above `import_kw` is dear: the battery covers that part of the load down to `floor_kwh`.

    Where a power tariff wants it, `import_kw` is what `budget` allows when it is used evenly.
    """

    import_kw: float
    floor_kwh: float
    budget: ImportBudget | None = None


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
    buys_kwh_per_hour: float = 0.0
    """Stored kWh per hour of a purchase at full power that waits as long as it can still end with the slot: what
    PV does until then need not be bought. 0: it begins at once."""
    sells_kwh_per_hour: float = 0.0
    """The same for a sale, which leaves the load what it takes until then."""

    @property
    def end(self) -> datetime:
        """The first instant after the slot."""
        return self.start + timedelta(hours=self.hours)

    def buys_below_kwh(self, instant: datetime) -> float:
        """Stored energy below which a purchase must have begun at `instant` to end with the slot."""
        return self.grid_charge_to_kwh - self._hours_left(instant) * self.buys_kwh_per_hour

    def sells_above_kwh(self, instant: datetime) -> float:
        """Stored energy above which a sale must have begun at `instant` to end with the slot."""
        return self.export_floor_kwh + self._hours_left(instant) * self.sells_kwh_per_hour

    def _hours_left(self, instant: datetime) -> float:
        return max((self.end - instant) / timedelta(hours=1), 0.0)


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
