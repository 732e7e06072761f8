"""In which slots water is heated for a hygiene cycle."""

from __future__ import annotations

from ..request import PlanRequest
from ..schedule import Schedule
from .blocks import blocks_of
from .case import heater_cases

_ROUNDING_H = 1e-6


def hygiene_slots(request: PlanRequest, schedule: Schedule) -> frozenset[int]:
    """The slots of the blocks that are whole cycles. A block that is too short has none."""
    return frozenset(
        index
        for case in heater_cases(request)
        if case.hygiene_h is not None
        for block in blocks_of(schedule.heaters_kwh[case.number])
        if case.hygiene_credit_h(block) >= case.hygiene_h[2] - _ROUNDING_H
        for index in range(block.first, block.after)
    )
