"""Where stored energy goes: what was stored first is taken first."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Use:
    """So much stored energy is taken out in slot `index`."""

    index: int
    kwh: float


def uses_of(there_kwh: float, added_kwh: Sequence[float], drawn_kwh: Sequence[float]) -> tuple[tuple[Use, ...], ...]:
    """The uses of what is added in each slot, in order of time; all in kWh of stored energy.

    `there_kwh` is stored at the start, above what is never touched. What is never taken out has no use
    within the horizon.
    """
    waiting: deque[tuple[int, float]] = deque([(-1, there_kwh)])
    uses: list[list[Use]] = [[] for _ in added_kwh]
    for index, (added, drawn) in enumerate(zip(added_kwh, drawn_kwh, strict=True)):
        left = drawn
        while left > _TINY and waiting:
            origin, kwh = waiting.popleft()
            taken = min(kwh, left)
            left -= taken
            if origin >= 0 and taken > _TINY:
                uses[origin].append(Use(index, taken))
            if kwh - taken > _TINY:
                waiting.appendleft((origin, kwh - taken))
        if added > _TINY:
            waiting.append((index, added))
    return tuple(map(tuple, uses))
