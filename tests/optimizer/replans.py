"""A home that plans again and again: what a new plan inherits from the one before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random

from darkstar.optimizer.plan import Churn, Plan, PlanSlot
from darkstar.optimizer.request import HeaterRequest, PlanRequest, RequestSlot, RunningSlot
from darkstar.optimizer.solve import plan


def running_of(planned: Plan) -> tuple[RunningSlot, ...]:
    """A plan as the running one."""
    return tuple(
        RunningSlot(
            slot.start,
            slot.hours,
            tuple((one.charge_kwh - one.discharge_kwh) / slot.hours for one in (*slot.batteries, *slot.vehicles)),
            tuple(kwh / slot.hours for kwh in slot.heaters_kwh),
            tuple(kwh / slot.hours for kwh in slot.loads_kwh),
        )
        for slot in planned.slots
    )


@dataclass(frozen=True)
class Step:
    """One plan and the one before it."""

    before: Plan
    after: Plan

    @property
    def first(self) -> tuple[PlanSlot, PlanSlot]:
        """The new plan's first slot in the old plan and in the new one."""
        start = self.after.slots[0].start
        return next(slot for slot in self.before.slots if slot.start == start), self.after.slots[0]

    @property
    def churn(self) -> Churn:
        """How far the new plan is from the old one."""
        assert self.after.churn is not None
        return self.after.churn

    @property
    def changed(self) -> float:
        """Share of the common slots with another word for what the battery does."""
        old = {slot.start: slot.action for slot in self.before.slots}
        common = [slot for slot in self.after.slots if slot.start in old]
        return sum(slot.action is not old[slot.start] for slot in common) / len(common)


def replans(request: PlanRequest, steps: int, noise: float = 0.0) -> list[Step]:
    """Plan, let a slot pass as planned, plan again. `noise` is the relative error of load, PV and SoC."""
    rng, made = Random(7), [plan(_shown(request, request, 0, steps, noise, Random(3)))]
    asked = request
    for step in range(1, steps):
        asked = _shown(_after(asked, made[-1]), request, step, steps, noise, rng)
        made.append(plan(replace(asked, running=running_of(made[-1]))))
    return [Step(before, after) for before, after in pairwise(made)]


def _shown(asked: PlanRequest, whole: PlanRequest, step: int, steps: int, noise: float, rng: Random) -> PlanRequest:
    """What is known at a step: a window on the slots, seen with noise."""
    window = whole.slots[step : len(whole.slots) - steps + step]
    batteries = tuple(
        replace(one, initial_kwh=one.initial_kwh + noise * one.capacity_kwh * rng.gauss(0, 1))
        for one in asked.batteries
    )
    return replace(asked, created_at=window[0].start, slots=_noisy(window, noise, rng), batteries=batteries)


def _noisy(slots: Sequence[RequestSlot], noise: float, rng: Random) -> tuple[RequestSlot, ...]:
    return tuple(
        replace(
            slot,
            load_kwh=slot.load_kwh * (1 + noise * rng.gauss(0, 1)),
            pv_kwh=slot.pv_kwh * (1 + noise * rng.gauss(0, 1)),
        )
        for slot in slots
    )


def _after(asked: PlanRequest, made: Plan) -> PlanRequest:
    """The home when the first slot has passed as planned."""
    first = made.slots[0]
    batteries = tuple(
        replace(one, initial_kwh=slot.soc_kwh) for one, slot in zip(asked.batteries, first.batteries, strict=True)
    )
    heaters = tuple(_heated(heater, first, kwh) for heater, kwh in zip(asked.heaters, first.heaters_kwh, strict=True))
    return replace(asked, batteries=batteries, heaters=heaters)


def _heated(heater: HeaterRequest, first: PlanSlot, kwh: float) -> HeaterRequest:
    days = tuple(
        replace(day, start=max(day.start, first.end), energy_kwh=max(day.energy_kwh - kwh, 0.0))
        if day.start <= first.start
        else day
        for day in heater.days
        if day.end > first.end
    )
    return replace(heater, days=days, on_at_start=kwh > 0)
