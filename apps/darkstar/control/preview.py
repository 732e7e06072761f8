"""What the next slot would decide, if everything stays as it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from ..home.manual_block import ManualBlock
from ..home.readings import Measurement, Readings
from ..home.settings import HomeSettings
from ..home.slots import SLOT_MINUTES, floor_to_slot
from ..optimizer.plan import Plan
from ..policy.thresholds import Policy
from .decide import decide
from .decision import ActiveOverrides, Decision
from .lookup import current


def next_decision(
    plan: Plan | None,
    policy: Policy | None,
    readings: Readings,
    overrides: ActiveOverrides,
    home: HomeSettings,
    previous: Decision | None,
    now: datetime,
    blocks: tuple[ManualBlock, ...] = (),
) -> Decision:
    """The decision at the start of the next slot.

    With the readings of now and the SoC that the plan has there, and with the quick actions that still
    hold then. Without a plan the next quarter-hour counts as the next slot.
    """
    running = plan.slot_at(now) if plan is not None else None
    start = running.end if running is not None else floor_to_slot(now) + timedelta(minutes=SLOT_MINUTES)
    held = current(plan, policy, home, start)
    then = replace(readings, read_at=start)
    if running is not None and plan is not None and plan.capacity_kwh > 0 and readings.soc_percent is not None:
        soc_percent = running.soc_kwh / plan.capacity_kwh * 100
        then = replace(then, soc_percent=Measurement(soc_percent, start, readings.soc_percent.entity_id))
    return decide(held.plan_slot, held.policy_slot, then, overrides, home, previous, start, blocks)
