"""How much can flow in a slot at all: known before any device is added."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from ..curtail import surplus_is_in_the_way
from ..request import Curtailment, HeaterRequest, PlanRequest, RequestSlot
from ..schedule import curtailable_kwh, export_limit_kwh, import_limit_kwh
from ..tiers import CURTAILED_PRICE


@dataclass(frozen=True, slots=True)
class SlotBounds:
    """Largest flows of a slot in kWh (AC): grid, and what all heaters and deferrable loads can take."""

    most_bought: float
    most_sold: float
    heat: float
    deferrable: float
    need: float
    """Load of the slot; PV that takes energy at night is load too."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bounds per slot; where the fuse cannot hold; the lowest price of a kWh too many from a slot on."""

    slots: tuple[SlotBounds, ...]
    may_breach: tuple[bool, ...]
    lowest_ahead: tuple[float, ...]

    @property
    def floors_are_soft(self) -> bool:
        """Whether a battery may be needed below its floor to save the fuse."""
        return any(self.may_breach)


def bounds_of(request: PlanRequest) -> Bounds:
    """The bounds of a request."""
    after = min((storage.value_steps[-1].per_kwh for storage in request.storages), default=0.0)
    backwards = accumulate((_lowest_price(request, slot) for slot in reversed(request.slots)), min, initial=after)
    return Bounds(
        tuple(_slot_bounds(request, slot) for slot in request.slots),
        tuple(_may_breach(request, slot) for slot in request.slots),
        tuple(list(backwards)[:0:-1]),
    )


def _slot_bounds(request: PlanRequest, slot: RequestSlot) -> SlotBounds:
    heat = sum(heater.power_kw * slot.hours for heater in request.heaters)
    deferrable = sum(max(load.profile_kw, default=0.0) * slot.hours for load in request.loads)
    charge = sum(max(storage.max_charge_kw, 0.0) * slot.hours for storage in request.storages)
    discharge = sum(max(storage.max_discharge_kw, 0.0) * slot.hours for storage in request.storages)
    need = max(slot.load_kwh, 0.0) + max(-slot.pv_kwh, 0.0)
    return SlotBounds(
        most_bought=_least(need + heat + deferrable + charge, import_limit_kwh(request, slot)),
        most_sold=_least(curtailable_kwh(slot) + discharge, export_limit_kwh(request, slot)),
        heat=heat,
        deferrable=deferrable,
        need=need,
    )


def _least(amount: float, limit: float | None) -> float:
    return amount if limit is None else min(amount, limit)


def _may_breach(request: PlanRequest, slot: RequestSlot) -> bool:
    """Whether what cannot be put off is above the import limit; a run that is under way cannot."""
    limit = import_limit_kwh(request, slot)
    if limit is None:
        return False
    locked = [one.power_kw for one in request.heaters if _must_heat(one, slot)]
    running = [max(one.profile_kw, default=0.0) for one in request.loads if one.running_since is not None]
    pv = slot.pv_kwh
    if request.grid.curtailment is Curtailment.ALL and surplus_is_in_the_way(request, slot):
        pv = min(pv, 0.0)
    return slot.load_kwh - pv + (sum(locked) + sum(running)) * slot.hours > limit


def _must_heat(heater: HeaterRequest, slot: RequestSlot) -> bool:
    if heater.locked_until is not None and heater.locked_until > slot.start:
        return True
    return any(window.start < slot.end and window.end > slot.start for window in heater.wanted)


def _lowest_price(request: PlanRequest, slot: RequestSlot) -> float:
    """What a kWh too many is worth at worst; below 0 it may pay to burn it.

    Where PV can be given up in parts that is what import pays. Else surplus may have to be sold at a
    loss, or be in the way.
    """
    curtailment = request.grid.curtailment
    if curtailment is Curtailment.PART or curtailable_kwh(slot) <= 0:
        return slot.import_price
    if surplus_is_in_the_way(request, slot):
        return -CURTAILED_PRICE * request.price_level
    return min(slot.import_price, slot.export_price)
