"""SoC goals on the slots of a request: what is to be stored at which slot's end, and what a kWh less counts.

A goal within the horizon counts at the first slot end at or after it. For one after the horizon the part
that could not be charged any more after the horizon counts as if it were due at the horizon's end. The
rest counts what charging it costs on average within the horizon, less what a stored kWh is worth anyway:
cheap slots are used, dear ones left to the time after.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .power_limits import available_hours
from .request import BatteryRequest, PlanRequest, SocGoal
from .tiers import GOAL_PRICE

_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Target:
    """At least `kwh` stored at the end of slot `index`; each kWh less counts `price` in money.

    `goal` is what it comes from; None where the target only values what is better charged early.
    """

    index: int
    kwh: float
    price: float
    goal: SocGoal | None


def targets_of(request: PlanRequest, storage: BatteryRequest) -> tuple[Target, ...]:
    """The targets of one storage."""
    return tuple(target for goal in storage.goals for target in _targets(request, storage, goal) if target.kwh > _TINY)


def price_of(request: PlanRequest, goal: SocGoal) -> float:
    """What a kWh less than the goal counts, in money."""
    return GOAL_PRICE * request.price_level if goal.price_per_kwh is None else max(goal.price_per_kwh, 0.0)


def _targets(request: PlanRequest, storage: BatteryRequest, goal: SocGoal) -> Iterator[Target]:
    slots = request.slots
    if not slots or goal.at <= slots[0].start:
        return
    kwh, price, last = min(goal.min_kwh, storage.capacity_kwh), price_of(request, goal), len(slots) - 1
    if goal.at <= request.end:
        yield Target(next(index for index, slot in enumerate(slots) if slot.end >= goal.at), kwh, price, goal)
        return
    hours = [available_hours(storage, slot.start, slot.end) for slot in slots]
    if sum(hours) <= _TINY or storage.max_charge_kw < max(storage.min_charge_kw, _TINY):
        return
    later = storage.max_charge_kw * storage.charge_efficiency * available_hours(storage, request.end, goal.at)
    mean = sum(slot.import_price * part for slot, part in zip(slots, hours, strict=True)) / sum(hours)
    worth = min(max(mean / storage.charge_efficiency - storage.value_steps[0].per_kwh, 0.0), price)
    yield Target(last, kwh, worth, None)
    yield Target(last, kwh - later, price - worth, goal)
