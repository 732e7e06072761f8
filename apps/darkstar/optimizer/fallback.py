"""What the home would do without a solver: self-consumption, and heat in the cheapest slots of each day."""

from __future__ import annotations

from collections.abc import Sequence

from .heat import HeatWindow, heat_windows
from .ledger import Ledger
from .plan import PlanRequest
from .schedule import NOISE_KWH, Schedule, ceiling_kwh, import_limit_kwh, net_without_battery, next_soc, within_limits


def self_consumption(request: PlanRequest) -> Schedule:
    """PV surplus into the batteries, load out of them down to their floors; never raises, keeps all limits."""
    heats = _cheapest_heating(request)
    resting = tuple((0.0,) * len(request.slots) for _ in request.batteries)
    bare = Schedule(resting, resting, heats)
    stored = [battery.start_kwh for battery in request.batteries]
    charge: list[list[float]] = [[] for _ in request.batteries]
    discharge: list[list[float]] = [[] for _ in request.batteries]
    for index, slot in enumerate(request.slots):
        net = net_without_battery(request, bare, index)
        for number, battery in enumerate(request.batteries):
            room = max(min(battery.max_kwh, battery.capacity_kwh) - stored[number], 0.0) / battery.charge_efficiency
            there = max(stored[number] - max(battery.min_kwh, 0.0), 0.0) * battery.discharge_efficiency
            taken = min(max(-net, 0.0), max(battery.max_charge_kw, 0.0) * slot.hours, room)
            given = min(max(net, 0.0), max(battery.max_discharge_kw, 0.0) * slot.hours, there)
            net += taken - given
            charge[number].append(taken)
            discharge[number].append(given)
            stored[number] = next_soc(battery, stored[number], taken, given)
    return within_limits(request, Schedule(tuple(map(tuple, charge)), tuple(map(tuple, discharge)), heats))


def walked_values(request: PlanRequest, ledger: Ledger) -> tuple[float, ...]:
    """What one more kWh stored in the first battery at each slot's end is worth if nothing else changes.

    It covers load in the first slot to come where the battery is at its floor and short, it displaces
    PV where the battery is full and PV is left over, or it lasts to the end of the horizon.
    """
    if not request.batteries:
        return (0.0,) * len(request.slots)
    battery = request.batteries[0]
    value, values = battery.end_value_per_kwh, []
    for index in range(len(request.slots) - 1, -1, -1):
        values.append(value)
        slot, flow, soc = request.slots[index], ledger.flows[index], ledger.stored_kwh[0][index]
        power_left = battery.max_discharge_kw * slot.hours - ledger.schedule.discharge_kwh[0][index] > NOISE_KWH
        if soc <= battery.min_kwh + NOISE_KWH and flow.import_kwh > NOISE_KWH and power_left:
            value = battery.discharge_efficiency * (slot.import_price - battery.wear_cost_per_kwh)
        elif soc >= ceiling_kwh(battery) - NOISE_KWH and flow.export_kwh + flow.curtailed_kwh > NOISE_KWH:
            value = max(slot.export_price, 0.0) / battery.charge_efficiency if flow.export_kwh > NOISE_KWH else 0.0
    return tuple(reversed(values))


def _cheapest_heating(request: PlanRequest) -> tuple[tuple[bool, ...], ...]:
    heats = [[False] * len(request.slots) for _ in request.heaters]
    for window in heat_windows(request):
        for index in _by_price(request, window, heats):
            if window.delivered_kwh(tuple(heats[window.heater])) >= window.need_kwh - NOISE_KWH:
                break
            heats[window.heater][index] = True
    return tuple(map(tuple, heats))


def _by_price(request: PlanRequest, window: HeatWindow, heats: Sequence[Sequence[bool]]) -> list[int]:
    """The window's slots, cheapest heat first, earlier first at equal money; without those over the fuse."""
    heater = request.heaters[window.heater]
    ranked = []
    for index, _ in window.heat_kwh:
        slot = request.slots[index]
        others = sum(one.power_kw * slot.hours for one, on in zip(request.heaters, heats, strict=True) if on[index])
        energy = heater.power_kw * slot.hours
        net = slot.load_kwh + others - slot.pv_kwh
        limit = import_limit_kwh(request, slot)
        if limit is not None and net + energy > limit:
            continue
        from_pv = min(max(-net, 0.0), energy)
        sold_instead = max(slot.export_price, 0.0) if request.grid.export_allowed else 0.0
        price = (from_pv * sold_instead + (energy - from_pv) * slot.import_price) / energy
        ranked.append((price, index))
    return [index for _, index in sorted(ranked)]
