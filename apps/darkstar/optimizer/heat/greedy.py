"""Heating without a solver: the running block, the hygiene cycle, the cheapest slots of each day or for the tank."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf

from ..added_load import added_cost
from ..request import PlanRequest, Tank
from ..schedule import NOISE_KWH
from .blocks import Block, blocks_of
from .case import HeaterCase, heater_cases
from .tank import most_heat, stored_heat


def cheapest_heating(request: PlanRequest) -> tuple[tuple[float, ...], ...]:
    """Energy `[heater][slot]`, at full power, without a slot over the fuse or a rest that is too short."""
    heats: list[list[float]] = []
    for case in heater_cases(request):
        heats.append(_Greedy(case, heats).run())
    return tuple(map(tuple, heats))


class _Greedy:
    """One heater beside others that are placed already."""

    def __init__(self, case: HeaterCase, others: Sequence[Sequence[float]]) -> None:
        self._case = case
        self._kwh = [0.0] * len(case.kwh)
        taken = [sum(row[index] for row in others) for index in range(len(case.kwh))]
        self._prices = [_price(case, index, kwh) for index, kwh in enumerate(taken)]

    def run(self) -> list[float]:
        for index in self._case.locked:
            if not self._add([index]):
                break
        self._clean()
        self._serve_days()
        if self._case.heater.tank is not None:
            self._fill(self._case.heater.tank)
        return self._kwh

    def _clean(self) -> None:
        """The hygiene cycle as the cheapest run of slots that is long enough."""
        case = self._case
        if case.hygiene_h is None or case.hygiene_h[2] <= 0:
            return
        runs = (_run(case, first) for first in range(len(case.kwh)))
        whole = [run for run in runs if run is not None]
        for run in sorted(whole, key=lambda run: (sum(self._prices[index] * case.kwh[index] for index in run), run[0])):
            if self._add(run):
                return

    def _serve_days(self) -> None:
        for window in self._case.windows:
            for index in self._by_price(index for index, _ in window.heat_kwh):
                if window.delivered_kwh(self._kwh) >= window.need_kwh - NOISE_KWH:
                    break
                self._add([index])

    def _fill(self, tank: Tank) -> None:
        """Heat before the tank gets too cold, as cheaply as there is room for it."""
        slots = self._case.request.slots
        for index in range(len(slots)):
            for earlier in self._by_price(range(index + 1)):
                if stored_heat(tank, slots, self._kwh)[index] >= tank.min_kwh - NOISE_KWH:
                    break
                self._add([earlier])

    def _by_price(self, indices: Iterable[int]) -> list[int]:
        """Cheapest first, earlier first at equal money; without those that are on or over the fuse."""
        free = [index for index in indices if self._kwh[index] <= 0 and self._prices[index] < inf]
        return sorted(free, key=lambda index: (self._prices[index], index))

    def _add(self, indices: Sequence[int]) -> bool:
        """Switch on in these slots if that keeps all limits."""
        case = self._case
        if any(self._prices[index] == inf for index in indices):
            return False
        kwh = list(self._kwh)
        for index in indices:
            kwh[index] = case.kwh[index]
        tank = case.heater.tank
        if tank is not None:
            pairs = zip(stored_heat(tank, case.request.slots, kwh), most_heat(tank, case.request.slots), strict=True)
            if any(stored > most + NOISE_KWH for stored, most in pairs):
                return False
        if not case.keeps_rests(blocks_of(kwh)):
            return False
        self._kwh = kwh
        return True


def _run(case: HeaterCase, first: int) -> range | None:
    """The shortest run of slots from `first` on that is a whole hygiene cycle."""
    hours = case.hygiene_h[2] if case.hygiene_h else 0.0
    for after in range(first + 1, len(case.kwh) + 1):
        if case.hygiene_credit_h(Block(first, after)) >= hours - NOISE_KWH:
            return range(first, after)
    return None


def _price(case: HeaterCase, index: int, others_kwh: float) -> float:
    """What a kWh of heat costs in a slot; infinite above the fuse or where it may not heat."""
    energy = case.kwh[index]
    if energy <= 0 or not case.usable[index]:
        return inf
    cost = added_cost(case.request, case.request.slots[index], others_kwh, energy)
    return inf if cost is None else cost / energy
