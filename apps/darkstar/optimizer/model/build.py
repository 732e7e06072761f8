"""The MILP: a plan request as a PuLP problem, money in price levels, binaries only where they matter.

Per slot t and battery b (kWh, AC; `h` hours, `eta` one-way efficiencies):

    import + breach + pv + sum discharge = load + heat + sum charge + export + curtailed
    soc[b,t] = soc[b,t-1] + eta_c * charge[b,t] - discharge[b,t] / eta_d

    minimise  import cost - export revenue + wear - end value + price of unmet wishes + tie-breaks

Charge and discharge exclude each other by a binary only where burning energy may pay, because import is
paid now or a stored kWh is in the way of paid import later: `(1 - r) * lowest import price ahead + r * wear
< 0`, with `r` the round-trip efficiency and the end value as the price at the end. Import and export
exclude each other by a binary only where export is paid better. Elsewhere the netted solution is never
worse, and `schedule.within_limits` nets it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, compress, product
from operator import not_
from typing import Any

import pulp

from .heat import HeatWindow, heat_windows
from .ledger import COLD_PRICE, SHORTEST_HOURS
from .plan import (
    EXCESS_PRICE,
    IMPORT_BREACH_PRICE,
    SHORTAGE_PRICE,
    WAITING_SHORTAGE_PRICE,
    BatteryRequest,
    PlanRequest,
    RequestSlot,
)
from .schedule import Schedule, ceiling_kwh, curtailable_kwh, export_limit_kwh, import_limit_kwh

FLOW_TIE = 1e-5
"""Price levels per kWh through a battery: at equal money it rests. Up to double at the horizon's end,
so that at equal money what must be done is done at once, as a self-consuming home would."""
HEAT_TIE = 1e-5
"""Price levels per kWh of heat at the horizon's end: at equal money heating comes first."""
HEAT_START_TIE = 1e-4
"""Price levels per start of a heater: at nearly equal money it heats in one block."""

Variable = Any
"""A PuLP variable (PuLP is untyped)."""
Terms = list[tuple[Variable, float]]


@dataclass(frozen=True, slots=True)
class Model:
    """A PuLP problem in price levels, and the handles to read its solution by."""

    problem: Any
    price_level: float
    charge: tuple[tuple[Variable, ...], ...]
    discharge: tuple[tuple[Variable, ...], ...]
    soc_rows: tuple[tuple[Any, ...], ...]
    """The rows that carry stored energy from slot to slot `[battery][slot]`: their duals are its value."""
    heats: tuple[tuple[Variable | None, ...], ...]
    """None where a heater has nothing to heat for."""
    binaries: tuple[Variable, ...]

    def schedule(self) -> Schedule:
        """The decisions of the solution that a solver has left in the problem."""
        return Schedule(
            tuple(tuple(max(variable.varValue, 0.0) for variable in row) for row in self.charge),
            tuple(tuple(max(variable.varValue, 0.0) for variable in row) for row in self.discharge),
            tuple(tuple(variable is not None and variable.varValue > 0.5 for variable in row) for row in self.heats),  # noqa: PLR2004 - a binary
        )

    def fix_binaries(self) -> None:
        """Turn the problem into the linear program around the solution: its duals are prices."""
        for variable in self.binaries:
            value = round(variable.varValue)
            variable.lowBound, variable.upBound, variable.cat = value, value, pulp.LpContinuous


def build(request: PlanRequest) -> Model:
    """Build the MILP of a request that has at least one slot."""
    return _Builder(request).build()


