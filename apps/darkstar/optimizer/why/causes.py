"""Which later purchase or sale sets the value of a stored kWh.

The value is the same from slot to slot until the battery runs full or empty. On the way, the slot whose
price after losses equals it is its cause.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..ledger import Ledger
from ..plan import Action
from ..request import PlanRequest
from ..schedule import ceiling_kwh

AT_LIMIT_KWH = 0.01
"""A battery so near to its limit is full or empty."""
_SAME_VALUE = 1e-6


@dataclass(frozen=True, slots=True)
class Cause:
    """A slot, None for the time after the horizon, and how its price is said."""

    index: int | None
    words: str
    price: float


def causes_of(
    request: PlanRequest,
    ledger: Ledger,
    actions: Sequence[Action],
    number: int,
    values: Sequence[float],
    tolerance_of: Callable[[float], float],
) -> tuple[Cause | None, ...]:
    """The cause of a battery's value at each slot's end; None where none shows before it runs full or empty.

    Values within `tolerance_of` them have the same cause.
    """
    battery, count = request.batteries[number], len(values)
    setters = [_setter(request, ledger, action, number, index) for index, action in enumerate(actions)]
    top, bottom = ceiling_kwh(battery) - AT_LIMIT_KWH, battery.min_kwh + AT_LIMIT_KWH
    ends = [not bottom < stored < top for stored in ledger.stored_kwh[number]]
    causes: list[Cause | None] = [None] * count
    for index in range(count - 1, -1, -1):
        value, tolerance = values[index], tolerance_of(values[index])
        for later in range(index + 1, count):
            setter = setters[later]
            if setter is not None and abs(setter[0] - value) <= tolerance:
                causes[index] = setter[1]
                break
            if ends[later]:
                break
            if abs(values[later] - value) <= _SAME_VALUE:
                causes[index] = causes[later]
                break
        else:
            if any(abs(step.per_kwh - value) <= tolerance for step in battery.value_steps):
                causes[index] = Cause(None, "its value after the horizon", value)
    return tuple(causes)


def _setter(
    request: PlanRequest, ledger: Ledger, action: Action, number: int, index: int
) -> tuple[float, Cause] | None:
    """What a slot makes a stored kWh worth, when the batteries act in it."""
    battery, slot = request.batteries[number], request.slots[index]
    wear, out = battery.wear_cost_per_kwh, battery.discharge_efficiency
    if action is Action.CHARGE:
        cause = Cause(index, "it can be bought back at", slot.import_price)
        return slot.import_price / battery.charge_efficiency, cause
    if action is Action.STORE and ledger.flows[index].export_kwh > 0:
        cause = Cause(index, "PV can refill it instead of earning", slot.export_price)
        return slot.export_price / battery.charge_efficiency, cause
    if action is Action.DISCHARGE:
        return out * (slot.import_price - wear), Cause(index, "the last import it replaces costs", slot.import_price)
    if action is Action.EXPORT:
        return out * (slot.export_price - wear), Cause(index, "the last sale it makes earns", slot.export_price)
    return None
