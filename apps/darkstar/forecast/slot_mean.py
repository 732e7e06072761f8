"""The same-slot mean of one quantity: what it was at this time of day on past days.

Measured power is taken relative to a reference shape (a standard household, a cloudless sky). The
mean over past days weighs each by its age and by its kind of day, and one more "day" that has the
reference's shape at this home's level; so a home with two days of history has a sensible forecast,
and one with none has the reference itself. Measured on five homes (Sweden, France, three in
California): age and kind of day lower the mean absolute error of load by 2.5 to 4 % against the
plain mean of 14 days; on two of them the additional day lowers the root mean square error by 1 % at
seven days of history and by 13 % at one, and age and clear-sky shape the error of PV by 2 to 5 %.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt

from .day_grid import DAY_CELLS, Cells, DayGrid, Floats, cell_at, is_weekend, same_time_before

HALF_LIFE_DAYS = 7.0
REFERENCE_DAYS = 1.0
"""Weight of the reference shape, in days."""


@dataclass(frozen=True, slots=True)
class _Past:
    """The days before each of several issue times, as known then: (issue, day, time of day)."""

    power_kw: Floats
    shape: Floats
    known: npt.NDArray[np.bool_]
    weekend: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SlotMean:
    """Same-slot mean of one quantity over the last `days` days.

    `reference` gives the shape by cell, `highest_kw` the most that is possible at a value of it;
    `default_level` times the shape is the forecast of a home without history; a day of the other kind
    (weekend for a working day) weighs `other_kind_weight`.
    """

    grid: DayGrid
    reference: Callable[[Cells], Floats]
    highest_kw: Callable[[Floats], Floats]
    default_level: float
    days: int
    other_kind_weight: float
    _shape: Floats = field(init=False)
    _weekend: npt.NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        """Work out once what is needed of all measured cells."""
        cells = np.arange(len(self.grid.power_kw), dtype=np.int64) + self.grid.first
        object.__setattr__(self, "_shape", self.reference(cells))
        object.__setattr__(self, "_weekend", is_weekend(cells))

    def measured_share(self, issued_at: datetime) -> float:
        """Share of the quarter-hours of a day that were measured at least once in the days before `issued_at`."""
        return float(self._past(issued_at, [0]).known[0].any(axis=0).mean())

    def expected_kw(self, issued_at: datetime, cells: Cells) -> Floats:
        """Expected power in cells at or after `issued_at`."""
        return np.asarray(self._issued_kw(issued_at, [0], cells, self.reference(cells)[None, :])[0], dtype=np.float64)

    def ceiling_kw(self, cells: Cells) -> Floats:
        """Most power that is possible in cells."""
        return self.highest_kw(self.reference(cells))

    def residuals_kw(self, issued_at: datetime, days: Sequence[int], cells: Cells) -> Floats:
        """How wrong the forecasts were that would have been issued at this time of day `days` days ago.

        One row per entry of `days`: measured less expected power in the cells as many days before
        `cells`; NaN where nothing was measured by `issued_at`. Each of those forecasts is made from
        what was known then.
        """
        at = self.grid.positions(_moved_back(cells, days))
        measured = np.where(self.grid.known_at_s[at] <= issued_at.timestamp(), self.grid.power_kw[at], np.nan)
        return measured - self._issued_kw(issued_at, days, cells, self._shape[at])

    def samples_kw(self, issued_at: datetime, cells: Cells) -> Floats:
        """Power on each past day (rows) at the time of each cell, scaled by the reference; NaN where unknown."""
        past = self._past(issued_at, [0])
        usable = past.known[0] & (past.shape[0] > 0)
        ratio = np.where(usable, past.power_kw[0], np.nan) / np.where(usable, past.shape[0], 1.0)
        column = (cells - cell_at(issued_at, self.grid.zone)) % DAY_CELLS
        shape = self.reference(cells)
        return np.minimum(ratio[:, column] * shape, self.highest_kw(shape))

    def _issued_kw(self, issued_at: datetime, days: Sequence[int], cells: Cells, shape: Floats) -> Floats:
        """Forecasts issued `days` days ago (rows) for the cells as many days before `cells`, of given shape."""
        past = self._past(issued_at, days)
        by_age = 0.5 ** (np.arange(self.days) / HALF_LIFE_DAYS)
        weight = past.known * by_age[None, :, None]
        weekend = is_weekend(_moved_back(cells, days))
        column = (cells - cell_at(issued_at, self.grid.zone)) % DAY_CELLS

        def weighed(quantity: Floats) -> Floats:
            return self._sum_by_kind(weight * quantity, past.weekend, weekend, column)

        total_shape = (weight * past.shape).sum(axis=(1, 2))
        total_kw = (weight * past.power_kw).sum(axis=(1, 2))
        level = np.where(total_shape > 0, total_kw / np.where(total_shape > 0, total_shape, 1.0), self.default_level)
        pull = REFERENCE_DAYS * shape
        parts = weighed(past.shape) + pull
        ratio = (weighed(past.power_kw) + level[:, None] * pull) / np.where(parts > 0, parts, 1.0)
        return np.minimum(shape * ratio, self.highest_kw(shape))

    def _sum_by_kind(
        self,
        weighed: Floats,
        weekend: npt.NDArray[np.bool_],
        target_weekend: npt.NDArray[np.bool_],
        column: Cells,
    ) -> Floats:
        """Sum over the past days, those of the other kind than the target's at their smaller weight."""
        both = weighed.sum(axis=1)[:, column]
        weekends = (weighed * weekend).sum(axis=1)[:, column]
        other = np.where(target_weekend, both - weekends, weekends)
        return np.asarray(both - (1 - self.other_kind_weight) * other, dtype=np.float64)

    def _past(self, issued_at: datetime, days: Sequence[int]) -> _Past:
        issue = cell_at(issued_at, self.grid.zone)
        day_starts = issue - DAY_CELLS * (np.array(days, dtype=np.int64)[:, None] + 1 + np.arange(self.days)[None, :])
        cells = day_starts[:, :, None] + np.arange(DAY_CELLS)[None, None, :]
        at = self.grid.positions(cells)
        issued_s = same_time_before(issued_at, self.grid.zone, days)
        known = self.grid.known_at_s[at] <= issued_s[:, None, None]
        return _Past(np.where(known, self.grid.power_kw[at], 0.0), self._shape[at], known, self._weekend[at])


def _moved_back(cells: Cells, days: Sequence[int]) -> Cells:
    return cells[None, :] - DAY_CELLS * np.array(days, dtype=np.int64)[:, None]
