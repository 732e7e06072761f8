"""Rows for storages that may not take from everybody or give to everybody.

They are about the surplus `max(pv - consumers, 0)` and the shortage `max(consumers - pv, 0)` of a slot,
where load, heaters and deferrable loads consume. Where their sign is not known beforehand, it follows from
what is on: of one device surplus and shortage are straight lines between off and on, of two a row per set of
running devices is exact. Where there are more, or one that modulates, a binary says which of the two is zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress, product
from operator import not_

import pulp

from ..own_use import own_use_of
from .columns import Columns
from .rows import Terms, Variable

_MOST_SETS = 2
"""Up to so many devices there is a row for each set of them."""


@dataclass(frozen=True, slots=True)
class _Sum:
    """`terms + constant`."""

    terms: Terms
    constant: float


@dataclass(frozen=True, slots=True)
class _Sides:
    """Surplus and shortage of a slot: each is the least of its sums."""

    surplus: tuple[_Sum, ...]
    shortage: tuple[_Sum, ...]


def add_own_use(columns: Columns) -> tuple[Variable, ...]:
    """The rows of all slots; the binaries that they need follow from what devices and vehicles do."""
    if own_use_of(columns.rows.request).is_free:
        return ()
    own_use, known = _OwnUse(columns), len(columns.rows.binaries)
    for index in range(len(columns.rows.slots)):
        own_use.limit(index)
    return tuple(columns.rows.binaries[known:])


class _OwnUse:
    """The rows of one request; one method per rule."""

    def __init__(self, columns: Columns) -> None:
        self._rows, self._bounds, self._grid = columns.rows, columns.bounds, columns.grid
        self._storages, self._heaters, self._loads = columns.storages, columns.heaters, columns.loads
        self._use = own_use_of(columns.rows.request)
        parts = [part for part in columns.heaters.parts if part.case.least_share >= 1]
        self._switched = {share for part in parts for share in part.share if share is not None}

    def limit(self, index: int) -> None:
        """All rules of a slot."""
        use = self._use
        pv_only, never_sold = self._charging(use.pv_only, index), self._discharging(use.never_sold, index)
        v2h, fed = self._discharging(use.v2h, index), self._charging(use.fed, index)
        not_fed = self._charging(use.not_fed, index)
        givers = self._discharging(range(len(self._rows.request.storages)), index)
        # What never sells covers shortage only, so that nothing is left for a vehicle that is not to have it.
        kept_apart = bool(not_fed) and len(givers) > len(never_sold)
        if not (pv_only or never_sold or kept_apart):
            return
        sides = self._sides(index, ()) if pv_only or kept_apart or v2h or not fed else None
        if sides is not None:
            self._at_most(self._charges(pv_only, index), sides.surplus)
            self._at_most(self._discharges(v2h if fed else never_sold, index), sides.shortage)
        if fed and never_sold:
            self._at_most(self._discharges(never_sold, index), self._sides(index, fed).shortage)
        if kept_apart and sides is not None:
            self._keep_apart(index, not_fed, givers, sides)

    def _keep_apart(self, index: int, vehicles: Sequence[int], givers: Sequence[int], sides: _Sides) -> None:
        """Either these vehicles take no more than the surplus, or nothing is discharged but for others."""
        rows, storages = self._rows, self._storages
        imports = self._beyond_surplus(vehicles, index)
        if imports is None:
            imports = [rows.binary(f"ov{index}")]
            most = sum(storages.limits[number][index].charge_kwh for number in vehicles)
            self._at_most([*self._charges(vehicles, index), (imports[0], -most)], sides.surplus)
        others = [number for number in self._charging(range(len(storages.charge)), index) if number not in vehicles]
        elsewhere = [(variable, -1.0) for variable, _ in self._charges(others, index)]
        curtailed = self._grid.curtailed[index]
        if curtailed is not None:
            elsewhere.append((curtailed, -1.0))
        most = sum(storages.limits[number][index].discharge_kwh for number in givers)
        given = self._discharges(givers, index)
        for one in imports:
            self._at_most([*given, *elsewhere, (one, most)], sides.shortage, most)

    def _beyond_surplus(self, vehicles: Sequence[int], index: int) -> list[Variable] | None:
        """The vehicles' own binaries, where charging at all takes more than the surplus can be; None elsewhere."""
        slot, on = self._rows.slots[index], list[Variable]()
        for number in vehicles:
            charging = self._storages.charging[number][index]
            least = self._storages.limits[number][index].least_charge_kwh
            if charging is None or least <= slot.pv_kwh - slot.load_kwh:
                return None
            on.append(charging)
        return on

    def _sides(self, index: int, fed: Sequence[int]) -> _Sides:
        """Surplus and shortage; what the vehicles `fed` take counts as consumption."""
        rows, bounds, slot = self._rows, self._bounds.slots[index], self._rows.slots[index]
        devices = [*self._heaters.at(index), *self._loads.at(index)]
        consumers = [*devices, *self._charges(fed, index)]
        low = slot.load_kwh - slot.pv_kwh
        high = low + sum(self._storages.limits[number][index].charge_kwh for number in fed)
        if devices:
            high += bounds.heat + bounds.deferrable
        nothing = (_Sum([], 0.0),)
        if low >= 0:
            return _Sides(nothing, (_Sum(consumers, low),))
        if high <= 0:
            return _Sides((_Sum([(variable, -kwh) for variable, kwh in consumers], -low),), nothing)
        if len(consumers) <= _MOST_SETS and self._are_switched(consumers):
            return _sides_of_switch(consumers[0], low) if len(consumers) == 1 else _sides_of_sets(consumers, low)
        is_short = rows.binary(f"{'of' if fed else 'ou'}{index}")
        surplus = rows.column(f"{'pf' if fed else 'ps'}{index}", -low)
        shortage = rows.column(f"{'nf' if fed else 'ns'}{index}", high)
        rows.equal([(shortage, 1.0), (surplus, -1.0), *((variable, -kwh) for variable, kwh in consumers)], low)
        rows.at_most([(shortage, 1.0), (is_short, -high)], 0.0)
        rows.at_most([(surplus, 1.0), (is_short, -low)], -low)
        return _Sides((_Sum([(surplus, 1.0)], 0.0),), (_Sum([(shortage, 1.0)], 0.0),))

    def _are_switched(self, consumers: Terms) -> bool:
        """Whether each is on or off, in the end: the relaxation, too, may count on it."""
        return all(variable.cat == pulp.LpInteger or variable in self._switched for variable, _ in consumers)

    def _at_most(self, terms: Terms, sums: Sequence[_Sum], more: float = 0.0) -> None:
        """`terms <= each sum + more`."""
        if not terms:
            return
        for one in sums:
            self._rows.at_most([*terms, *((variable, -factor) for variable, factor in one.terms)], one.constant + more)

    def _charging(self, numbers: Sequence[int], index: int) -> list[int]:
        return [number for number in numbers if self._storages.limits[number][index].charge_kwh > 0]

    def _discharging(self, numbers: Sequence[int], index: int) -> list[int]:
        return [number for number in numbers if self._storages.limits[number][index].discharge_kwh > 0]

    def _charges(self, numbers: Sequence[int], index: int) -> Terms:
        return [(self._storages.charge[number][index], 1.0) for number in numbers]

    def _discharges(self, numbers: Sequence[int], index: int) -> Terms:
        return [(self._storages.discharge[number][index], 1.0) for number in numbers]


