"""What is decided freely, per slot: storages, heaters, deferrable loads, curtailment. The rest is physics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .own_use import OwnUse, own_use_of
from .power_limits import PowerLimits, charge_edge, discharge_edge, full_kwh, power_limits
from .request import BatteryRequest, PlanRequest, RequestSlot

NOISE_KWH = 1e-6
"""Energies below this come from the solver's arithmetic, not from a decision."""
_TINY_KWH = 1e-9
_MOST_PASSES = 8
"""Cutting one flow may put another over its limit; two passes are the rule."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Decisions as AC energies in kWh, `[device][slot]`; storages are the batteries, then the vehicles.

    `curtailed_kwh` None: in each slot the cheapest curtailment that is legal.
    """

    charge_kwh: tuple[tuple[float, ...], ...]
    discharge_kwh: tuple[tuple[float, ...], ...]
    heaters_kwh: tuple[tuple[float, ...], ...] = ()
    loads_kwh: tuple[tuple[float, ...], ...] = ()
    curtailed_kwh: tuple[float, ...] | None = None


def net_without_storage(request: PlanRequest, schedule: Schedule, index: int) -> float:
    """Load, heaters and deferrable loads less PV of a slot, in kWh: positive when energy is short."""
    slot = request.slots[index]
    heat = sum(row[index] for row in schedule.heaters_kwh)
    return slot.load_kwh + heat + sum(row[index] for row in schedule.loads_kwh) - slot.pv_kwh


def curtailable_kwh(slot: RequestSlot) -> float:
    """How much of a slot's generation can be given up; a negative load is generation too."""
    return max(slot.pv_kwh, 0.0) + max(-slot.load_kwh, 0.0)


def export_limit_kwh(request: PlanRequest, slot: RequestSlot) -> float | None:
    """Largest export of a slot in kWh; None is no limit."""
    if not request.grid.export_allowed:
        return 0.0
    limit = request.grid.max_export_kw if slot.max_export_kw is None else slot.max_export_kw
    return None if limit is None else max(limit, 0.0) * slot.hours


def import_limit_kwh(request: PlanRequest, slot: RequestSlot) -> float | None:
    """Largest import of a slot in kWh; None is no limit."""
    limit = request.grid.max_import_kw if slot.max_import_kw is None else slot.max_import_kw
    return None if limit is None else max(limit, 0.0) * slot.hours


def ceiling_kwh(battery: BatteryRequest) -> float:
    """The highest SoC that is ever planned: the soft ceiling, or the start when it lies above."""
    return min(max(_full_kwh(battery), battery.start_kwh), battery.capacity_kwh)


def within_limits(request: PlanRequest, schedule: Schedule) -> Schedule:
    """The nearest schedule that the home can carry out.

    Cuts energies to power, availability, SoC, taper, grid and own-use limits, slot by slot, drops what is
    below a minimum power, and takes charge and discharge of one storage in the same slot off each other at
    equal SoC. A schedule that keeps all limits comes back as it is.
    """
    storages, count = request.storages, len(request.slots)
    if not storages:
        return schedule
    limits = [power_limits(storage, request.slots) for storage in storages]
    reaches = [Reach(storage) for storage in storages]
    use = own_use_of(request)
    charge = [list(row) for row in schedule.charge_kwh]
    discharge = [list(row) for row in schedule.discharge_kwh]
    stored = [storage.start_kwh for storage in storages]
    for index in range(count):
        taken, given = [], []
        for number, reach in enumerate(reaches):
            flow = _one_way(storages[number], charge[number][index], discharge[number][index])
            limit = limits[number][index]
            taken.append(min(flow[0], reach.most_charged(limit, stored[number])) if flow[0] > NOISE_KWH else 0.0)
            given.append(min(flow[1], reach.most_discharged(limit, stored[number])) if flow[1] > NOISE_KWH else 0.0)
        _Slot(request, schedule, index, use, [row[index] for row in limits]).cut(taken, given)
        for number, storage in enumerate(storages):
            charge[number][index], discharge[number][index] = taken[number], given[number]
            stored[number] = next_soc(storage, stored[number], taken[number], given[number])
    return replace(schedule, charge_kwh=tuple(map(tuple, charge)), discharge_kwh=tuple(map(tuple, discharge)))


def next_soc(battery: BatteryRequest, soc_kwh: float, charge_kwh: float, discharge_kwh: float) -> float:
    """SoC after a slot, in kWh: what comes in less the loss, what goes out plus the loss."""
    after = soc_kwh + battery.charge_efficiency * charge_kwh - discharge_kwh / battery.discharge_efficiency
    return min(max(after, 0.0), battery.capacity_kwh)


