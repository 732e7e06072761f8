"""What is known of the water heater's past: whether it heats, since when it does not, and what must not be cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ..home.observation import Observation
from ..home.slots import Slot
from ..optimizer.plan import Plan
from ..optimizer.request import PlanRequest

_HEATING_SHARE = 0.1
"""A slot with at least this part of the heater's energy in it was heated."""


@dataclass(frozen=True, slots=True)
class Heating:
    """The water heater at one moment. None: unknown, or nothing is locked."""

    heating_now: bool = False
    heated_until: datetime | None = None
    locked_until: datetime | None = None


def heating_at(
    now: datetime, power_kw: float, last: tuple[PlanRequest, Plan] | None, history: Sequence[Observation]
) -> Heating:
    """The water heater at `now`, from the last plan and what was measured, oldest first.

    A block of the last plan that is running stays until its planned end. Where nothing was measured, the
    plan and what its own request knew must do.
    """
    measured = _measured(power_kw, history)
    if last is None:
        return Heating(heated_until=measured)
    request, plan = last
    locked_until = _running_block(plan, now)
    planned = [slot.end for slot in plan.slots if slot.heater_kwh > 0 and slot.end <= now]
    known = request.heaters[0].heated_until if request.heaters else None
    heated_until = measured or max(planned, default=known)
    return Heating(locked_until is not None, heated_until, locked_until)


def _measured(power_kw: float, history: Sequence[Observation]) -> datetime | None:
    heated = (row for row in reversed(history) if (row.heater_kwh or 0.0) > _HEATING_SHARE * power_kw * row.hours)
    last = next(heated, None)
    return None if last is None else Slot(last.start, last.hours).end


def _running_block(plan: Plan, now: datetime) -> datetime | None:
    """The end of the planned block that contains `now`; None where there is none."""
    end = None
    for slot in plan.slots:
        if slot.end <= now:
            continue
        if slot.heater_kwh <= 0 or (end is None and slot.start > now):
            break
        end = slot.end
    return end
