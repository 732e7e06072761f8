"""The question put to the optimizer: value types that serialise to JSON, the replay bundle.

Energies in kWh, powers in kW, both on the AC side of the devices; stored energy in kWh; money in the
home's currency, prices per kWh; instants aware and in UTC. Devices are optional: leave a tuple empty
where the home has none. Everything that a device wishes is soft and has its price, so that there is
always a plan (`tiers.py` has the order of the wishes).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

from .tiers import (
    DEPARTURE_PRICE,
    EXCESS_PRICE,
    INHERITED_SHORTAGE_SHARE,
    SHORTAGE_PRICE,
    WAITING_SHORTAGE_PRICE,
)

_NO_PRICE = 1e-9
_CHARGE_SHARE = 0.1
"""The wishes of a house cost many price levels: a tenth of a power charge is enough of a level to keep them."""


@dataclass(frozen=True, slots=True)
class EnergyBand:
    """Energy of a slot in kWh that is undercut with 10 and with 90 % probability."""

    p10: float
    p90: float


@dataclass(frozen=True, slots=True)
class RequestSlot:
    """What is given for one slot: expected energies (kWh, AC) and prices (per kWh).

    `max_import_kw` and `max_export_kw` replace the grid's hard limits in this slot.
    """

    start: datetime
    hours: float
    load_kwh: float
    pv_kwh: float
    import_price: float
    export_price: float
    price_known: bool = True
    load_band: EnergyBand | None = None
    pv_band: EnergyBand | None = None
    max_import_kw: float | None = None
    max_export_kw: float | None = None

    @property
    def end(self) -> datetime:
        """The first instant after the slot."""
        return self.start + timedelta(hours=self.hours)


@dataclass(frozen=True, slots=True)
class Window:
    """`[start, end)`."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class SocGoal:
    """Energy that is to be stored at an instant; each kWh less counts `price_per_kwh` (None: one price level)."""

    at: datetime
    min_kwh: float
    price_per_kwh: float | None = None


@dataclass(frozen=True, slots=True)
class ForcedPower:
    """What a storage must do in `[start, end)`, because somebody said so: bounds of its power in kW (AC).

    The upper bounds hold (None: those of the storage). The lower ones are a wish, with a high price: at least
    `least_charge_kw` up to `until_kwh` of stored energy, and from there on no more than PV surplus; or at least
    `least_discharge_kw` down to `until_kwh`, and from there on no more than the load. `name` is for words.
    """

    start: datetime
    end: datetime
    max_charge_kw: float | None = None
    max_discharge_kw: float | None = None
    least_charge_kw: float = 0.0
    least_discharge_kw: float = 0.0
    until_kwh: float = 0.0
    reached_kwh: float | None = None
    """What is to be stored at the end: at least, or at most. None: as the powers make it."""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Taper:
    """Power falls on a straight line with stored energy: full power at `from_kwh`, `end_kw` at `to_kwh`."""

    from_kwh: float
    to_kwh: float
    end_kw: float


@dataclass(frozen=True, slots=True)
class ValueStep:
    """The stored energy up to `up_to_kwh` (above the step before) is worth `per_kwh` after the horizon."""

    up_to_kwh: float
    per_kwh: float


