"""Storages without a solver: what a goal needs from the cheapest slots, and a walk from slot to slot."""

from __future__ import annotations

from collections.abc import Sequence

from .goals import targets_of
from .power_limits import power_limits
from .request import BatteryRequest, PlanRequest
from .schedule import NOISE_KWH, Reach, Schedule, import_limit_kwh, net_without_storage, next_soc


def goal_charging(request: PlanRequest, bare: Schedule) -> tuple[tuple[float, ...], ...]:
    """Energy `[storage][slot]` that would meet the goals, beside the heaters and loads of `bare`.

    Cheapest slots first, earlier first at equal money, as far as the fuse has room.
    """
    nets = [net_without_storage(request, bare, index) for index in range(len(request.slots))]
    rows = []
    for storage in request.storages:
        row = _cheapest(request, storage, nets)
        nets = [net + kwh for net, kwh in zip(nets, row, strict=True)]
        rows.append(tuple(row))
    return tuple(rows)


def _cheapest(request: PlanRequest, storage: BatteryRequest, nets: Sequence[float]) -> list[float]:
    row = [0.0] * len(nets)
    if not storage.goals or not storage.charge_from_grid:
        return row
    limits = power_limits(storage, request.slots)
    ranked = sorted((slot.import_price, index) for index, slot in enumerate(request.slots))
    goals = [target for target in targets_of(request, storage) if target.goal is not None]
    for target in sorted(goals, key=lambda one: one.index):
        have = storage.start_kwh + storage.charge_efficiency * sum(row[: target.index + 1])
        lacking = (target.kwh - have) / storage.charge_efficiency
        for _, index in ranked:
            if lacking <= NOISE_KWH:
                break
            if index > target.index or row[index] > 0 or limits[index].charge_kwh <= 0:
                continue
            kwh = min(max(lacking, limits[index].least_charge_kwh), limits[index].charge_kwh)
            fuse = import_limit_kwh(request, request.slots[index])
            if fuse is None or nets[index] + kwh <= fuse:
                row[index] = kwh
                lacking -= kwh
    return row


class GoalWalk:
    """One storage on its way through the slots, `charge` and then `discharge` once in each.

    `wanted_kwh` is what its goals need, per slot; the energy of a goal to come is kept.
    """

    def __init__(self, request: PlanRequest, storage: BatteryRequest, wanted_kwh: Sequence[float]) -> None:
        self._storage, self._wanted = storage, wanted_kwh
        self._limits, self._reach = power_limits(storage, request.slots), Reach(storage)
        targets = targets_of(request, storage)
        self._goals = [
            max((one.kwh for one in targets if one.goal is not None and one.index >= index), default=0.0)
            for index in range(len(request.slots))
        ]
        self._soc = storage.start_kwh
        self.charged: list[float] = []
        self.discharged: list[float] = []

    def charge(self, index: int, surplus_kwh: float) -> float:
        """What it takes of the surplus, and of the grid for its goals."""
        storage, limits = self._storage, self._limits[index]
        room = max(min(storage.max_kwh, storage.capacity_kwh) - self._soc, 0.0) / storage.charge_efficiency
        needed = max(self._goals[index] - self._soc, 0.0) / storage.charge_efficiency
        wished = max(min(surplus_kwh, room), min(self._wanted[index], max(needed, limits.least_charge_kwh)))
        taken = min(wished, self._reach.most_charged(limits, self._soc))
        if taken < max(limits.least_charge_kwh, NOISE_KWH):
            taken = 0.0
        self._soc = next_soc(storage, self._soc, taken, 0.0)
        self.charged.append(taken)
        self.discharged.append(0.0)
        return taken

    def discharge(self, index: int, shortage_kwh: float) -> float:
        """What it gives of the shortage, down to its floor and what its goals need."""
        storage, limits = self._storage, self._limits[index]
        floor = max(storage.min_kwh, self._goals[index], 0.0)
        there = max(self._soc - floor, 0.0) * storage.discharge_efficiency
        given = min(shortage_kwh, there, self._reach.most_discharged(limits, self._soc))
        if given < max(limits.least_discharge_kwh, NOISE_KWH):
            given = 0.0
        self._soc = next_soc(storage, self._soc, 0.0, given)
        self.discharged[index] = given
        return given
