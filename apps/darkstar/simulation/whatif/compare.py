"""Two plans of the same hours side by side: net money, and what is different where."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from ...optimizer.plan import Plan, PlanSlot
from ...optimizer.request import PlanRequest

_NOTICEABLE_KWH = 0.05
"""A slot that differs by less does not."""


@dataclass(frozen=True, slots=True)
class NetMoney:
    """What a plan comes to. `cost` is import less export and wear; `stored` what the storages gain in value."""

    cost: float
    peaks: float
    stored: float

    @property
    def net(self) -> float:
        """All of it."""
        return self.cost + self.peaks - self.stored


@dataclass(frozen=True, slots=True)
class Difference:
    """A stretch of time in which one flow is larger (`kwh` above 0) or smaller than in the plan."""

    flow: str
    start: datetime
    end: datetime
    kwh: float


_FLOWS: dict[str, Callable[[PlanSlot], float]] = {
    "charge": lambda slot: slot.charge_kwh,
    "discharge": lambda slot: slot.discharge_kwh,
    "import": lambda slot: slot.import_kwh,
    "export": lambda slot: slot.export_kwh,
    "curtailed": lambda slot: slot.curtailed_kwh,
    "water heater": lambda slot: slot.heater_kwh,
    "car": lambda slot: slot.vehicle_kwh,
}


def net_money(request: PlanRequest, plan: Plan, yardstick: PlanRequest | None = None) -> NetMoney:
    """The money of a plan; a storage's gain counts what its request says a stored kWh is worth at the end.

    `yardstick` says it in its place for the batteries, so that two plans count alike.
    """
    if not plan.slots:
        return NetMoney(0.0, 0.0, 0.0)
    last = plan.slots[-1]
    ends = [slot.soc_kwh for slot in (*last.batteries, *last.vehicles)]
    judges = (*(yardstick or request).batteries, *request.storages[len(request.batteries) :])
    stored = sum(
        judge.end_value(end) - judge.end_value(storage.start_kwh)
        for judge, storage, end in zip(judges, request.storages, ends, strict=True)
    )
    return NetMoney(plan.cost, sum(peak.cost for peak in plan.peaks), stored)


def differences(before: Sequence[PlanSlot], after: Sequence[PlanSlot]) -> tuple[Difference, ...]:
    """Where two plans of the same slots differ, in order of time."""
    found = (difference for name, flow in _FLOWS.items() for difference in _of_flow(name, flow, before, after))
    return tuple(sorted(found, key=lambda one: (one.start, one.flow)))


def _of_flow(
    name: str, flow: Callable[[PlanSlot], float], before: Sequence[PlanSlot], after: Sequence[PlanSlot]
) -> Iterator[Difference]:
    running: Difference | None = None
    for old, new in zip(before, after, strict=True):
        kwh = flow(new) - flow(old)
        if abs(kwh) < _NOTICEABLE_KWH:
            if running is not None:
                yield running
            running = None
        elif running is not None and (running.kwh > 0) == (kwh > 0):
            running = Difference(name, running.start, new.end, running.kwh + kwh)
        else:
            if running is not None:
                yield running
            running = Difference(name, new.start, new.end, kwh)
    if running is not None:
        yield running
