"""The net loads that the first battery answers: heaters and the plan's other batteries are in them."""

from __future__ import annotations

import numpy as np

from ..forecast.bands import Scenarios
from ..optimizer.plan import Plan, PlanRequest
from .response import Values


def expected_net(request: PlanRequest, plan: Plan) -> tuple[float, ...]:
    """Expected net load of each slot in kWh.

    Raises:
        ValueError: the plan does not have the request's number of slots.
    """
    return tuple(
        slot.load_kwh - slot.pv_kwh + planned
        for slot, planned in zip(request.slots, _planned(request, plan), strict=True)
    )


def scenario_nets(request: PlanRequest, plan: Plan, scenarios: Scenarios) -> Values:
    """Net loads `[scenario, slot]` in kWh; the expectation is the only one where there are no scenarios.

    Raises:
        ValueError: plan or scenarios do not have the request's number of slots.
    """
    wrong = [len(scenario) for scenario in scenarios if len(scenario) != len(request.slots)]
    if wrong:
        msg = f"a scenario has {wrong[0]} slots, the request {len(request.slots)}: make both from one horizon"
        raise ValueError(msg)
    if not scenarios:
        return np.array([expected_net(request, plan)])
    return np.asarray(np.array(scenarios, dtype=float) + np.array(_planned(request, plan)))


def _planned(request: PlanRequest, plan: Plan) -> tuple[float, ...]:
    if len(plan.slots) != len(request.slots):
        msg = f"plan {plan.plan_id} has {len(plan.slots)} slots, its request {len(request.slots)}: plan again"
        raise ValueError(msg)
    return tuple(
        slot.heater_kwh + sum(other.charge_kwh - other.discharge_kwh for other in slot.batteries[1:])
        for slot in plan.slots
    )
