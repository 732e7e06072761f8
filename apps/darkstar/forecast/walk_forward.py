"""A candidate as it would have served: fitted anew from week to week, each time on what was known then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from .candidates import Candidate, Fitted, Material
from .day_grid import Cells, Floats
from .slot_mean import Issues


@dataclass(frozen=True, slots=True)
class Fits:
    """What a candidate had learned when each of the cells `since` began, oldest first. Picklable."""

    name: str
    since: tuple[int, ...]
    fitted: tuple[Fitted, ...]

    @classmethod
    def of(cls, candidate: Candidate, material: Material, begins: Sequence[int]) -> Self:
        """Fit at the begin of each of these cells; those with too little history are left out."""
        learned = [(begin, candidate.fit(material, begin)) for begin in sorted(begins)]
        usable = [(begin, fitted) for begin, fitted in learned if fitted is not None]
        return cls(candidate.name, tuple(begin for begin, _ in usable), tuple(fitted for _, fitted in usable))

    def issued_kw(self, material: Material, issues: Issues, offsets: Cells) -> Floats:
        """Power expected by forecasts issued then (rows), each by the newest fit of its time; NaN before the first."""
        power = np.full((len(issues.cells), len(offsets)), np.nan)
        newest = np.searchsorted(np.array(self.since, dtype=np.int64), issues.cells, side="right") - 1
        for number, fitted in enumerate(self.fitted):
            mine = newest == number
            if mine.any():
                power[mine] = fitted.issued_kw(material, Issues(issues.cells[mine], issues.at_s[mine]), offsets)
        return power
