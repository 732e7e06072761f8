"""What is decided freely, per slot: battery charge and discharge, heaters on or off. The rest is physics."""

from __future__ import annotations

from dataclasses import dataclass

from .plan import BatteryRequest, PlanRequest, RequestSlot

NOISE_KWH = 1e-6
"""Energies below this come from the solver's arithmetic, not from a decision."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Decisions: AC energies in kWh `[battery][slot]`, heaters on or off `[heater][slot]`."""

    charge_kwh: tuple[tuple[float, ...], ...]
    discharge_kwh: tuple[tuple[float, ...], ...]
    heats: tuple[tuple[bool, ...], ...]


def heater_kwh(request: PlanRequest, schedule: Schedule, index: int) -> tuple[float, ...]:
    """Energy of each heater in a slot, in kWh."""
    hours = request.slots[index].hours
    return tuple(
        heater.power_kw * hours if on[index] else 0.0
        for heater, on in zip(request.heaters, schedule.heats, strict=True)
    )


def net_without_battery(request: PlanRequest, schedule: Schedule, index: int) -> float:
    """Load and heaters less PV of a slot, in kWh: positive when energy is short."""
    slot = request.slots[index]
    return slot.load_kwh + sum(heater_kwh(request, schedule, index)) - slot.pv_kwh


def curtailable_kwh(slot: RequestSlot) -> float:
    """How much of a slot's generation can be given up; a negative load is generation too."""
    return max(slot.pv_kwh, 0.0) + max(-slot.load_kwh, 0.0)


def export_limit_kwh(request: PlanRequest, slot: RequestSlot) -> float | None:
    """Largest export of a slot in kWh; None is no limit."""
    if not request.grid.export_allowed:
        return 0.0
    limit = request.grid.max_export_kw
    return None if limit is None else max(limit, 0.0) * slot.hours


def import_limit_kwh(request: PlanRequest, slot: RequestSlot) -> float | None:
    """Largest import of a slot in kWh; None is no limit."""
    limit = request.grid.max_import_kw
    return None if limit is None else max(limit, 0.0) * slot.hours


def ceiling_kwh(battery: BatteryRequest) -> float:
    """The highest SoC that is ever planned: the soft ceiling, or the start when it lies above."""
    return min(max(battery.max_kwh, battery.start_kwh, 0.0), battery.capacity_kwh)


def within_limits(request: PlanRequest, schedule: Schedule) -> Schedule:
    """The nearest schedule that the home can carry out.

    Cuts energies to power, SoC, grid and battery limits, slot by slot, and takes charge and discharge
    of one battery in the same slot off each other at equal SoC. A schedule that keeps all limits comes
    back as it is.
    """
    count = len(request.slots)
    charge = [list(row) for row in schedule.charge_kwh]
    discharge = [list(row) for row in schedule.discharge_kwh]
    stored = [battery.start_kwh for battery in request.batteries]
    for index in range(count):
        flows = [
            _one_way(battery, charge[number][index], discharge[number][index])
            for number, battery in enumerate(request.batteries)
        ]
        flows = [
            _within_battery(battery, request.slots[index].hours, kwh, *flow)
            for battery, kwh, flow in zip(request.batteries, stored, flows, strict=True)
        ]
        flows = _within_grid(request, schedule, index, flows)
        for number, (battery, (taken, given)) in enumerate(zip(request.batteries, flows, strict=True)):
            charge[number][index], discharge[number][index] = taken, given
            stored[number] = next_soc(battery, stored[number], taken, given)
    return Schedule(tuple(map(tuple, charge)), tuple(map(tuple, discharge)), schedule.heats)


def next_soc(battery: BatteryRequest, soc_kwh: float, charge_kwh: float, discharge_kwh: float) -> float:
    """SoC after a slot, in kWh: what comes in less the loss, what goes out plus the loss."""
    after = soc_kwh + battery.charge_efficiency * charge_kwh - discharge_kwh / battery.discharge_efficiency
    return min(max(after, 0.0), battery.capacity_kwh)


def _one_way(battery: BatteryRequest, charge: float, discharge: float) -> tuple[float, float]:
    round_trip = battery.charge_efficiency * battery.discharge_efficiency
    both = min(charge, discharge / round_trip)
    return charge - both, discharge - both * round_trip


def _within_battery(
    battery: BatteryRequest, hours: float, soc_kwh: float, charge: float, discharge: float
) -> tuple[float, float]:
    room = max(ceiling_kwh(battery) - soc_kwh, 0.0) / battery.charge_efficiency
    there = soc_kwh * battery.discharge_efficiency
    taken = min(charge, max(battery.max_charge_kw, 0.0) * hours, room)
    given = min(discharge, max(battery.max_discharge_kw, 0.0) * hours, there)
    return (taken if taken > NOISE_KWH else 0.0), (given if given > NOISE_KWH else 0.0)


def _within_grid(
    request: PlanRequest, schedule: Schedule, index: int, flows: list[tuple[float, float]]
) -> list[tuple[float, float]]:
    slot = request.slots[index]
    net = net_without_battery(request, schedule, index)
    own_only = [not battery.charge_from_grid for battery in request.batteries]
    never_sold = [not battery.discharge_to_grid for battery in request.batteries]
    charge, discharge = [flow[0] for flow in flows], [flow[1] for flow in flows]
    charge = _cut(charge, sum(_chosen(charge, own_only)) - max(-net, 0.0), own_only)
    discharge = _cut(discharge, sum(_chosen(discharge, never_sold)) - max(net, 0.0), never_sold)
    everyone = [True] * len(flows)
    most = import_limit_kwh(request, slot)
    if most is not None:
        charge = _cut(charge, net + sum(charge) - sum(discharge) - most, everyone)
    least = export_limit_kwh(request, slot)
    if least is not None:
        surplus = sum(discharge) - sum(charge) - net - curtailable_kwh(slot)
        discharge = _cut(discharge, surplus - least, everyone)
    return list(zip(charge, discharge, strict=True))


def _chosen(values: list[float], choice: list[bool]) -> list[float]:
    return [value for value, chosen in zip(values, choice, strict=True) if chosen]


def _cut(values: list[float], excess: float, choice: list[bool]) -> list[float]:
    cut = []
    for value, chosen in zip(values, choice, strict=True):
        part = min(max(excess, 0.0), value) if chosen else 0.0
        excess -= part
        cut.append(value - part)
    return cut
