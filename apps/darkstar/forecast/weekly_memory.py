"""What is worked out once a week from past weeks, kept by the content of those weeks.

A week is one of the quantity's clock: seven times 96 cells. Whatever was asked before, the same rows
give the same answer; rows that were measured later do not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from hashlib import blake2b
from threading import Lock
from typing import Any, TypeVar

import numpy as np

from .slot_mean import WEEK_CELLS, SlotMean

_T = TypeVar("_T")
_ROOM = 64
_kept: dict[Hashable, Any] = {}
_lock = Lock()


class WeeklyMemory:
    """Finds what was worked out for the weeks of one mean, here or for an equal one before."""

    def __init__(self, mean: SlotMean) -> None:
        self._mean = mean
        self._digests: dict[int, bytes] = {}
        self._model = (mean.reference, mean.grid.zone, mean.default_level, mean.days, mean.other_kind_weight)

    def recall(self, what: str, week: int, weeks_before: int, make: Callable[[], _T]) -> _T:
        """`make()`, which may depend on nothing but `week` and the rows of so many weeks before it."""
        content = tuple(self._digest(each) for each in range(week - weeks_before, week))
        key = (what, week, self._model, content)
        with _lock:
            if key in _kept:
                found: _T = _kept[key]
                return found
        made = make()
        with _lock:
            _kept[key] = made
            while len(_kept) > _ROOM:
                del _kept[next(iter(_kept))]
        return made

    def _digest(self, week: int) -> bytes:
        if week not in self._digests:
            grid = self._mean.grid
            first, last = (np.clip(edge * WEEK_CELLS - grid.first, 0, len(grid.power_kw)) for edge in (week, week + 1))
            digest = blake2b(f"{grid.first + first} {last - first}".encode(), digest_size=16)
            digest.update(grid.power_kw[first:last].tobytes())
            digest.update(grid.known_at_s[first:last].tobytes())
            self._digests[week] = digest.digest()
        return self._digests[week]
