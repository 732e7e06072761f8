"""What each device could do instead in a slot, and how the model is made to do it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf
from typing import Any

from .model.build import Model
from .plan import Plan
from .power_limits import power_limits
from .request import PlanRequest
from .schedule import Reach, export_limit_kwh, import_limit_kwh

_CHANGE_KW = 0.05
"""A power that differs by less is no other action."""
_SHORT_KWH = 1e-6
"""Forced energies are this much below the limit, for the solver's rounding."""

Force = Callable[[Model], None]


@dataclass(frozen=True, slots=True)
class Option:
    """Another action of a device, in words, and what forces it on a model."""

    device: str
    action: str
    force: Force


def options_of(request: PlanRequest, plan: Plan, index: int) -> tuple[Option, ...]:
    """The actions that the devices could take in a slot, other than the planned ones."""
    return (
        *_battery_options(request, plan, index),
        *_vehicle_options(request, plan, index),
        *_heater_options(request, plan, index),
        *_load_options(request, plan, index),
    )


def _battery_options(request: PlanRequest, plan: Plan, index: int) -> Iterator[Option]:
    hours, planned = request.slots[index].hours, plan.slots[index]
    for number, battery in enumerate(request.batteries):
        name = battery.name or ("battery" if len(request.batteries) == 1 else f"battery {number + 1}")
        seen = [planned.batteries[number].charge_kwh - planned.batteries[number].discharge_kwh]
        for action, kwh in _flows(request, plan, number, index):
            if all(abs(kwh - other) > _CHANGE_KW * hours for other in seen):
                seen.append(kwh)
                yield Option(name, action.format(abs(kwh) / hours), _storage_force(number, index, kwh))


def _flows(request: PlanRequest, plan: Plan, number: int, index: int) -> tuple[tuple[str, float], ...]:
    """What a battery could do with what it has then: words with a place for the power, kWh when charging."""
    battery, slot, planned = request.batteries[number], request.slots[index], plan.slots[index]
    limits, reach = power_limits(battery, request.slots)[index], Reach(battery)
    before = plan.slots[index - 1].batteries[number].soc_kwh if index else battery.start_kwh
    own = planned.batteries[number].charge_kwh - planned.batteries[number].discharge_kwh
    net = planned.import_kwh - planned.export_kwh - planned.curtailed_kwh - own
    fuse, sold = import_limit_kwh(request, slot), export_limit_kwh(request, slot)
    from_grid = 0.0 if not battery.charge_from_grid else inf if fuse is None else max(fuse - max(net, 0.0), 0.0)
    charge = min(reach.most_charged(limits, before), max(-net, 0.0) + from_grid)
    there = max(before - max(battery.min_kwh, 0.0), 0.0) * battery.discharge_efficiency
    give, cover = min(reach.most_discharged(limits, before), there), max(net, 0.0)
    to_grid = 0.0 if not battery.discharge_to_grid else inf if sold is None else max(sold - max(-net, 0.0), 0.0)
    return (
        ("hold", 0.0),
        ("charge {:.1f} kW", charge),
        ("cover {:.1f} kW of load", -min(give, cover)),
        ("discharge {:.1f} kW and sell what is left over", -min(give, cover + to_grid)),
    )


def _vehicle_options(request: PlanRequest, plan: Plan, index: int) -> Iterator[Option]:
    hours, planned = request.slots[index].hours, plan.slots[index]
    for place, vehicle in enumerate(request.vehicles):
        number, name = len(request.batteries) + place, vehicle.name or f"vehicle {place + 1}"
        storage = request.storages[number]
        before = plan.slots[index - 1].vehicles[place].soc_kwh if index else storage.start_kwh
        limits, fuse = power_limits(storage, request.slots)[index], import_limit_kwh(request, request.slots[index])
        left = inf if fuse is None else fuse - planned.import_kwh + planned.vehicles[place].charge_kwh
        most = min(Reach(storage).most_charged(limits, before), left)
        if planned.vehicles[place].charge_kwh > _CHANGE_KW * hours:
            yield Option(name, "do not charge", _storage_force(number, index, 0.0))
        elif most > max(_CHANGE_KW * hours, limits.least_charge_kwh):
            yield Option(name, f"charge {most / hours:.1f} kW", _storage_force(number, index, most))


def _heater_options(request: PlanRequest, plan: Plan, index: int) -> Iterator[Option]:
    idle = _CHANGE_KW * request.slots[index].hours
    for number, heater in enumerate(request.heaters):
        heats = plan.slots[index].heaters_kwh[number] > idle
        action, share = ("do not heat", 0.0) if heats else ("heat", 1.0)
        yield Option(heater.name or f"water heater {number + 1}", action, _heater_force(number, index, share))


def _load_options(request: PlanRequest, plan: Plan, index: int) -> Iterator[Option]:
    slot = request.slots[index]
    for number, load in enumerate(request.loads):
        name = load.name or f"load {number + 1}"
        if plan.slots[index].loads_kwh[number] > _CHANGE_KW * slot.hours:
            yield Option(name, "do not run", _load_off(number, index))
        elif slot.end > load.earliest and slot.start < load.latest:
            yield Option(name, "run", _load_on(number, index))


def _storage_force(number: int, index: int, kwh: float) -> Force:
    def force(model: Model) -> None:
        taken, given = model.storages.charge[number][index], model.storages.discharge[number][index]
        forced, other = (taken, given) if kwh > 0 else (given, taken)
        other.lowBound = other.upBound = 0.0
        forced.lowBound = forced.upBound = max(abs(kwh) - _SHORT_KWH, 0.0)

    return force


def _heater_force(number: int, index: int, share: float) -> Force:
    def force(model: Model) -> None:
        variable = model.heaters.parts[number].share[index]
        if variable is not None:
            variable.lowBound = variable.upBound = share

    return force


def _load_off(number: int, index: int) -> Force:
    def force(model: Model) -> None:
        for variable, _ in model.loads.kwh[number][index]:
            variable.upBound = 0

    return force


def _load_on(number: int, index: int) -> Force:
    def force(model: Model) -> None:
        terms: list[tuple[Any, float]] = [(variable, 1.0) for variable, _ in model.loads.kwh[number][index]]
        model.rows.at_least(terms, 1.0)

    return force
