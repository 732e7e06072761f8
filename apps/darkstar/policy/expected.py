"""The battery path that the owner is shown: the policy's thresholds on the expected net load."""

from __future__ import annotations

import numpy as np

from ..optimizer.plan import Plan, PlanRequest
from .netload import expected_net
from .response import Levels, limits_of, reach_of, soc_after
from .thresholds import Policy, PolicySlot


def expected_path(request: PlanRequest, plan: Plan, policy: Policy) -> tuple[float, ...]:
    """SoC of the first battery in kWh at the end of each slot; empty without battery.

    Raises:
        ValueError: plan or policy do not belong to the request.
    """
    if not request.batteries:
        return ()
    if len(policy.slots) != len(request.slots):
        msg = f"policy of plan {policy.plan_id} has {len(policy.slots)} slots, the request {len(request.slots)}"
        raise ValueError(msg)
    battery, path = request.batteries[0], []
    soc = np.asarray(battery.start_kwh)
    for slot, net in zip(policy.slots, expected_net(request, plan), strict=True):
        reach = reach_of(battery, limits_of(battery, request.grid, slot.hours), np.asarray(net))
        soc = soc_after(soc, reach, _levels(slot))
        path.append(float(soc))
    return tuple(path)


def _levels(slot: PolicySlot) -> Levels:
    return Levels(
        np.asarray(slot.grid_charge_to_kwh),
        np.asarray(slot.pv_charge_to_kwh),
        np.asarray(slot.load_floor_kwh),
        np.asarray(slot.export_floor_kwh),
    )
