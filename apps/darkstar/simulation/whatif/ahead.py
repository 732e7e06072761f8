"""What if, over the days ahead: the request of the running plan, changed and solved again. Nothing live is touched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ...forecast.bands import Forecast
from ...home.observation import Observation
from ...home.prices import Price, PriceCurve
from ...home.settings import HomeSettings
from ...home.slots import local_date, to_utc
from ...optimizer.plan import Plan
from ...optimizer.request import BatteryRequest, EnergyBand, PlanRequest, RequestSlot, ValueStep, VehicleRequest
from ...optimizer.solve import plan as solve
from ...pipeline import foresee
from ...strategy.peaks import metered_imports, power_tariffs
from ...strategy.request import build_request, end_value_per_kwh
from ...strategy.running import running_slots
from .changes import CarChange, Changes, ChangesError, changed_home, pv_factor, words_of
from .compare import Difference, NetMoney, differences, net_money
from .repricing import repriced_one

_DAY = timedelta(days=1)
_VOLTAGE_V = 230.0
_LEAST_A = 6.0


@dataclass(frozen=True, slots=True)
class Live:
    """What is carried out: the home, the request, its plan; and what a changed request may need besides.

    `history` is what was measured before the plan, oldest first; only a risk appetite and power tariffs need it.
    """

    home: HomeSettings
    request: PlanRequest
    plan: Plan
    forecast: Forecast | None = None
    history: tuple[Observation, ...] = ()


@dataclass(frozen=True, slots=True)
class AheadWhatIf:
    """The plan as it is and as it would be. `saved` is net money: below zero the change costs."""

    currency: str
    start: datetime
    end: datetime
    changes: tuple[str, ...]
    as_is: NetMoney
    changed: NetMoney
    plan: Plan
    """The plan as it would be."""
    elsewhere: tuple[Difference, ...]
    assumptions: tuple[str, ...]

    @property
    def saved(self) -> float:
        """What the change saves over the horizon, stored energy counted."""
        return self.as_is.net - self.changed.net


def what_if_ahead(live: Live, changes: Changes) -> AheadWhatIf:
    """Solve the changed request.

    Raises:
        ChangesError: a change cannot be made.
        ValueError: the changed request is impossible.
    """
    request = changed_request(live, changes)
    made = solve(request)
    return AheadWhatIf(
        currency=request.currency,
        start=request.slots[0].start,
        end=request.end,
        changes=words_of(changes, live.home),
        as_is=net_money(live.request, live.plan),
        changed=net_money(request, made, _yardstick(live.request, request)),
        plan=made,
        elsewhere=differences(live.plan.slots, made.slots),
        assumptions=_assumptions(changes),
    )


def _yardstick(live: PlanRequest, changed: PlanRequest) -> PlanRequest:
    """What stored energy is worth now, also that for which the batteries of today have no room."""
    pairs = zip(live.batteries, changed.batteries, strict=True)
    return replace(
        live,
        batteries=tuple(
            replace(battery, end_value_steps=_with_room(battery, other.capacity_kwh)) for battery, other in pairs
        ),
    )


def _with_room(battery: BatteryRequest, capacity_kwh: float) -> tuple[ValueStep, ...]:
    """The value of what a battery holds; in a larger one the last kWh are worth what its last one was."""
    *lower, last = battery.value_steps
    return (*lower, replace(last, up_to_kwh=max(last.up_to_kwh, capacity_kwh)))


def near_the_plan(live: Live) -> PlanRequest:
    """The request of the running plan, with that plan as the one to stay near to: only what must be different is."""
    return replace(live.request, running=running_slots(live.plan, live.request.created_at))


def changed_request(live: Live, changes: Changes) -> PlanRequest:
    """The request as it would be.

    Raises:
        ChangesError: a change cannot be made.
    """
    home = changed_home(live.home, changes)
    request = near_the_plan(live)
    factor = pv_factor(live.home, changes)
    slots = tuple(_slot(slot, live.home, home, changes, factor) for slot in request.slots)
    request = replace(request, slots=slots)
    if changes.battery_kwh is not None or changes.battery_kw is not None or changes.concerns_money:
        request = replace(request, batteries=_batteries(request, live.home, home, changes))
    if changes.power_tariffs is not None:
        imports = metered_imports(home, live.history)
        charged = power_tariffs(request.slots[0].start, request.end, imports)
        request = replace(request, grid=replace(request.grid, power_tariffs=charged))
    if changes.ev is not None:
        request = _with_car(request, home, changes.ev)
    return request if changes.risk_appetite is None else _with_risk(request, live, home)


def _slot(slot: RequestSlot, old: HomeSettings, new: HomeSettings, changes: Changes, factor: float) -> RequestSlot:
    price = Price(slot.start, slot.end, slot.import_price, slot.export_price, slot.price_known)
    if changes.concerns_money:
        price = repriced_one(price, old, changes, new.tariff)
    band = slot.pv_band
    return replace(
        slot,
        pv_kwh=slot.pv_kwh * factor,
        pv_band=None if band is None else EnergyBand(band.p10 * factor, band.p90 * factor),
        import_price=price.import_per_kwh,
        export_price=price.export_per_kwh,
    )


def _batteries(
    request: PlanRequest, old: HomeSettings, new: HomeSettings, changes: Changes
) -> tuple[BatteryRequest, ...]:
    """The battery as it would be, with what is stored now as far as it has room for it."""
    if not request.batteries:
        return ()
    first, *others = request.batteries
    battery, share = new.battery, new.battery.capacity_kwh / old.battery.capacity_kwh
    worth = end_value_per_kwh(new, request.slots) if changes.concerns_money else first.end_value_per_kwh
    changed = replace(
        first,
        capacity_kwh=battery.capacity_kwh,
        initial_kwh=min(first.initial_kwh, battery.capacity_kwh),
        min_kwh=first.min_kwh * share,
        max_kwh=first.max_kwh * share,
        max_charge_kw=battery.max_charge_kw,
        max_discharge_kw=battery.max_discharge_kw,
        end_value_per_kwh=worth,
        end_value_steps=()
        if changes.concerns_money or not first.end_value_steps
        else _with_room(first, battery.capacity_kwh),
        goals=tuple(replace(goal, min_kwh=goal.min_kwh * share) for goal in first.goals),
    )
    return (changed, *others)


def _with_car(request: PlanRequest, home: HomeSettings, car: CarChange) -> PlanRequest:
    nights = tuple(_nights(request, home, car))
    if car.charging == "cheapest":
        return replace(request, vehicles=(*request.vehicles, *(_session(car, *night) for night in nights)))
    left = dict.fromkeys(nights, car.kwh_per_day)
    slots = []
    for slot in request.slots:
        night = next((one for one in nights if one[0] <= slot.start < one[1]), None)
        kwh = 0.0 if night is None else min(left[night], car.max_kw * slot.hours)
        if night is not None:
            left[night] -= kwh
        slots.append(_with_load(slot, kwh))
    return replace(request, slots=tuple(slots))


def _with_load(slot: RequestSlot, kwh: float) -> RequestSlot:
    band = slot.load_band
    return replace(
        slot,
        load_kwh=slot.load_kwh + kwh,
        load_band=None if band is None else EnergyBand(band.p10 + kwh, band.p90 + kwh),
    )


def _nights(request: PlanRequest, home: HomeSettings, car: CarChange) -> Iterator[tuple[datetime, datetime]]:
    """The stays at home that begin within the horizon."""
    day = local_date(request.slots[0].start, home.zone)
    while True:
        arrival = to_utc(datetime.combine(day, car.arrival, home.zone))
        leaves = day if car.departure > car.arrival else day + _DAY
        departure = to_utc(datetime.combine(leaves, car.departure, home.zone))
        if arrival >= request.end:
            return
        if arrival >= request.slots[0].start:
            yield arrival, departure
        day += _DAY


def _session(car: CarChange, arrival: datetime, departure: datetime) -> VehicleRequest:
    amperes = car.max_kw * 1000 / _VOLTAGE_V
    return VehicleRequest(
        capacity_kwh=car.kwh_per_day,
        initial_kwh=0.0,
        needed_kwh=car.kwh_per_day,
        plugged_in=arrival,
        departure=departure,
        max_current_a=amperes,
        min_current_a=min(_LEAST_A, amperes),
        phases=1,
        voltage_v=_VOLTAGE_V,
        charge_efficiency=1.0,
        name=f"car of {arrival:%Y-%m-%d}",
    )


def _with_risk(request: PlanRequest, live: Live, home: HomeSettings) -> PlanRequest:
    """Caution and reserve as the strategy asks for with the other appetite."""
    if live.forecast is None:
        msg = "risk_appetite: no forecast is stored yet; wait for the planner's next run"
        raise ChangesError(msg)
    now, zone = request.created_at, request.slots
    curve = PriceCurve(
        tuple(Price(slot.start, slot.end, slot.import_price, slot.export_price, slot.price_known) for slot in zone)
    )
    forecast = replace(
        live.forecast,
        slots=tuple(slot for slot in live.forecast.slots if slot.start in {one.start for one in request.slots}),
    )
    again = foresee(home, now, live.history)
    soc_percent = 100 * request.batteries[0].initial_kwh / request.batteries[0].capacity_kwh
    asked = build_request(
        home, now, soc_percent, forecast, curve, None, heating_now=False, vacation=False, scenarios=again.scenarios
    )
    bands = {slot.start: (slot.load_band, slot.pv_band) for slot in asked.slots}
    slots = tuple(
        replace(slot, load_band=bands[slot.start][0], pv_band=bands[slot.start][1]) if slot.start in bands else slot
        for slot in request.slots
    )
    first, *others = request.batteries
    battery = replace(first, goals=asked.batteries[0].goals)
    return replace(request, slots=slots, batteries=(battery, *others), caution=asked.caution)


def _assumptions(changes: Changes) -> tuple[str, ...]:
    found = [
        "load, PV and prices come as they are expected now",
        "what is stored at the end counts the same in both, as the running plan values it",
    ]
    if changes.battery_kwh is not None:
        found.append("the other battery begins with the energy that is stored now")
    if changes.ev is not None:
        found.append("the car comes home on each day of the horizon; what it takes after it counts less")
    if changes.risk_appetite is not None:
        found.append("caution costs money in the expected case: what it protects from is not in these figures")
    return tuple(found)