@dataclass(frozen=True, slots=True)
class BatteryRequest:
    """A battery. SoC in kWh of stored energy, powers in kW on the AC side, efficiencies one way.

    `initial_kwh` may lie outside `[min_kwh, max_kwh]`: the band is soft. `end_value_per_kwh` is what
    a stored kWh is worth after the horizon; `end_value_steps`, with falling values, replace it where
    the first kWh are worth more than the last. Charging and discharging are zero or at least their
    minimum. A taper limits charging near full, discharging near empty. `available` empty: always.
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
    """Per kWh discharged."""
    charge_from_grid: bool = True
    discharge_to_grid: bool = True
    end_value_per_kwh: float = 0.0
    name: str = ""
    min_charge_kw: float = 0.0
    min_discharge_kw: float = 0.0
    charge_taper: Taper | None = None
    discharge_taper: Taper | None = None
    end_value_steps: tuple[ValueStep, ...] = ()
    goals: tuple[SocGoal, ...] = ()
    available: tuple[Window, ...] = ()
    discharge_floor_kwh: float = 0.0
    """It is not discharged below this, whatever it costs; a lower SoC may rest there."""
    forced: tuple[ForcedPower, ...] = ()
    """They do not overlap."""

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

    @property
    def value_steps(self) -> tuple[ValueStep, ...]:
        """The end value as steps, whether it was given as a number or as steps."""
        return self.end_value_steps or (ValueStep(self.capacity_kwh, self.end_value_per_kwh),)

    def end_value(self, soc_kwh: float) -> float:
        """What `soc_kwh` is worth after the horizon."""
        value, below = 0.0, 0.0
        for step in self.value_steps:
            value += step.per_kwh * max(min(soc_kwh, step.up_to_kwh) - below, 0.0)
            below = max(below, step.up_to_kwh)
        return value

    def end_value_slope(self, soc_kwh: float) -> float:
        """What the last kWh of `soc_kwh` is worth after the horizon."""
        return next((step.per_kwh for step in self.value_steps if soc_kwh <= step.up_to_kwh), 0.0)


@dataclass(frozen=True, slots=True)
class VehicleRequest:
    """One charging session of an electric vehicle: plugged in over `[plugged_in, departure)`.

    The vehicle has `initial_kwh` when it is plugged in and is to have `needed_kwh` at departure, softly:
    each kWh less counts `shortage_price_per_kwh` (None: a high tier). Charging is zero or at least
    `min_current_a`, in `phases` phases of `voltage_v`. `max_discharge_kw` above 0 makes it V2H: it covers
    the home's load, never sells, and never goes below `min_kwh`.
    """

    capacity_kwh: float
    initial_kwh: float
    needed_kwh: float
    plugged_in: datetime
    departure: datetime
    max_current_a: float = 16.0
    min_current_a: float = 6.0
    phases: int = 3
    voltage_v: float = 230.0
    charge_efficiency: float = 0.9
    discharge_efficiency: float = 0.9
    max_discharge_kw: float = 0.0
    min_kwh: float = 0.0
    wear_cost_per_kwh: float = 0.0
    value_per_kwh: float = 0.0
    """What a kWh above the need is worth at departure."""
    shortage_price_per_kwh: float | None = None
    from_home_battery: bool = False
    """Whether home batteries may charge the vehicle; else it takes grid power and PV surplus only."""
    name: str = ""
    forced: tuple[ForcedPower, ...] = ()

    @property
    def max_charge_kw(self) -> float:
        """Charging power at the highest current."""
        return max(self.max_current_a, 0.0) * self.phases * self.voltage_v / 1000

    @property
    def min_charge_kw(self) -> float:
        """Charging power at the lowest current above zero."""
        return max(self.min_current_a, 0.0) * self.phases * self.voltage_v / 1000

    def as_battery(self, price_level: float) -> BatteryRequest:
        """The vehicle as a battery that is there while it is plugged in."""
        price = DEPARTURE_PRICE * price_level if self.shortage_price_per_kwh is None else self.shortage_price_per_kwh
        return BatteryRequest(
            capacity_kwh=self.capacity_kwh,
            initial_kwh=self.initial_kwh,
            min_kwh=0.0,
            max_kwh=self.capacity_kwh,
            max_charge_kw=self.max_charge_kw,
            max_discharge_kw=self.max_discharge_kw,
            charge_efficiency=self.charge_efficiency,
            discharge_efficiency=self.discharge_efficiency,
            wear_cost_per_kwh=self.wear_cost_per_kwh,
            discharge_to_grid=False,
            end_value_per_kwh=self.value_per_kwh,
            name=self.name or "vehicle",
            min_charge_kw=self.min_charge_kw,
            goals=(SocGoal(self.departure, self.needed_kwh, price),) if self.plugged_in < self.departure else (),
            available=(Window(self.plugged_in, self.departure),),
            discharge_floor_kwh=self.min_kwh,
            forced=self.forced,
        )


@dataclass(frozen=True, slots=True)
class HeatDay:
    """Heat that a water heater owes in `[start, end)`, normally a day; soft, with a high price.

    Days of one heater do not overlap. A day that begins at six in the morning lets last night's heat
    be given until then.
    """

    start: datetime
    end: datetime
    energy_kwh: float


@dataclass(frozen=True, slots=True)
class Tank:
    """Hot water as stored heat, in kWh of heat above cold water.

    The tank loses `loss_per_hour` of what is stored, and `draws_kwh` (one per slot) are drawn off. Below
    `min_kwh` the water is too cold for somebody: soft, with a high price. One kWh of electricity gives
    `heat_per_kwh` of heat.
    """

    initial_kwh: float
    min_kwh: float
    max_kwh: float
    draws_kwh: tuple[float, ...]
    loss_per_hour: float = 0.0
    heat_per_kwh: float = 1.0
    end_value_per_kwh: float = 0.0


@dataclass(frozen=True, slots=True)
class Hygiene:
    """A cycle of `hours` without a break that is to lie in `[start, end)`; soft, with the highest price of heat."""

    start: datetime
    end: datetime
    hours: float


@dataclass(frozen=True, slots=True)
class HeaterRequest:
    """A water heater: what it owes, as `days` of energy or as a `tank`, and how it may run.

    On or off for a whole slot; with `min_power_kw` it modulates between that and `power_kw` while on.
    """

    power_kw: float
    days: tuple[HeatDay, ...] = ()
    on_at_start: bool = False
    """Whether it heats right now."""
    start_cost: float = 0.0
    """What a start counts, in money: it makes fewer and longer blocks. Not part of the plan's cost."""
    tank: Tank | None = None
    min_power_kw: float | None = None
    locked_until: datetime | None = None
    """A running block is not cut before this."""
    heated_until: datetime | None = None
    """When it last stopped heating: gap and spacing count from there. None: unknown; the gap counts from now."""
    max_gap_hours: float | None = None
    """Longest time without heating before comfort suffers."""
    gap_price_per_hour: float = 0.0
    """What an hour beyond the gap counts, in money; twice that beyond one and a half times the gap."""
    min_spacing_hours: float = 0.0
    """Shortest rest between two blocks."""
    hygiene: Hygiene | None = None
    name: str = ""
    wanted: tuple[Window, ...] = ()
    """When it is to heat, whether or not heat is owed: a wish with a high price."""


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """A deferrable load that runs within `[earliest, latest)`.

    `profile_kw` has one power per `step_hours`. Uninterruptible: the profile runs as one piece, from a
    slot's start. Otherwise it may pause at the ends of slots: whole slots at the profile's mean power
    until its energy is delivered. `runs` times, one after another. `worth_per_kwh` None: it must run (soft,
    with a high price); a number makes it optional: it runs where its energy costs less.
    """

    profile_kw: tuple[float, ...]
    earliest: datetime
    latest: datetime
    step_hours: float = 0.25
    uninterruptible: bool = True
    runs: int = 1
    worth_per_kwh: float | None = None
    running_since: datetime | None = None
    """Start of a run that is under way: it goes on."""
    name: str = ""

    @property
    def energy_kwh(self) -> float:
        """Energy of one run."""
        return sum(self.profile_kw) * self.step_hours


