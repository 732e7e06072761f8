"""Rows for what cannot happen at once: binaries only where doing both might pay."""

from __future__ import annotations

from ..schedule import curtailable_kwh
from .columns import Columns
from .rows import Terms, Variable


def add_exclusions(columns: Columns) -> dict[int, Variable]:
    """Import or export; charging or discharging: the binaries of the latter by slot, 1 where it may charge."""
    exclusion, burning = _Exclusion(columns), dict[int, Variable]()
    for index, slot in enumerate(columns.rows.slots):
        if columns.grid.sold[index] is not None and slot.export_price > slot.import_price:
            exclusion.exclude_trade(index)
        if exclusion.burning_may_pay(index):
            burning[index] = exclusion.exclude_burning(index)
    return burning


class _Exclusion:
    """The rows of one request; one method per rule."""

    def __init__(self, columns: Columns) -> None:
        self._rows, self._bounds, self._grid = columns.rows, columns.bounds, columns.grid
        self._storages, self._heaters, self._loads = columns.storages, columns.heaters, columns.loads
        devices = columns.rows.request.storages
        self._cyclers = [n for n, one in enumerate(devices) if min(one.max_charge_kw, one.max_discharge_kw) > 0]
        round_trips = [
            (devices[taker].charge_efficiency * devices[giver].discharge_efficiency, devices[giver].wear_cost_per_kwh)
            for taker in self._cyclers
            for giver in self._cyclers
        ]
        # Below this price a kWh is worth burning; one storage may charge from another, so all pairs count.
        prices = [-efficiency * wear / (1 - efficiency) for efficiency, wear in round_trips if efficiency < 1]
        self._burning_price = max(prices, default=None)

    def exclude_trade(self, index: int) -> None:
        """Import or export, not both: and with it charging beyond the surplus or discharging beyond the shortage.

        The second pair of rows follows from the first where flows are netted. It keeps the relaxation from
        buying and selling at once by halves, which would make such slots hard.
        """
        rows, limits, slot = self._rows, self._bounds.slots[index], self._rows.slots[index]
        bought, sold = self._grid.bought[index], self._grid.sold[index]
        buys = rows.binary(f"g{index}")
        rows.at_most([(bought, 1.0), (buys, -limits.most_bought)], 0.0)
        rows.at_most([(sold, 1.0), (buys, limits.most_sold)], limits.most_sold)
        surplus = max(curtailable_kwh(slot) - max(slot.load_kwh, 0.0), 0.0)
        shortage = limits.need + limits.heat + limits.deferrable
        taken_here = [(taken[index], -1.0) for taken in self._storages.charge]
        rows.at_most([(bought, 1.0), (buys, -limits.need), *taken_here, *self._devices(index)], 0.0)
        bounds = [limit[index] for limit in self._storages.limits]
        all_taken, all_given = sum(one.charge_kwh for one in bounds), sum(one.discharge_kwh for one in bounds)
        flows = zip(bounds, self._storages.charge, self._storages.discharge, strict=True)
        for bound, taken, given in flows:
            most_taken, most_given = bound.charge_kwh, bound.discharge_kwh
            # What another storage gives or takes is surplus or shortage too.
            from_here = min(most_taken, surplus + all_given - most_given)
            to_here = min(most_given, shortage + all_taken - most_taken)
            if most_taken > 0:
                rows.at_most([(taken[index], 1.0), (buys, from_here - most_taken)], from_here)
            if most_given > 0:
                rows.at_most([(given[index], 1.0), (buys, most_given - to_here)], most_given)

    def exclude_burning(self, index: int) -> Variable:
        """Charging or discharging, not both; a discharge goes to load, devices, vehicles and export.

        It holds for all storages together that can do both. What can only charge has an appetite with an end.
        """
        rows, need = self._rows, self._bounds.slots[index].need
        sold = self._grid.sold[index]
        charges = rows.binary(f"b{index}")
        given_here = [(self._storages.discharge[number][index], 1.0) for number in self._cyclers]
        others = [row for number, row in enumerate(self._storages.charge) if number not in self._cyclers]
        sinks = [*self._devices(index), *((row[index], -1.0) for row in others)]
        exported = [] if sold is None else [(sold, -1.0)]
        rows.at_most([*given_here, *sinks, *exported, (charges, need)], need)
        for number in self._cyclers:
            limits = self._storages.limits[number][index]
            taken, given = self._storages.charge[number][index], self._storages.discharge[number][index]
            rows.at_most([(taken, 1.0), (charges, -limits.charge_kwh)], 0.0)
            rows.at_most([(given, 1.0), (charges, limits.discharge_kwh)], limits.discharge_kwh)
        return charges

    def burning_may_pay(self, index: int) -> bool:
        """Whether energy for nothing, here or to make room for paid import ahead, is worth its wear."""
        return self._burning_price is not None and self._bounds.lowest_ahead[index] < self._burning_price

    def _devices(self, index: int) -> Terms:
        """What heaters and deferrable loads take, as negative terms."""
        return [(variable, -kwh) for variable, kwh in (*self._heaters.at(index), *self._loads.at(index))]
