"""What the home would do without a solver: self-consumption, and heat in the cheapest slots of each day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .first_fit import place_loads
from .goal_walk import GoalWalk, goal_charging
from .heat.greedy import cheapest_heating
from .ledger import Ledger
from .request import PlanRequest
from .schedule import NOISE_KWH, Schedule, ceiling_kwh, net_without_storage, within_limits


def self_consumption(request: PlanRequest) -> Schedule:
    """PV surplus into the batteries, load out of them down to their floors; never raises, keeps all limits.

    What a goal asks for is charged in the cheapest slots before it, and not discharged until then.
    """
    heats = cheapest_heating(request)
    resting = tuple((0.0,) * len(request.slots) for _ in request.storages)
    bare = Schedule(resting, resting, heats, place_loads(request, heats))
    walks = [
        GoalWalk(request, storage, row)
        for storage, row in zip(request.storages, goal_charging(request, bare), strict=True)
    ]
    own = len(request.batteries)
    for index in range(len(request.slots)):
        net = net_without_storage(request, bare, index)
        for vehicle in walks[own:]:
            # PV surplus goes into the vehicles first; what they take beyond it is import.
            net = min(net + vehicle.charge(index, 0.0), max(net, 0.0))
        for battery in walks[:own]:
            taken = battery.charge(index, max(-net, 0.0))
            given = battery.discharge(index, max(net, 0.0)) if taken <= 0 else 0.0
            net = min(net + taken, max(net, 0.0)) - given
    return within_limits(request, _walked(bare, walks))


def _walked(bare: Schedule, walks: Sequence[GoalWalk]) -> Schedule:
    return replace(
        bare,
        charge_kwh=tuple(tuple(walk.charged) for walk in walks),
        discharge_kwh=tuple(tuple(walk.discharged) for walk in walks),
    )


def walked_values(request: PlanRequest, ledger: Ledger) -> tuple[tuple[float, ...], ...]:
    """What one more kWh stored at each slot's end is worth if nothing else changes, `[storage][slot]`.

    It covers load in the first slot to come where the storage is at its floor and short, it displaces
    PV where the storage is full and PV is left over, or it lasts to the end of the horizon.
    """
    return tuple(_walk(request, ledger, number) for number in range(len(request.storages)))


def _walk(request: PlanRequest, ledger: Ledger, number: int) -> tuple[float, ...]:
    storage = request.storages[number]
    value, values = storage.end_value_slope(ledger.stored_kwh[number][-1] if request.slots else storage.start_kwh), []
    for index in range(len(request.slots) - 1, -1, -1):
        values.append(value)
        slot, flow, soc = request.slots[index], ledger.flows[index], ledger.stored_kwh[number][index]
        given = ledger.schedule.discharge_kwh[number][index]
        power_left = storage.max_discharge_kw * slot.hours - given > NOISE_KWH
        if soc <= storage.min_kwh + NOISE_KWH and flow.import_kwh > NOISE_KWH and power_left:
            value = storage.discharge_efficiency * (slot.import_price - storage.wear_cost_per_kwh)
        elif soc >= ceiling_kwh(storage) - NOISE_KWH and flow.export_kwh + flow.curtailed_kwh > NOISE_KWH:
            value = max(slot.export_price, 0.0) / storage.charge_efficiency if flow.export_kwh > NOISE_KWH else 0.0
    return tuple(reversed(values))