class Curtailment(StrEnum):
    """How PV can be given up."""

    PART = "part"
    """Any part of it."""
    ALL = "all"
    """All of it or nothing, slot by slot."""
    NEVER = "never"
    """Not at all, but for what the export limit leaves no room for."""


@dataclass(frozen=True, slots=True)
class MeteringInterval:
    """An interval in which a power tariff meters the mean import power, on a local `day` (ISO date).

    `weight` multiplies the power (0.5 at night in some tariffs; intervals that do not count are left
    out). `metered_kwh` is what was imported in its part before the horizon.
    """

    start: datetime
    hours: float
    day: str
    weight: float = 1.0
    metered_kwh: float = 0.0

    @property
    def end(self) -> datetime:
        """The first instant after the interval."""
        return self.start + timedelta(hours=self.hours)


@dataclass(frozen=True, slots=True)
class DayPeak:
    """The highest weighted mean power of one day of the billing period."""

    day: str
    kw: float


@dataclass(frozen=True, slots=True)
class PowerStep:
    """A fee for the period while the billed power is at most `up_to_kw` (None: no bound)."""

    up_to_kw: float | None
    fee: float


@dataclass(frozen=True, slots=True)
class PowerTariffRequest:
    """A charge for import peaks in one billing period (a month).

    Billed power is the mean of the `count` highest peaks, but at least `floor_kw`. Peaks are the highest
    intervals of different days, or, without `different_days`, any intervals. It costs `price_per_kw` per kW,
    or the fee of its step. A 12-month mean has a twelfth of its yearly price here.

    `past` are the peaks of days of the period that are metered, also of today. `expected_kw` are peaks
    that the rest of the period is expected to bring anyway: a peak of the horizon below them costs nothing.
    """

    intervals: tuple[MeteringInterval, ...]
    price_per_kw: float = 0.0
    count: int = 1
    different_days: bool = True
    floor_kw: float = 0.0
    steps: tuple[PowerStep, ...] = ()
    past: tuple[DayPeak, ...] = ()
    expected_kw: tuple[float, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class GridRequest:
    """The grid connection; None is no limit. The import limit is hard but for unmeetable load.

    Import above `soft_import_kw` costs `soft_import_price` more per kWh.
    """

    max_import_kw: float | None = None
    max_export_kw: float | None = None
    export_allowed: bool = True
    soft_import_kw: float | None = None
    soft_import_price: float = 0.0
    curtailment: Curtailment = Curtailment.PART
    power_tariffs: tuple[PowerTariffRequest, ...] = ()


@dataclass(frozen=True, slots=True)
class RunningSlot:
    """What the running plan has in store for `hours` from `start` on: the plan to stay near to.

    `storage_kw` is positive when charging, batteries first, then vehicles.
    """

    start: datetime
    hours: float
    storage_kw: tuple[float, ...] = ()
    heater_kw: tuple[float, ...] = ()
    load_kw: tuple[float, ...] = ()


@dataclass(frozen=True)
class PlanRequest:
    """Everything the optimizer needs, nothing else. Serialises to JSON: it is the replay bundle.

    `money_gap` is the loss in money, against the proven optimum, at which the solver may stop. `caution`
    moves load and PV from what is expected (0) towards more load and less PV: 1 plans for p90 of load and
    p10 of PV, -1 for the opposite; slots without bands stay as they are.
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
    vehicles: tuple[VehicleRequest, ...] = ()
    loads: tuple[LoadRequest, ...] = ()
    caution: float = 0.0
    running: tuple[RunningSlot, ...] = ()
    stability_money: float = 0.0
    """How much money a plan that stays nearer to the running one may cost more."""
    time_zone: str = "UTC"
    """IANA name of the zone in whose time reasons name the clock."""

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone of `time_zone`.

        Raises:
            ValueError: there is no such zone.
        """
        try:
            return ZoneInfo(self.time_zone)
        except (KeyError, OSError, ValueError) as error:
            msg = f"time_zone {self.time_zone!r} is no zone of the IANA database, such as Europe/Stockholm"
            raise ValueError(msg) from error

    @cached_property
    def price_level(self) -> float:
        """Largest price, wear or end value of the request per kWh: the measure of all soft wishes.

        A power tariff counts by what a kW on one day adds to its bill, so that no peak is worth a cold house.
        """
        prices = [abs(price) for slot in self.slots for price in (slot.import_price, slot.export_price)]
        values = [abs(value) for one in self.batteries for value in (one.wear_cost_per_kwh, *_values(one))]
        worths = [abs(one.worth_per_kwh or 0.0) for one in self.loads] + [
            abs(one.value_per_kwh) for one in self.vehicles
        ]
        charges = [one.price_per_kw / max(one.count, 1) * _CHARGE_SHARE for one in self.grid.power_tariffs]
        level = max([*prices, *values, *worths, *charges], default=0.0)
        return level if level > _NO_PRICE else 1.0

    @cached_property
    def storages(self) -> tuple[BatteryRequest, ...]:
        """All that stores electricity: the home's batteries, then the vehicles as batteries."""
        return (*self.batteries, *(vehicle.as_battery(self.price_level) for vehicle in self.vehicles))

    @property
    def end(self) -> datetime:
        """The first instant after the horizon; `created_at` where there are no slots."""
        return self.slots[-1].end if self.slots else self.created_at


def _values(battery: BatteryRequest) -> tuple[float, ...]:
    return tuple(step.per_kwh for step in battery.value_steps)
