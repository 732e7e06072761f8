"""How long a block of heating can be of any use."""

from __future__ import annotations

from collections import defaultdict

from .blocks import Block
from .case import HeaterCase
from .tank import kept_share, most_heat, stored_heat

_ROUNDING = 1e-6
_ALMOST = 0.999
"""A day may get a part of a slot more than it can use, where comfort is worth that."""


def longest_blocks(case: HeaterCase) -> tuple[int, ...]:
    """The most slots that a block may have, by its first slot; 0 where none can begin.

    A longer one would heat more than a day can use or than the tank can hold, at the lowest power.
    """
    days = _Days(case)
    room = _tank_room(case)
    return tuple(_longest(case, days, room, first) for first in range(len(case.kwh)))


def all_blocks(case: HeaterCase) -> tuple[Block, ...]:
    """Every block that may be of use: with these the model is complete."""
    if case.is_free:
        return ()
    return tuple(
        Block(first, first + length)
        for first, longest in enumerate(longest_blocks(case))
        for length in range(1, longest + 1)
        if may_begin(case, first)
    )


def may_begin(case: HeaterCase, first: int) -> bool:
    """Whether a block may begin in a slot at all."""
    goes_on = first == 0 and case.heater.on_at_start
    return goes_on or case.may_start(case.edges_h[first], case.ready_h)


class _Days:
    """Heat at the lowest power that each slot gives to each day."""

    def __init__(self, case: HeaterCase) -> None:
        self.caps = [window.cap_kwh + _ALMOST * max(kwh for _, kwh in window.heat_kwh) for window in case.windows]
        self.heat: list[list[tuple[int, float]]] = [[] for _ in case.kwh]
        for day, window in enumerate(case.windows):
            for slot, kwh in window.heat_kwh:
                self.heat[slot].append((day, kwh * case.least_share))


def _longest(case: HeaterCase, days: _Days, room: tuple[float, ...], first: int) -> int:
    given: dict[int, float] = defaultdict(float)
    tank, level = case.heater.tank, 0.0
    for index in range(first, len(case.kwh)):
        if not case.usable[index]:
            return index - first
        for day, kwh in days.heat[index]:
            given[day] += kwh
        fits = all(given[day] <= days.caps[day] for day, _ in days.heat[index])
        if tank is not None:
            level = level * kept_share(tank, case.request.slots[index])
            level += tank.heat_per_kwh * case.least_share * case.kwh[index]
            if level > room[index] + _ROUNDING:
                return index - first
        if not fits and not _is_asked_for(case, Block(first, index + 1)):
            return index - first
    return len(case.kwh) - first


def _tank_room(case: HeaterCase) -> tuple[float, ...]:
    """Room in the tank at the slots' ends when nothing is heated."""
    tank, slots = case.heater.tank, case.request.slots
    if tank is None:
        return ()
    idle = stored_heat(tank, slots, [0.0] * len(slots))
    return tuple(most - level for most, level in zip(most_heat(tank, slots), idle, strict=True))


def _is_asked_for(case: HeaterCase, block: Block) -> bool:
    """Whether a block is that long because it is locked or wanted, or because the hygiene cycle is."""
    if set(case.locked).issuperset(range(block.first, block.after)):
        return True
    if case.hygiene_h is None:
        return False
    length = case.edges_h[block.after - 1] - case.edges_h[block.first]
    return length < case.hygiene_h[2] - _ROUNDING and case.hygiene_credit_h(block) > 0
