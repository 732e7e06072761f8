"""What planning answers with: a plan, slot by slot, with money and reasons."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class PlanStatus(StrEnum):
    """How good a plan is, honestly."""

    OPTIMAL = "optimal"
    """Proven within `money_gap`."""
    FEASIBLE = "feasible"
    """Not proven: time ran out, or not every block of a heater was tried. The gap is stated when known."""
    FALLBACK = "fallback"
    """No solver answered: plain self-consumption."""


class Action(StrEnum):
    """What a slot is about, in one word."""

    CHARGE = "charge"
    """The battery takes energy from the grid."""
    STORE = "store"
    """The battery takes PV surplus."""
    DISCHARGE = "discharge"
    """The battery covers load."""
    EXPORT = "export"
    """The battery sells."""
    HOLD = "hold"
    """The battery rests."""


@dataclass(frozen=True, slots=True)
class BatterySlot:
    """One battery in one slot: AC energies in kWh, stored energy at the slot's end."""

    charge_kwh: float
    discharge_kwh: float
    soc_kwh: float


@dataclass(frozen=True, slots=True)
class PlanSlot:
    """One slot of a plan: energies in kWh (AC), SoC at the slot's end, money, and why."""

    start: datetime
    hours: float
    load_kwh: float
    pv_kwh: float
    curtailed_kwh: float
    import_kwh: float
    export_kwh: float
    batteries: tuple[BatterySlot, ...]
    heaters_kwh: tuple[float, ...]
    import_price: float
    export_price: float
    price_known: bool
    cost: float
    """Import cost - export revenue + battery wear."""
    value_per_kwh: float
    """What one more stored kWh at the slot's end is worth."""
    action: Action
    reason: str
    vehicles: tuple[BatterySlot, ...] = ()
    loads_kwh: tuple[float, ...] = ()
    """Energy of each deferrable load."""
    hygiene: bool = False
    """Whether water is heated for a cycle against legionella."""

    @property
    def end(self) -> datetime:
        """The first instant after the slot."""
        return self.start + timedelta(hours=self.hours)

    @property
    def charge_kwh(self) -> float:
        """AC energy into all batteries."""
        return sum(battery.charge_kwh for battery in self.batteries)

    @property
    def discharge_kwh(self) -> float:
        """AC energy out of all batteries."""
        return sum(battery.discharge_kwh for battery in self.batteries)

    @property
    def soc_kwh(self) -> float:
        """Stored energy of all batteries at the slot's end."""
        return sum(battery.soc_kwh for battery in self.batteries)

    @property
    def heater_kwh(self) -> float:
        """Energy of all water heaters."""
        return sum(self.heaters_kwh)

    @property
    def vehicle_kwh(self) -> float:
        """AC energy into all vehicles, less what they give."""
        return sum(vehicle.charge_kwh - vehicle.discharge_kwh for vehicle in self.vehicles)

    @property
    def deferrable_kwh(self) -> float:
        """Energy of all deferrable loads."""
        return sum(self.loads_kwh)


@dataclass(frozen=True, slots=True)
class PlannedPeak:
    """What a power tariff comes to with the plan: billed power, its cost in the period, and the cap to keep.

    `cap_kw` is the weighted mean power that may be imported in an interval without a higher bill.
    """

    name: str
    billed_kw: float
    cost: float
    cap_kw: float


@dataclass(frozen=True, slots=True)
class Churn:
    """How far a plan is from the one before it, over the slots that both have."""

    slots: int
    changed_actions: int
    """Slots in which a battery, heater, vehicle or load does something else (off, in, out)."""
    moved_kwh: float

    @property
    def share(self) -> float:
        """Part of the common slots that changed; 0 without any."""
        return self.changed_actions / self.slots if self.slots else 0.0


@dataclass(frozen=True, slots=True)
class Alternative:
    """What a device could do instead in a slot, and how much more the whole plan then costs at best.

    `extra_cost` is in money, None where it cannot be done or no solver found out in time. `words` say both.
    """

    device: str
    action: str
    extra_cost: float | None
    words: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan. `plan_id` is a hash of the request, so the same request has the same plan."""

    plan_id: str
    created_at: datetime
    currency: str
    status: PlanStatus
    slots: tuple[PlanSlot, ...]
    capacity_kwh: float
    cost: float
    """Sum of the slots' cost."""
    objective: float
    """Cost, less the value of what is stored at the end, plus the price of unmet wishes."""
    money_gap: float | None
    """Bound on the loss against the proven optimum, in money; None when the solver gave none."""
    unmet: tuple[str, ...] = ()
    """Wishes that could not be met, with amounts, in words."""
    notes: tuple[str, ...] = ()
    peaks: tuple[PlannedPeak, ...] = ()
    churn: Churn | None = None
    """Against the running plan of the request; None where there was none."""
    solver: str = field(default="", compare=False)
    solve_seconds: float = field(default=0.0, compare=False)

    def slot_at(self, instant: datetime) -> PlanSlot | None:
        """The slot that contains `instant`, or None."""
        return next((slot for slot in self.slots if slot.start <= instant < slot.end), None)