class Reach:
    """How much a storage can take and give in a slot at a SoC."""

    def __init__(self, storage: BatteryRequest) -> None:
        self._storage = storage
        self._full = _full_kwh(storage)
        self._upper, self._lower = charge_edge(storage), discharge_edge(storage)

    def most_charged(self, limits: PowerLimits, soc_kwh: float) -> float:
        """The largest charge in kWh (AC); 0 where that is below the minimum."""
        most = min(limits.charge_kwh, max(self._full - soc_kwh, 0.0) / self._storage.charge_efficiency)
        if self._upper is not None and most > 0:
            most = min(most, self._upper.most_kwh(limits.hours, soc_kwh))
        return _at_least(most, limits.least_charge_kwh)

    def most_discharged(self, limits: PowerLimits, soc_kwh: float) -> float:
        """The largest discharge in kWh (AC); 0 where that is below the minimum."""
        most = min(limits.discharge_kwh, soc_kwh * self._storage.discharge_efficiency)
        if self._lower is not None and most > 0:
            most = min(most, self._lower.most_kwh(limits.hours, soc_kwh))
        return _at_least(most, limits.least_discharge_kwh)


class _Slot:
    """The limits that storages share in a slot: the grid connection, and who may take from whom."""

    def __init__(
        self, request: PlanRequest, schedule: Schedule, index: int, use: OwnUse, limits: Sequence[PowerLimits]
    ) -> None:
        self._slot = request.slots[index]
        self._net = net_without_storage(request, schedule, index)
        self._curtailed = 0.0 if schedule.curtailed_kwh is None else schedule.curtailed_kwh[index]
        self._most_bought = import_limit_kwh(request, self._slot)
        self._most_sold = export_limit_kwh(request, self._slot)
        self._use, self._limits = use, limits
        self._everyone = range(len(limits))

    def cut(self, charge: list[float], discharge: list[float]) -> None:
        """Cut the flows of the slot, one per storage, in place."""
        for _ in range(_MOST_PASSES):
            before = (*charge, *discharge)
            self._cut_charge(charge, discharge)
            self._cut_discharge(charge, discharge)
            if (*charge, *discharge) == before:
                return

    def _cut_charge(self, charge: list[float], discharge: list[float]) -> None:
        beyond = _total(charge, self._use.not_fed) - max(-self._net, 0.0)
        if beyond <= NOISE_KWH:
            # A solver's rounding is no import, which would keep the other storages from giving.
            _cut(charge, self._use.not_fed, beyond)
        _cut(charge, self._use.pv_only, _total(charge, self._use.pv_only) - max(-self._net, 0.0))
        if self._most_bought is not None:
            _cut(charge, self._everyone, self._net + sum(charge) - sum(discharge) - self._most_bought)
        for number, limits in enumerate(self._limits):
            charge[number] = _at_least(charge[number], limits.least_charge_kwh)

    def _cut_discharge(self, charge: list[float], discharge: list[float]) -> None:
        use, net = self._use, self._net
        if not use.is_free:
            _cut(discharge, use.v2h, _total(discharge, use.v2h) - max(net, 0.0))
            fed = _total(charge, use.fed)
            _cut(discharge, use.never_sold, _total(discharge, use.never_sold) - max(net + fed, 0.0))
            not_fed = _total(charge, use.not_fed)
            if not_fed > max(-net, 0.0) + _TINY_KWH:
                # What these vehicles take beyond the surplus is import: nothing flows out of a storage into them.
                elsewhere = max(net, 0.0) + sum(charge) - not_fed + self._curtailed
                _cut(discharge, self._everyone, sum(discharge) - elsewhere)
        if self._most_sold is not None:
            surplus = sum(discharge) - sum(charge) - net - curtailable_kwh(self._slot)
            _cut(discharge, self._everyone, surplus - self._most_sold)
        for number, limits in enumerate(self._limits):
            discharge[number] = _at_least(discharge[number], limits.least_discharge_kwh)


def _full_kwh(battery: BatteryRequest) -> float:
    """Up to where it is charged; a start above that flows off, and does not come back."""
    return min(max(battery.max_kwh, 0.0), full_kwh(battery))


def _one_way(battery: BatteryRequest, charge: float, discharge: float) -> tuple[float, float]:
    if charge <= 0 or discharge <= 0:
        return charge, discharge
    round_trip = battery.charge_efficiency * battery.discharge_efficiency
    both = min(charge, discharge / round_trip)
    return charge - both, discharge - both * round_trip


def _at_least(kwh: float, least_kwh: float) -> float:
    """A flow that is zero or at least its minimum."""
    return kwh if kwh > NOISE_KWH and kwh >= least_kwh - NOISE_KWH else 0.0


def _total(values: Sequence[float], choice: Sequence[int]) -> float:
    return sum(values[number] for number in choice)


def _cut(values: list[float], choice: Sequence[int], excess: float) -> None:
    """Take the excess off the chosen values, in order."""
    for number in choice:
        if excess <= _TINY_KWH:
            return
        part = min(excess, values[number])
        excess -= part
        values[number] -= part
