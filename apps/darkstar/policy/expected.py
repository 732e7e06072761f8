"""The battery path that the owner is shown: the policy's thresholds on the expected net load."""

from __future__ import annotations

from ..optimizer.plan import Plan
from ..optimizer.request import PlanRequest
from .commitments import Commitments, commitments_of
from .netload import expected_net
from .peaks import peak_surcharges
from .response import Levels, reach_of, soc_after, tapered
from .stage import Stage
from .thresholds import Policy, PolicySlot


def expected_path(request: PlanRequest, plan: Plan, policy: Policy) -> tuple[float, ...]:
    """SoC of the first battery in kWh at the end of each slot; empty without battery.

    Raises:
        ValueError: plan or policy do not belong to the request.
    """
    return path_of(request, commitments_of(request, plan), policy)


def path_of(request: PlanRequest, commitments: Commitments, policy: Policy) -> tuple[float, ...]:
    """The same for what is committed.

    Raises:
        ValueError: commitments or policy do not belong to the request.
    """
    if not request.batteries:
        return ()
    if len(policy.slots) != len(request.slots):
        msg = f"policy of plan {policy.plan_id} has {len(policy.slots)} slots, the request {len(request.slots)}"
        raise ValueError(msg)
    battery, path = request.batteries[0], []
    surcharges = peak_surcharges(request, commitments.caps_kw)
    soc = battery.start_kwh
    for index, (slot, net) in enumerate(zip(policy.slots, expected_net(request, commitments), strict=True)):
        stage = Stage.of(request, index, surcharges[index])
        above = [cap.import_kw * slot.hours for cap in slot.caps]
        reach = tapered(battery, reach_of(battery, stage.limits, net, above), soc, stage.hours)
        soc = soc_after(soc, reach, _levels(slot))
        path.append(soc)
    return tuple(path)


def _levels(slot: PolicySlot) -> Levels:
    return Levels(
        slot.grid_charge_to_kwh,
        slot.pv_charge_to_kwh,
        slot.load_floor_kwh,
        slot.export_floor_kwh,
        slot.caps,
        buys_late=slot.buys_kwh_per_hour > 0,
        sells_late=slot.sells_kwh_per_hour > 0,
    )
