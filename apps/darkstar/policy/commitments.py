"""What a plan has decided besides the first battery: load that is fixed, and import peaks to keep."""

from __future__ import annotations

from dataclasses import dataclass

from ..optimizer.plan import Plan
from ..optimizer.request import PlanRequest


@dataclass(frozen=True, slots=True)
class Commitments:
    """What the first battery has to live with.

    `load_kwh` is added to the net load of each slot: heaters, vehicles, deferrable loads, and the flows
    of other batteries. `caps_kw` has one cap per power tariff of the request, as `PlannedPeak` has it.
    """

    plan_id: str
    load_kwh: tuple[float, ...]
    caps_kw: tuple[float, ...] = ()


def commitments_of(request: PlanRequest, plan: Plan) -> Commitments:
    """What `plan` commits to.

    Raises:
        ValueError: the plan does not have the request's number of slots.
    """
    if len(plan.slots) != len(request.slots):
        msg = f"plan {plan.plan_id} has {len(plan.slots)} slots, its request {len(request.slots)}: plan again"
        raise ValueError(msg)
    load = tuple(
        slot.heater_kwh
        + slot.vehicle_kwh
        + slot.deferrable_kwh
        + sum(other.charge_kwh - other.discharge_kwh for other in slot.batteries[1:])
        for slot in plan.slots
    )
    return Commitments(plan.plan_id, load, tuple(peak.cap_kw for peak in plan.peaks))


def no_commitments(request: PlanRequest, plan_id: str) -> Commitments:
    """The commitments of a request that has none."""
    return Commitments(plan_id, (0.0,) * len(request.slots))


def needs_plan(request: PlanRequest) -> bool:
    """Whether a plan commits to anything that the first battery has to know."""
    return bool(
        request.heaters or request.vehicles or request.loads or len(request.batteries) > 1 or request.grid.power_tariffs
    )
