"""Plain self-use as thresholds: what holds where the guard has found it to be better than the plan."""

from __future__ import annotations

from dataclasses import replace

from ..optimizer.request import BatteryRequest
from .thresholds import Policy


def self_use(policy: Policy, battery: BatteryRequest) -> Policy:
    """The policy with levels that never buy or sell: surplus is stored up to full, load covered down to the floor."""
    top = min(max(battery.max_kwh, 0.0), battery.capacity_kwh)
    floor = min(max(battery.min_kwh, 0.0), battery.capacity_kwh)
    slots = tuple(
        replace(
            slot,
            grid_charge_to_kwh=0.0,
            pv_charge_to_kwh=top,
            load_floor_kwh=floor,
            export_floor_kwh=battery.capacity_kwh,
            caps=(),
        )
        for slot in policy.slots
    )
    return replace(policy, slots=slots)
