"""Columns and rows of everything that stores electricity: the home's batteries and plugged-in vehicles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..goals import targets_of
from ..power_limits import PowerLimits, charge_edge, discharge_edge, empty_kwh, power_limits
from ..request import BatteryRequest
from ..schedule import ceiling_kwh
from ..tiers import EXCESS_PRICE, SHORTAGE_PRICE, SHORTEST_HOURS, WAITING_SHORTAGE_PRICE
from .edges import add_edge
from .rows import Row, Rows, Variable

FLOW_TIE = 1e-5
"""Price levels per kWh through a battery: at equal money it rests. Up to double at the horizon's end,
so that at equal money what must be done is done at once, as a self-consuming home would."""


@dataclass(frozen=True, slots=True)
class StorageColumns:
    """Flows `[storage][slot]` and the rows that carry stored energy from slot to slot: their duals are its value.

    `charging` are the binaries of storages with a minimum charging power, None elsewhere; `limits` are
    the bounds of the flows; `stored` is the SoC at the slots' ends.
    """

    charge: tuple[tuple[Variable, ...], ...]
    discharge: tuple[tuple[Variable, ...], ...]
    soc_rows: tuple[tuple[Row, ...], ...]
    charging: tuple[tuple[Variable | None, ...], ...]
    limits: tuple[tuple[PowerLimits, ...], ...]
    stored: tuple[tuple[Variable, ...], ...]


def add_storages(rows: Rows, floors_kwh: Sequence[float]) -> StorageColumns:
    """Add all storages; `floors_kwh` are the hard floors of their soft bands, one per storage."""
    storages = tuple(
        _Storage(rows, number, storage, floor)
        for number, (storage, floor) in enumerate(zip(rows.request.storages, floors_kwh, strict=True))
    )
    return StorageColumns(
        tuple(tuple(one.charge) for one in storages),
        tuple(tuple(one.discharge) for one in storages),
        tuple(tuple(one.soc_rows) for one in storages),
        tuple(tuple(one.charging) for one in storages),
        tuple(one.limits for one in storages),
        tuple(tuple(one.stored) for one in storages),
    )


class _Storage:
    """Flows within power limits, SoC within the soft band, wear, goals, end value; one method per rule."""

    def __init__(self, rows: Rows, number: int, storage: BatteryRequest, floor_kwh: float) -> None:
        self._rows, self._number, self._storage = rows, number, storage
        self.limits = power_limits(storage, rows.slots)
        self.charge: list[Variable] = []
        self.discharge: list[Variable] = []
        self.charging: list[Variable | None] = []
        self.soc_rows: list[Row] = []
        self.stored: list[Variable] = []
        empty = empty_kwh(storage)
        bottom = max(floor_kwh, empty if storage.start_kwh >= empty else 0.0)
        for index in range(len(rows.slots)):
            self._add_slot(index, bottom)
            self._keep_minimum(index)
        if floor_kwh < storage.min_kwh:
            self._price_the_floor()
        if storage.start_kwh > storage.max_kwh:
            self._leave_the_ceiling()
        self._add_edges()
        self._add_goals()
        self._add_end_value()

    def _add_slot(self, index: int, bottom_kwh: float) -> None:
        rows, number, storage, limits = self._rows, self._number, self._storage, self.limits[index]
        tie = FLOW_TIE * (1 + index / len(rows.slots))
        wear = storage.wear_cost_per_kwh / rows.level
        taken = rows.column(f"c{number}_{index}", limits.charge_kwh, tie)
        given = rows.column(f"d{number}_{index}", limits.discharge_kwh, tie + wear)
        stored = rows.column(f"s{number}_{index}", ceiling_kwh(storage), lower=bottom_kwh)
        before = [(self.stored[-1], -1.0)] if self.stored else []
        terms = [(stored, 1.0), (taken, -storage.charge_efficiency), (given, 1 / storage.discharge_efficiency)]
        self.soc_rows.append(rows.equal(terms + before, 0.0 if index else storage.start_kwh))
        if limits.charge_kwh > 0:
            rows.balance[index].append((taken, -1.0))
        if limits.discharge_kwh > 0:
            rows.balance[index].append((given, 1.0))
        self.charge.append(taken)
        self.discharge.append(given)
        self.stored.append(stored)

    def _keep_minimum(self, index: int) -> None:
        """A flow is zero or at least its minimum, and then the other is zero: netting would undercut it."""
        rows, limits, name = self._rows, self.limits[index], f"{self._number}_{index}"
        taken, given = self.charge[index], self.discharge[index]
        charges = discharges = None
        if limits.least_charge_kwh > 0 and limits.charge_kwh > 0:
            charges = _switch(rows, f"pc{name}", taken, limits.least_charge_kwh, limits.charge_kwh)
            if limits.discharge_kwh > 0:
                rows.at_most([(given, 1.0), (charges, limits.discharge_kwh)], limits.discharge_kwh)
        if limits.least_discharge_kwh > 0 and limits.discharge_kwh > 0:
            discharges = _switch(rows, f"pd{name}", given, limits.least_discharge_kwh, limits.discharge_kwh)
            if limits.charge_kwh > 0:
                rows.at_most([(taken, 1.0), (discharges, limits.charge_kwh)], limits.charge_kwh)
        self.charging.append(charges)

    def _price_the_floor(self) -> None:
        rows, storage = self._rows, self._storage
        for index, stored in enumerate(self.stored):
            name, hours = f"{self._number}_{index}", max(rows.slots[index].hours, SHORTEST_HOURS)
            deep = rows.column(f"v{name}", None, SHORTAGE_PRICE * hours)
            waiting = rows.column(f"u{name}", storage.inherited_shortage_kwh, WAITING_SHORTAGE_PRICE * hours)
            rows.at_least([(stored, 1.0), (deep, 1.0), (waiting, 1.0)], storage.min_kwh)

    def _leave_the_ceiling(self) -> None:
        """A battery above its ceiling flows off at a small price, uncharged, and does not pass it again."""
        rows, storage = self._rows, self._storage
        room = storage.start_kwh - storage.max_kwh
        before: Variable | None = None
        for index, slot in enumerate(rows.slots):
            name, most = f"{self._number}_{index}", self.limits[index].charge_kwh
            above = rows.binary(f"z{name}")
            excess = rows.column(f"o{name}", room, EXCESS_PRICE * max(slot.hours, SHORTEST_HOURS))
            rows.at_most([(self.stored[index], 1.0), (excess, -1.0)], storage.max_kwh)
            rows.at_most([(excess, 1.0), (above, -room)], 0.0)
            rows.at_most([(self.charge[index], 1.0), (above, most)], most)
            if before is not None:
                rows.at_most([(above, 1.0), (before, -1.0)], 0.0)
            before = above

    def _add_edges(self) -> None:
        storage, start = self._storage, self._storage.start_kwh
        for name, edge, flows in (
            ("c", charge_edge(storage), self.charge),
            ("d", discharge_edge(storage), self.discharge),
        ):
            if edge is not None:
                add_edge(self._rows, f"{name}{self._number}", edge, start, self.stored, flows, self.limits)

    def _add_goals(self) -> None:
        rows = self._rows
        for place, target in enumerate(targets_of(rows.request, self._storage)):
            lacking = rows.column(f"t{self._number}_{place}", target.kwh, target.price / rows.level)
            rows.at_least([(self.stored[target.index], 1.0), (lacking, 1.0)], target.kwh)

    def _add_end_value(self) -> None:
        """The value of what is left: falling from step to step, so that the first steps are filled first."""
        rows, storage = self._rows, self._storage
        if not storage.end_value_steps:
            rows.price(self.stored[-1], -storage.end_value_per_kwh / rows.level)
            return
        below, parts = 0.0, []
        for place, step in enumerate(storage.end_value_steps):
            width = max(step.up_to_kwh - below, 0.0)
            parts.append((rows.column(f"j{self._number}_{place}", width, -step.per_kwh / rows.level), -1.0))
            below = max(below, step.up_to_kwh)
        if below < storage.capacity_kwh:
            parts.append((rows.column(f"j{self._number}_rest", storage.capacity_kwh - below), -1.0))
        rows.equal([(self.stored[-1], 1.0), *parts], 0.0)


def _switch(rows: Rows, name: str, flow: Variable, least_kwh: float, most_kwh: float) -> Variable:
    """The binary of a flow that is zero or between its bounds."""
    on = rows.binary(name)
    rows.at_most([(flow, 1.0), (on, -most_kwh)], 0.0)
    rows.at_least([(flow, 1.0), (on, -least_kwh)], 0.0)
    return on
