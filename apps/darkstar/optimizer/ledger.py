"""The account of a schedule: grid flows, SoC, money and unmet wishes, computed from physics alone."""

from __future__ import annotations

from dataclasses import dataclass

from .curtail import cheapest_curtailment, legal
from .request import PlanRequest
from .schedule import Schedule, import_limit_kwh, net_without_storage, next_soc
from .wishes.account import Account, Flow
from .wishes.forced import forced_wishes
from .wishes.grid import grid_wishes
from .wishes.heaters import heater_wishes
from .wishes.loads import load_wishes
from .wishes.peaks import peak_wishes
from .wishes.storages import storage_wishes

_TINY = 1e-9
_WISHES = (grid_wishes, heater_wishes, storage_wishes, forced_wishes, load_wishes, peak_wishes)


@dataclass(frozen=True, slots=True)
class Ledger:
    """A schedule and what comes of it. `stored_kwh` is `[storage][slot]`, at the slots' ends."""

    schedule: Schedule
    flows: tuple[Flow, ...]
    stored_kwh: tuple[tuple[float, ...], ...]
    cost: float
    objective: float
    unmet: tuple[str, ...]


def settle(request: PlanRequest, schedule: Schedule) -> Ledger:
    """The account of a schedule that keeps the home's limits (see `within_limits`).

    Import and export of a slot follow from the decisions, so they never share a slot.
    """
    flows = tuple(_flow(request, schedule, index) for index in range(len(request.slots)))
    stored = tuple(_path(request, schedule, number) for number in range(len(request.storages)))
    cost = sum(flow.cost for flow in flows)
    kept = sum(
        storage.end_value(path[-1] if path else storage.start_kwh)
        for storage, path in zip(request.storages, stored, strict=True)
    )
    account = Account(request, schedule, flows, stored)
    wishes = [wish for wishes_of in _WISHES for wish in wishes_of(account)]
    objective = cost - kept + sum(wish.money for wish in wishes)
    return Ledger(schedule, flows, stored, cost, objective, tuple(wish.words for wish in wishes if wish.words))


def _flow(request: PlanRequest, schedule: Schedule, index: int) -> Flow:
    slot = request.slots[index]
    charged = sum(row[index] for row in schedule.charge_kwh)
    discharged = sum(row[index] for row in schedule.discharge_kwh)
    net = net_without_storage(request, schedule, index) + charged - discharged
    wanted = schedule.curtailed_kwh
    curtailed = cheapest_curtailment(request, slot, net) if wanted is None else legal(request, slot, net, wanted[index])
    grid = net + curtailed
    bought, sold = max(grid, 0.0), max(-grid, 0.0)
    limit = import_limit_kwh(request, slot)
    wear = sum(
        battery.wear_cost_per_kwh * row[index]
        for battery, row in zip(request.storages, schedule.discharge_kwh, strict=True)
    )
    cost = bought * slot.import_price - sold * slot.export_price + wear
    return Flow(bought, sold, curtailed, 0.0 if limit is None else _positive(bought - limit), cost)


def _path(request: PlanRequest, schedule: Schedule, number: int) -> tuple[float, ...]:
    battery = request.storages[number]
    soc, path = battery.start_kwh, []
    for charge, discharge in zip(schedule.charge_kwh[number], schedule.discharge_kwh[number], strict=True):
        soc = next_soc(battery, soc, charge, discharge)
        path.append(soc)
    return tuple(path)


def _positive(kwh: float) -> float:
    return kwh if kwh > _TINY else 0.0
