"""Value types of planning: the request put to the optimizer, and the plan it answers with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

SHORTAGE_PRICE = 10.0
"""Price of a kWh below the soft floor per hour, in price levels: no arbitrage pays for it."""
WAITING_SHORTAGE_PRICE = 0.5
"""The same for a small shortage that was there before: it waits for a fair price, but not for long."""
INHERITED_SHORTAGE_SHARE = 0.03
"""How much of the capacity counts as such a small shortage."""
EXCESS_PRICE = 0.05
"""Price of a kWh above the soft ceiling per hour, in price levels: it flows off with the load."""
IMPORT_BREACH_PRICE = 200.0
"""Price of a kWh imported above the limit, in price levels: the reserve goes first."""
_NO_PRICE = 1e-9


@dataclass(frozen=True, slots=True)
class RequestSlot:
    """What is given for one slot: expected energies (kWh, AC) and prices (per kWh)."""

    start: datetime
    hours: float
    load_kwh: float
    pv_kwh: float
    import_price: float
    export_price: float
    price_known: bool = True


@dataclass(frozen=True, slots=True)
class BatteryRequest:
    """A battery. SoC in kWh of stored energy, powers in kW on the AC side, efficiencies one way.

    `initial_kwh` may lie outside `[min_kwh, max_kwh]`: the band is soft. `end_value_per_kwh` is what
    a stored kWh is worth after the horizon.
    """

    capacity_kwh: float
    initial_kwh: float
    min_kwh: float
    max_kwh: float
    max_charge_kw: float
    max_discharge_kw: float
    charge_efficiency: float
    discharge_efficiency: float
    wear_cost_per_kwh: float = 0.0
    charge_from_grid: bool = True
    discharge_to_grid: bool = True
    end_value_per_kwh: float = 0.0

    @property
    def start_kwh(self) -> float:
        """`initial_kwh` as physics allows it: within 0 and the capacity."""
        return min(max(self.initial_kwh, 0.0), self.capacity_kwh)

    @property
    def inherited_shortage_kwh(self) -> float:
        """The part of the initial shortage that may wait for a fair price: at most 3 % of the capacity."""
        return min(max(self.min_kwh - self.start_kwh, 0.0), INHERITED_SHORTAGE_SHARE * self.capacity_kwh)

    def band_price(self, soc_kwh: float, price_level: float) -> float:
        """What it costs, per hour, to rest at `soc_kwh` outside the soft band; 0 inside it."""
        shortage = max(self.min_kwh - soc_kwh, 0.0)
        waiting = min(shortage, self.inherited_shortage_kwh)
        excess = max(soc_kwh - self.max_kwh, 0.0)
        return price_level * (
            WAITING_SHORTAGE_PRICE * waiting + SHORTAGE_PRICE * (shortage - waiting) + EXCESS_PRICE * excess
        )


@dataclass(frozen=True, slots=True)
class HeatDay:
    """Heat that a water heater owes in `[start, end)`, normally a local day; soft, with a high price."""

    start: datetime
    end: datetime
    energy_kwh: float


@dataclass(frozen=True, slots=True)
class HeaterRequest:
    """A water heater that is on or off for a whole slot."""

    power_kw: float
    days: tuple[HeatDay, ...]
    on_at_start: bool = False
    """Whether it heats right now: a running block is not cut for nothing."""
    start_cost: float = 0.0
    """What a start counts, in money: it makes fewer and longer blocks. Not part of the plan's cost."""


@dataclass(frozen=True, slots=True)
class GridRequest:
    """The grid connection; None is no limit. The import limit is hard but for unmeetable load."""

    max_import_kw: float | None = None
    max_export_kw: float | None = None
    export_allowed: bool = True


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """Everything the optimizer needs, nothing else. Serialises to JSON: it is the replay bundle.

    `money_gap` is the loss in money, against the proven optimum, at which the solver may stop.
    """

    created_at: datetime
    currency: str
    slots: tuple[RequestSlot, ...]
    batteries: tuple[BatteryRequest, ...] = ()
    heaters: tuple[HeaterRequest, ...] = ()
    grid: GridRequest = GridRequest()
    time_limit_s: float = 10.0
    money_gap: float = 0.005
    notes: tuple[str, ...] = ()
    """Rules of the strategy that shaped the request, in words."""

    @property
    def price_level(self) -> float:
        """Largest price, wear or end value of the request per kWh: the measure of all soft wishes."""
        prices = [abs(price) for slot in self.slots for price in (slot.import_price, slot.export_price)]
        values = [abs(value) for one in self.batteries for value in (one.wear_cost_per_kwh, one.end_value_per_kwh)]
        level = max([*prices, *values], default=0.0)
        return level if level > _NO_PRICE else 1.0


class PlanStatus(StrEnum):
    """How good a plan is, honestly."""

    OPTIMAL = "optimal"
    """Proven within `money_gap`."""
    FEASIBLE = "feasible"
    """Time ran out; the best found so far, gap stated when known."""
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
    solver: str = field(default="", compare=False)
    solve_seconds: float = field(default=0.0, compare=False)

    def slot_at(self, instant: datetime) -> PlanSlot | None:
        """The slot that contains `instant`, or None."""
        return next((slot for slot in self.slots if slot.start <= instant < slot.end), None)
