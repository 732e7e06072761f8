"""The account of a schedule: grid flows, SoC, money and unmet wishes, computed from physics alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .heat import HeatWindow, heat_windows, starts
from .plan import IMPORT_BREACH_PRICE, PlanRequest, RequestSlot
from .schedule import (
    Schedule,
    curtailable_kwh,
    export_limit_kwh,
    import_limit_kwh,
    net_without_battery,
    next_soc,
)

COLD_PRICE = 20.0
"""Price of a kWh of heat that is not delivered, in price levels."""
SHORTEST_HOURS = 0.25
"""A rest outside the soft band counts as at least this long, so that a short first slot is no loophole."""
_TINY = 1e-9
_WORTH_SAYING_KWH = 0.005


@dataclass(frozen=True, slots=True)
class Flow:
    """Grid side of a slot, in kWh; `breach_kwh` is the part of the import above the limit."""

    import_kwh: float
    export_kwh: float
    curtailed_kwh: float
    breach_kwh: float
    cost: float
    """Import cost - export revenue + battery wear."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """A schedule and what comes of it. `stored_kwh` is `[battery][slot]`, at the slots' ends."""

    schedule: Schedule
    flows: tuple[Flow, ...]
    stored_kwh: tuple[tuple[float, ...], ...]
    cost: float
    objective: float
    unmet: tuple[str, ...]


def settle(request: PlanRequest, schedule: Schedule) -> Ledger:
    """The account of a schedule that keeps the home's limits (see `within_limits`).

    Given batteries and heaters, import, export and curtailment of a slot follow as the cheapest
    possible ones, so import and export never share a slot.
    """
    flows = tuple(_flow(request, schedule, index) for index in range(len(request.slots)))
    stored = tuple(_path(request, schedule, number) for number in range(len(request.batteries)))
    cost = sum(flow.cost for flow in flows)
    level = request.price_level
    kept = sum(
        battery.end_value_per_kwh * (path[-1] if path else battery.start_kwh)
        for battery, path in zip(request.batteries, stored, strict=True)
    )
    outside = sum(
        battery.band_price(soc, level) * max(slot.hours, SHORTEST_HOURS)
        for battery, path in zip(request.batteries, stored, strict=True)
        for soc, slot in zip(path, request.slots, strict=True)
    )
    breach = sum(flow.breach_kwh for flow in flows)
    windows = heat_windows(request)
    cold = sum(max(window.need_kwh - window.delivered_kwh(schedule.heats[window.heater]), 0.0) for window in windows)
    started = sum(
        heater.start_cost * starts(on, on_at_start=heater.on_at_start)
        for heater, on in zip(request.heaters, schedule.heats, strict=True)
    )
    wishes = level * (IMPORT_BREACH_PRICE * breach + COLD_PRICE * cold) + outside + started
    return Ledger(
        schedule,
        flows,
        stored,
        cost,
        cost - kept + wishes,
        (*_over(request, flows), *_cold(windows, schedule), *_below(request, stored)),
    )


def _flow(request: PlanRequest, schedule: Schedule, index: int) -> Flow:
    slot = request.slots[index]
    charged = sum(row[index] for row in schedule.charge_kwh)
    discharged = sum(row[index] for row in schedule.discharge_kwh)
    net = net_without_battery(request, schedule, index) + charged - discharged
    curtailed = _curtailment(request, slot, net)
    grid = net + curtailed
    bought, sold = max(grid, 0.0), max(-grid, 0.0)
    limit = import_limit_kwh(request, slot)
    wear = sum(
        battery.wear_cost_per_kwh * row[index]
        for battery, row in zip(request.batteries, schedule.discharge_kwh, strict=True)
    )
    cost = bought * slot.import_price - sold * slot.export_price + wear
    return Flow(bought, sold, curtailed, 0.0 if limit is None else _positive(bought - limit), cost)


def _curtailment(request: PlanRequest, slot: RequestSlot, net_kwh: float) -> float:
    """The cheapest legal curtailment: the cost is linear between these few candidates."""
    most = curtailable_kwh(slot)
    sale, purchase = export_limit_kwh(request, slot), import_limit_kwh(request, slot)
    must = 0.0 if sale is None else min(max(-net_kwh - sale, 0.0), most)
    may = most if purchase is None else min(max(purchase - net_kwh, must), most)
    to_balance = min(max(-net_kwh, must), may)
    best, least_cost = must, None
    for curtailed in (must, to_balance, may):
        grid = net_kwh + curtailed
        cost = max(grid, 0.0) * slot.import_price - max(-grid, 0.0) * slot.export_price
        if least_cost is None or cost < least_cost - _TINY:
            best, least_cost = curtailed, cost
    return best


def _path(request: PlanRequest, schedule: Schedule, number: int) -> tuple[float, ...]:
    battery = request.batteries[number]
    soc, path = battery.start_kwh, []
    for charge, discharge in zip(schedule.charge_kwh[number], schedule.discharge_kwh[number], strict=True):
        soc = next_soc(battery, soc, charge, discharge)
        path.append(soc)
    return tuple(path)


def _positive(kwh: float) -> float:
    return kwh if kwh > _TINY else 0.0


def _over(request: PlanRequest, flows: Sequence[Flow]) -> Iterator[str]:
    over = [flow.breach_kwh for flow in flows if flow.breach_kwh > _WORTH_SAYING_KWH]
    if over:
        yield (
            f"import limit of {request.grid.max_import_kw:g} kW exceeded by {sum(over):.2f} kWh "
            f"in {len(over)} slot(s): the load alone is above it"
        )


def _cold(windows: Sequence[HeatWindow], schedule: Schedule) -> Iterator[str]:
    for window in windows:
        owed = window.day.energy_kwh
        missing = owed - window.delivered_kwh(schedule.heats[window.heater])
        if missing > window.tolerance_kwh + _TINY:
            yield (
                f"water heater {window.heater + 1}: {missing:.2f} of {owed:.2f} kWh of heat do not fit "
                f"into the {len(window.heat_kwh)} slot(s) of the day that are planned"
            )


def _below(request: PlanRequest, stored: Sequence[Sequence[float]]) -> Iterator[str]:
    for number, (battery, path) in enumerate(zip(request.batteries, stored, strict=True)):
        below = [battery.min_kwh - soc for soc in path if battery.min_kwh - soc > _WORTH_SAYING_KWH]
        if below:
            yield (
                f"battery {number + 1} is up to {max(below):.2f} kWh below its floor of {battery.min_kwh:.2f} kWh "
                f"at the end of {len(below)} slot(s)"
            )