class _Builder:
    """Collects variables, rows and objective terms; one method per device."""

    def __init__(self, request: PlanRequest) -> None:
        self._request = request
        self._slots = request.slots
        self._level = request.price_level
        limits = [import_limit_kwh(request, slot) for slot in request.slots]
        self._may_breach = [
            limit is not None and slot.load_kwh - slot.pv_kwh > limit
            for slot, limit in zip(request.slots, limits, strict=True)
        ]
        after = min((battery.end_value_per_kwh for battery in request.batteries), default=0.0)
        backwards = accumulate((slot.import_price for slot in reversed(request.slots)), min, initial=after)
        self._lowest_ahead = list(backwards)[:0:-1]
        self._problem = pulp.LpProblem("darkstar", pulp.LpMinimize)
        self._objective: Terms = []
        self._balance: list[Terms] = [[] for _ in self._slots]
        self._binaries: list[Variable] = []
        self._charge: list[list[Variable]] = []
        self._discharge: list[list[Variable]] = []
        self._soc_rows: list[list[Any]] = []
        self._heats: list[list[Variable | None]] = [[None] * len(self._slots) for _ in request.heaters]

    def build(self) -> Model:
        for number, battery in enumerate(self._request.batteries):
            self._add_battery(number, battery)
        self._add_heaters(heat_windows(self._request))
        for index, slot in enumerate(self._slots):
            self._add_own_use_limits(index, slot)
            self._add_grid(index, slot)
        self._problem.setObjective(pulp.LpAffineExpression(self._objective))
        return Model(
            self._problem,
            self._level,
            tuple(map(tuple, self._charge)),
            tuple(map(tuple, self._discharge)),
            tuple(map(tuple, self._soc_rows)),
            tuple(map(tuple, self._heats)),
            tuple(self._binaries),
        )

    def _variable(self, name: str, upper: float | None, price: float = 0.0, lower: float = 0.0) -> Variable:
        variable = self._problem.add_variable(name, lower, upper)
        if price:
            self._objective.append((variable, price))
        return variable

    def _binary(self, name: str) -> Variable:
        variable = self._problem.add_variable(name, 0, 1, pulp.LpInteger)
        self._binaries.append(variable)
        return variable

    def _row(self, terms: Terms, sense: int, bound: float) -> Any:  # noqa: ANN401 - PuLP is untyped
        row = pulp.LpConstraint(pulp.LpAffineExpression(terms), sense, rhs=bound)
        self._problem.addConstraint(row)
        return row

    def _add_battery(self, number: int, battery: BatteryRequest) -> None:
        """Flows within power limits, SoC within the soft band, wear, end value."""
        top, bottom = ceiling_kwh(battery), self._hard_floor(battery)
        charge, discharge, levels, rows = [], [], [], []
        before: Terms = []
        for index, slot in enumerate(self._slots):
            tie = FLOW_TIE * (1 + index / len(self._slots))
            taken = self._variable(f"c{number}_{index}", max(battery.max_charge_kw, 0.0) * slot.hours, tie)
            given = self._variable(
                f"d{number}_{index}",
                max(battery.max_discharge_kw, 0.0) * slot.hours,
                tie + battery.wear_cost_per_kwh / self._level,
            )
            last = index == len(self._slots) - 1
            end_value = -battery.end_value_per_kwh / self._level if last else 0.0
            stored = self._variable(f"s{number}_{index}", top, end_value, bottom)
            terms = [(stored, 1.0), (taken, -battery.charge_efficiency), (given, 1 / battery.discharge_efficiency)]
            rows.append(self._row(terms + before, pulp.LpConstraintEQ, 0.0 if index else battery.start_kwh))
            before = [(stored, -1.0)]
            if bottom < battery.min_kwh:
                self._price_the_floor(number, index, battery, stored)
            self._balance[index] += [(taken, -1.0), (given, 1.0)]
            charge.append(taken)
            discharge.append(given)
            levels.append(stored)
        if battery.start_kwh > battery.max_kwh:
            self._leave_the_ceiling(number, battery, levels, charge)
        self._charge.append(charge)
        self._discharge.append(discharge)
        self._soc_rows.append(rows)

    def _hard_floor(self, battery: BatteryRequest) -> float:
        """The floor is hard unless the battery starts below it or a breach of the fuse may need it."""
        if battery.start_kwh < battery.min_kwh or any(self._may_breach):
            return 0.0
        return max(battery.min_kwh, 0.0)

    def _price_the_floor(self, number: int, index: int, battery: BatteryRequest, stored: Variable) -> None:
        hours = max(self._slots[index].hours, SHORTEST_HOURS)
        deep = self._variable(f"v{number}_{index}", None, SHORTAGE_PRICE * hours)
        waiting = self._variable(f"u{number}_{index}", battery.inherited_shortage_kwh, WAITING_SHORTAGE_PRICE * hours)
        self._row([(stored, 1.0), (deep, 1.0), (waiting, 1.0)], pulp.LpConstraintGE, battery.min_kwh)

    def _leave_the_ceiling(
        self, number: int, battery: BatteryRequest, stored: Sequence[Variable], taken: Sequence[Variable]
    ) -> None:
        """A battery above its ceiling flows off at a small price, uncharged, and does not pass it again."""
        room = battery.start_kwh - battery.max_kwh
        before: Variable | None = None
        for index, slot in enumerate(self._slots):
            above = self._binary(f"z{number}_{index}")
            excess = self._variable(f"o{number}_{index}", room, EXCESS_PRICE * max(slot.hours, SHORTEST_HOURS))
            self._row([(stored[index], 1.0), (excess, -1.0)], pulp.LpConstraintLE, battery.max_kwh)
            self._row([(excess, 1.0), (above, -room)], pulp.LpConstraintLE, 0.0)
            most = max(battery.max_charge_kw, 0.0) * slot.hours
            self._row([(taken[index], 1.0), (above, most)], pulp.LpConstraintLE, most)
            if before is not None:
                self._row([(above, 1.0), (before, -1.0)], pulp.LpConstraintLE, 0.0)
            before = above

    def _add_heaters(self, windows: Sequence[HeatWindow]) -> None:
        """On or off per slot, each day's heat with a shortfall at a price, and a price per start."""
        served = {(window.heater, index) for window in windows for index, _ in window.heat_kwh}
        for number, heater in enumerate(self._request.heaters):
            before: Variable | None = None
            for index, slot in enumerate(self._slots):
                if (number, index) not in served:
                    before = None
                    continue
                on = self._binary(f"w{number}_{index}")
                self._heats[number][index] = on
                energy = heater.power_kw * slot.hours
                self._objective.append((on, HEAT_TIE * energy * index / len(self._slots)))
                self._balance[index].append((on, -energy))
                if index or not heater.on_at_start:
                    price = HEAT_START_TIE + heater.start_cost / self._level
                    start = self._variable(f"q{number}_{index}", 1.0, price)
                    running = [(before, -1.0)] if before is not None else []
                    self._row([(on, 1.0), (start, -1.0), *running], pulp.LpConstraintLE, 0.0)
                before = on
        for place, window in enumerate(windows):
            heat = [(self._heats[window.heater][index], kwh) for index, kwh in window.heat_kwh]
            missing = self._variable(f"m{place}", window.need_kwh, COLD_PRICE)
            self._row([*heat, (missing, 1.0)], pulp.LpConstraintGE, window.need_kwh)
            self._row(heat, pulp.LpConstraintLE, window.cap_kwh)

    def _add_own_use_limits(self, index: int, slot: RequestSlot) -> None:
        """Batteries without grid charge take PV surplus only; those that never sell cover shortage only.

        Surplus and shortage depend on which heaters are on: one row per set of heaters is exact.
        """
        batteries = self._request.batteries
        own_only = [self._charge[n][index] for n, one in enumerate(batteries) if not one.charge_from_grid]
        never_sold = [self._discharge[n][index] for n, one in enumerate(batteries) if not one.discharge_to_grid]
        if not own_only and not never_sold:
            return
        short = slot.load_kwh - slot.pv_kwh
        heaters = self._heaters_at(index)
        for active in product((True, False), repeat=len(heaters)):
            running = list(compress(heaters, active))
            resting = [(on, -kwh) for on, kwh in compress(heaters, map(not_, active))]
            heat = sum(kwh for _, kwh in running)
            if own_only:
                # A heater of the set that is off gives its energy back to the surplus.
                surplus = max(-short - heat, 0.0) + heat
                self._row([*((one, 1.0) for one in own_only), *running], pulp.LpConstraintLE, surplus)
            if never_sold:
                shortage = max(short + heat, 0.0)
                self._row([*((one, 1.0) for one in never_sold), *resting], pulp.LpConstraintLE, shortage)

    def _heaters_at(self, index: int) -> Terms:
        """The on-variables of a slot with their energies."""
        hours = self._slots[index].hours
        return [
            (on, heater.power_kw * hours)
            for heater, row in zip(self._request.heaters, self._heats, strict=True)
            if (on := row[index]) is not None
        ]

    def _add_grid(self, index: int, slot: RequestSlot) -> None:
        """Import, export, curtailment and the energy balance of a slot."""
        request = self._request
        heat = sum(heater.power_kw * slot.hours for heater in request.heaters)
        charge = sum(max(battery.max_charge_kw, 0.0) * slot.hours for battery in request.batteries)
        discharge = sum(max(battery.max_discharge_kw, 0.0) * slot.hours for battery in request.batteries)
        own = curtailable_kwh(slot)
        most_bought = _least(_need_kwh(slot) + heat + charge, import_limit_kwh(request, slot))
        most_sold = _least(own + discharge, export_limit_kwh(request, slot))
        bought = self._variable(f"i{index}", most_bought, slot.import_price / self._level)
        balance = [*self._balance[index], (bought, 1.0)]
        if own > 0:
            balance.append((self._variable(f"k{index}", own), -1.0))
        sold = None
        if most_sold > 0:
            sold = self._variable(f"e{index}", most_sold, -slot.export_price / self._level)
            balance.append((sold, -1.0))
            if slot.export_price > slot.import_price:
                self._exclude_trade(index, slot, (bought, most_bought), (sold, most_sold), heat)
        if self._may_breach[index]:
            price = IMPORT_BREACH_PRICE + slot.import_price / self._level
            balance.append((self._variable(f"x{index}", None, price), 1.0))
        self._row(balance, pulp.LpConstraintEQ, slot.load_kwh - slot.pv_kwh)
        if self._burning_may_pay(index):
            self._exclude_burning(index, slot, sold)

    def _exclude_trade(
        self, index: int, slot: RequestSlot, bought: tuple[Variable, float], sold: tuple[Variable, float], heat: float
    ) -> None:
        """Import or export, not both: and with it charging beyond the surplus or discharging beyond the shortage.

        The second pair of rows follows from the first where flows are netted. It keeps the relaxation from
        buying and selling at once by halves, which would make such slots hard.
        """
        buys = self._binary(f"g{index}")
        self._row([(bought[0], 1.0), (buys, -bought[1])], pulp.LpConstraintLE, 0.0)
        self._row([(sold[0], 1.0), (buys, sold[1])], pulp.LpConstraintLE, sold[1])
        surplus = curtailable_kwh(slot) - max(slot.load_kwh, 0.0)
        need = _need_kwh(slot)
        shortage = need + heat
        taken_here = [(taken[index], -1.0) for taken in self._charge]
        heated = [(on, -kwh) for on, kwh in self._heaters_at(index)]
        self._row([(bought[0], 1.0), (buys, -need), *taken_here, *heated], pulp.LpConstraintLE, 0.0)
        for battery, taken, given in zip(self._request.batteries, self._charge, self._discharge, strict=True):
            most_taken = max(battery.max_charge_kw, 0.0) * slot.hours
            most_given = max(battery.max_discharge_kw, 0.0) * slot.hours
            from_pv, to_load = min(most_taken, max(surplus, 0.0)), min(most_given, shortage)
            self._row([(taken[index], 1.0), (buys, from_pv - most_taken)], pulp.LpConstraintLE, from_pv)
            self._row([(given[index], 1.0), (buys, most_given - to_load)], pulp.LpConstraintLE, most_given)

    def _exclude_burning(self, index: int, slot: RequestSlot, sold: Variable | None) -> None:
        """Charging or discharging, not both; a discharge goes to load, heaters and export."""
        charges = self._binary(f"b{index}")
        given_here = [(given[index], 1.0) for given in self._discharge]
        heated = [(on, -kwh) for on, kwh in self._heaters_at(index)]
        exported = [] if sold is None else [(sold, -1.0)]
        need = _need_kwh(slot)
        self._row([*given_here, *heated, *exported, (charges, need)], pulp.LpConstraintLE, need)
        for battery, taken, given in zip(self._request.batteries, self._charge, self._discharge, strict=True):
            most_taken = max(battery.max_charge_kw, 0.0) * slot.hours
            most_given = max(battery.max_discharge_kw, 0.0) * slot.hours
            self._row([(taken[index], 1.0), (charges, -most_taken)], pulp.LpConstraintLE, 0.0)
            self._row([(given[index], 1.0), (charges, most_given)], pulp.LpConstraintLE, most_given)

    def _burning_may_pay(self, index: int) -> bool:
        """Whether energy for nothing, here or to make room for paid import ahead, is worth its wear."""
        batteries = self._request.batteries
        if not batteries:
            return False
        # One battery may charge from another, so the worst of each counts.
        round_trip = min(b.charge_efficiency for b in batteries) * min(b.discharge_efficiency for b in batteries)
        wear = min(battery.wear_cost_per_kwh for battery in batteries)
        return (1 - round_trip) * self._lowest_ahead[index] + round_trip * wear < 0


def _need_kwh(slot: RequestSlot) -> float:
    """Load of a slot; PV that takes energy at night is load too."""
    return max(slot.load_kwh, 0.0) + max(-slot.pv_kwh, 0.0)


def _least(amount: float, limit: float | None) -> float:
    return amount if limit is None else min(amount, limit)
