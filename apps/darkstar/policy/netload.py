"""The net loads that the first battery answers: what is committed is in them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..forecast.bands import Scenarios
from ..optimizer.request import PlanRequest
from .commitments import Commitments


def expected_net(request: PlanRequest, commitments: Commitments) -> tuple[float, ...]:
    """Expected net load of each slot in kWh.

    Raises:
        ValueError: the commitments do not have the request's number of slots.
    """
    return tuple(
        slot.load_kwh - slot.pv_kwh + committed
        for slot, committed in zip(request.slots, commitments.load_kwh, strict=True)
    )


def scenario_nets(request: PlanRequest, commitments: Commitments, scenarios: Scenarios) -> NDArray[np.float64]:
    """Net loads `[scenario, slot]` in kWh; the expectation is the only one where there are no scenarios.

    Raises:
        ValueError: scenarios or commitments do not have the request's number of slots.
    """
    wrong = [len(scenario) for scenario in scenarios if len(scenario) != len(request.slots)]
    if wrong:
        msg = f"a scenario has {wrong[0]} slots, the request {len(request.slots)}: make both from one horizon"
        raise ValueError(msg)
    if not scenarios:
        return np.array([expected_net(request, commitments)])
    return np.asarray(np.array(scenarios, dtype=float) + np.array(commitments.load_kwh))
