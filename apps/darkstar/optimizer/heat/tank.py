"""Hot water as stored heat: what a tank has in store, what of that is too little, and how much fits in."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from ..request import RequestSlot, Tank
from ..tiers import COLD_PRICE, SHORTEST_HOURS


def kept_share(tank: Tank, slot: RequestSlot) -> float:
    """Part of the stored heat that is left after a slot."""
    return max(1.0 - tank.loss_per_hour * slot.hours, 0.0)


def drawn_kwh(tank: Tank, index: int) -> float:
    """Heat drawn off in a slot."""
    return tank.draws_kwh[index] if index < len(tank.draws_kwh) else 0.0


def stored_heat(tank: Tank, slots: Sequence[RequestSlot], energies_kwh: Sequence[float]) -> tuple[float, ...]:
    """Stored heat at the slots' ends in kWh when the heater takes these energies.

    Below zero it is heat that was wanted and not there: it has to be made up for.
    """
    steps = (
        (kept_share(tank, slot), tank.heat_per_kwh * energy - drawn_kwh(tank, index))
        for index, (slot, energy) in enumerate(zip(slots, energies_kwh, strict=True))
    )
    levels = accumulate(steps, lambda level, step: level * step[0] + step[1], initial=tank.initial_kwh)
    return tuple(levels)[1:]


def most_heat(tank: Tank, slots: Sequence[RequestSlot]) -> tuple[float, ...]:
    """Most heat that may be stored at the slots' ends: a tank that starts above its maximum cools by itself."""
    return tuple(max(tank.max_kwh, level) for level in stored_heat(tank, slots, [0.0] * len(slots)))


def cold_price(slot: RequestSlot) -> float:
    """What a kWh below the minimum counts at the end of a slot, in price levels."""
    return COLD_PRICE * max(slot.hours, SHORTEST_HOURS)
