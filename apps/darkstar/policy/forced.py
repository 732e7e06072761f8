"""What the battery must do in a slot because somebody said so.

The value of stored energy does not know what must be bought or sold. So the battery neither fills nor empties
beforehand because of it, as the plan does not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..optimizer.request import BatteryRequest, PlanRequest, RequestSlot


@dataclass(frozen=True, slots=True)
class Forced:
    """Largest powers in kW, and the stored energy to be bought up to or sold down to (None: as it pays)."""

    max_charge_kw: float
    max_discharge_kw: float
    buys_to_kwh: float | None = None
    sells_to_kwh: float | None = None


def without_demands(request: PlanRequest) -> PlanRequest:
    """The request in which the first battery need not buy or sell; bounds alone stay."""
    first, *others = request.batteries
    bounds = tuple(one for one in first.forced if one.least_charge_kw <= 0 and one.least_discharge_kw <= 0)
    return replace(request, batteries=(replace(first, forced=bounds), *others))


def forced_in(battery: BatteryRequest, slot: RequestSlot) -> Forced | None:
    """What somebody has said of a slot; the rule in which its middle lies. What is to be bought is not given."""
    middle = slot.start + (slot.end - slot.start) / 2
    rule = next((one for one in battery.forced if one.start <= middle < one.end), None)
    if rule is None:
        return None
    charge_kw = _within(battery.max_charge_kw, rule.max_charge_kw)
    discharge_kw = _within(battery.max_discharge_kw, rule.max_discharge_kw)
    if rule.least_charge_kw > 0:
        return Forced(charge_kw, 0.0, buys_to_kwh=min(rule.until_kwh, battery.max_kwh, battery.capacity_kwh))
    if rule.least_discharge_kw > 0:
        return Forced(0.0, discharge_kw, sells_to_kwh=max(rule.until_kwh, battery.min_kwh, 0.0))
    return Forced(charge_kw, discharge_kw)


def _within(own_kw: float, bound_kw: float | None) -> float:
    return max(own_kw if bound_kw is None else min(own_kw, bound_kw), 0.0)
