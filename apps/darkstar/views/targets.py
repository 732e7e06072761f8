"""The SoC that the battery is steered towards."""

from __future__ import annotations

from ..optimizer.plan import Action, PlanSlot
from ..policy.thresholds import PolicySlot


def soc_target_kwh(plan_slot: PlanSlot, policy_slot: PolicySlot) -> float:
    """The level of the policy that belongs to the planned action, in kWh of stored energy.

    Grid charging ends at `grid_charge_to`, storing at `pv_charge_to`, covering load at `load_floor`,
    selling at `export_floor`. A resting battery keeps what the plan leaves in it.
    """
    match plan_slot.action:
        case Action.CHARGE:
            return policy_slot.grid_charge_to_kwh
        case Action.STORE:
            return policy_slot.pv_charge_to_kwh
        case Action.DISCHARGE:
            return policy_slot.load_floor_kwh
        case Action.EXPORT:
            return policy_slot.export_floor_kwh
    return plan_slot.soc_kwh
