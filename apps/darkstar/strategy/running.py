"""The plan that is carried out, as the optimizer is told of it: what a new plan is to stay near to."""

from __future__ import annotations

from datetime import datetime

from ..optimizer.plan import Plan, PlanSlot, PlanStatus
from ..optimizer.request import RunningSlot


def running_slots(plan: Plan | None, now: datetime) -> tuple[RunningSlot, ...]:
    """The powers of a plan from `now` on; nothing where there is none, or where it is a makeshift without a solver."""
    if plan is None or plan.status is PlanStatus.FALLBACK:
        return ()
    return tuple(_running(slot) for slot in plan.slots if slot.end > now)


def _running(slot: PlanSlot) -> RunningSlot:
    storages = (*slot.batteries, *slot.vehicles)
    return RunningSlot(
        slot.start,
        slot.hours,
        tuple((one.charge_kwh - one.discharge_kwh) / slot.hours for one in storages),
        tuple(kwh / slot.hours for kwh in slot.heaters_kwh),
        tuple(kwh / slot.hours for kwh in slot.loads_kwh),
    )