def _sides_of_switch(consumer: tuple[Variable, float], low: float) -> _Sides:
    """Of one device that is on or off: straight lines between the two."""
    on, kwh = consumer
    surplus, shortage = max(-low, 0.0), max(low, 0.0)
    while_on = low + kwh
    return _Sides(
        (_Sum([(on, max(-while_on, 0.0) - surplus)], surplus),),
        (_Sum([(on, max(while_on, 0.0) - shortage)], shortage),),
    )


def _sides_of_sets(consumers: Terms, low: float) -> _Sides:
    """A sum for each set of devices that may run: it is exact for that set, and too wide for all others."""
    surplus, shortage = zip(*_sums_of_sets(consumers, low), strict=True)
    return _Sides(surplus, shortage)


def _sums_of_sets(consumers: Terms, low: float) -> Iterator[tuple[_Sum, _Sum]]:
    for active in product((True, False), repeat=len(consumers)):
        running = list(compress(consumers, active))
        resting = list(compress(consumers, map(not_, active)))
        taken = sum(kwh for _, kwh in running)
        # A device of the set that is off gives its energy back to the surplus.
        surplus = _Sum([(on, -kwh) for on, kwh in running], max(-low - taken, 0.0) + taken)
        yield surplus, _Sum(resting, max(low + taken, 0.0))
