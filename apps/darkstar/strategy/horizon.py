"""How far a plan looks."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..home.operation import PlannerSettings
from ..home.slots import Slot, floor_to_slot, slots_between, to_utc


def horizon_slots(now: datetime, planner: PlannerSettings) -> tuple[Slot, ...]:
    """The slots of a plan made at `now`: what remains of the running one, then whole ones.

    The horizon ends `planner.horizon_hours` after the start of the running slot. Known prices reach 36
    hours ahead at most, so the default of 48 hours covers them. `now` counts to the minute: a first
    slot of a few milliseconds would help nobody.
    """
    start = to_utc(now).replace(second=0, microsecond=0)
    end = floor_to_slot(start, planner.slot_minutes) + timedelta(hours=planner.horizon_hours)
    return slots_between(start, end, planner.slot_minutes)
