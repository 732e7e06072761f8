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

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from .day_grid import DAY_CELLS, Cells, DayGrid, Floats, cell_at, is_weekend, same_time_before, starts_s

HALF_LIFE_DAYS = 7.0
REFERENCE_DAYS = 1.0
"""Weight of the reference shape, in days."""
WEEK_CELLS = 7 * DAY_CELLS


class Reference(Protocol):
    """What a quantity looks like at a home of which nothing is known. Equal references give equal numbers."""

    def by_cell_kw(self, cells: Cells) -> Floats:
        """The shape: power in quarter-hours on the quantity's clock."""

    def highest_kw(self, shape_kw: Floats) -> Floats:
        """The most that is possible where the shape has these values."""

    def __hash__(self) -> int:
        """By value, so that what was worked out for a reference can be found again."""


@dataclass(frozen=True, slots=True)
class Issues:
    """When forecasts are issued: the cells that contain these instants, and the instants in seconds since 1970 UTC."""

    cells: Cells
    at_s: Floats

    @classmethod
    def days_before(cls, issued_at: datetime, zone: tzinfo, days: Sequence[int]) -> Self:
        """At the same time of day, so many days before `issued_at`."""
        cells = cell_at(issued_at, zone) - DAY_CELLS * np.array(days, dtype=np.int64)
        return cls(cells, same_time_before(issued_at, zone, days))

    @classmethod
    def at_starts(cls, cells: Cells, zone: tzinfo) -> Self:
        """At the starts of cells."""
        return cls(cells, starts_s(cells, zone))


@dataclass(frozen=True, slots=True)
class Past:
    """The cells before each issue, oldest first, as known then: (issue, cell). Unknown power is zero."""

    power_kw: Floats
    shape_kw: Floats
    known: npt.NDArray[np.bool_]
    weekend: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SlotMean:
    """Same-slot mean of one quantity over the last `days` days. A `quantity.QuantityModel`.

    `default_level` times the reference is the forecast of a home without history; a day of the other
    kind (weekend for a working day) weighs `other_kind_weight`.
    """

    name: str
    grid: DayGrid
    reference: Reference
    default_level: float
    days: int
    other_kind_weight: float
    _shape: Floats = field(init=False)
    _weekend: npt.NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        """Work out once what is needed of all measured cells; the shape also of the next days."""
        cells = np.arange(len(self.grid.power_kw), dtype=np.int64) + self.grid.first
        weeks = range(self.grid.first // WEEK_CELLS, int(cells[-1]) // WEEK_CELLS + 2)
        shape = np.concatenate([_week_shape(self.reference, week) for week in weeks])
        object.__setattr__(self, "_shape", shape[self.grid.first % WEEK_CELLS :])
        object.__setattr__(self, "_weekend", is_weekend(cells))

    def model(self, _: datetime) -> str:
        """What a forecast is made with."""
        return self.name

    def judges_service(self, issued_at: datetime) -> bool:  # noqa: ARG002 - a quantity model
        """It was not compared with anything."""
        return False

    def measured_share(self, issued_at: datetime) -> float:
        """Share of the quarter-hours of a day that were measured at least once in the days before `issued_at`."""
        known = self.past(Issues.days_before(issued_at, self.grid.zone, [0]), self.days).known
        return float(known.reshape(self.days, DAY_CELLS).any(axis=0).mean())

    def expected_kw(self, issued_at: datetime, cells: Cells) -> Floats:
        """Expected power in cells at or after `issued_at`."""
        issue = Issues.days_before(issued_at, self.grid.zone, [0])
        return np.asarray(self.issued_kw(issue, cells - issue.cells[0])[0], dtype=np.float64)

    def ceiling_kw(self, cells: Cells) -> Floats:
        """Most power that is possible in cells."""
        return self.reference.highest_kw(self.shape_kw(cells))

    def bands_kw(self, issued_at: datetime, cells: Cells) -> Floats | None:  # noqa: ARG002 - a quantity model
        """None are known: the past days must do."""
        return None

    def residuals_kw(self, issued_at: datetime, days: Sequence[int], cells: Cells) -> Floats:
        """How wrong the forecasts were that would have been issued at this time of day `days` days ago.

        One row per entry of `days`: measured less expected power in the cells as many days before
        `cells`; NaN where nothing was measured by `issued_at`. Each of those forecasts is made from
        what was known then.
        """
        issues = Issues.days_before(issued_at, self.grid.zone, days)
        offsets = cells - cell_at(issued_at, self.grid.zone)
        return self.measured_kw(issues, offsets, issued_at.timestamp()) - self.issued_kw(issues, offsets)

    def samples_kw(self, issued_at: datetime, cells: Cells) -> Floats:
        """Power on each past day (rows) at the time of each cell, scaled by the reference; NaN where unknown."""
        issue = Issues.days_before(issued_at, self.grid.zone, [0])
        past = self.past(issue, self.days)
        usable = past.known & (past.shape_kw > 0)
        ratio = np.where(usable, past.power_kw, np.nan) / np.where(usable, past.shape_kw, 1.0)
        column = (cells - issue.cells[0]) % DAY_CELLS
        target = self.shape_kw(cells)
        return np.minimum(ratio.reshape(self.days, DAY_CELLS)[:, column] * target, self.reference.highest_kw(target))

    def shape_kw(self, cells: Cells) -> Floats:
        """The reference's power in cells."""
        at = cells - self.grid.first
        inside = (at >= 0) & (at < len(self._shape))
        shape = self._shape[np.where(inside, at, 0)]
        if not inside.all():
            shape[~inside] = self.reference.by_cell_kw(cells[~inside])
        return shape

    def measured_kw(self, issues: Issues, offsets: Cells, by_s: float) -> Floats:
        """What came in the cells `offsets` after each issue (rows); NaN where not known by the instant `by_s`."""
        at = self.grid.positions(issues.cells[:, None] + offsets)
        return np.where(self.grid.known_at_s[at] <= by_s, self.grid.power_kw[at], np.nan)

    def past(self, issues: Issues, days: int) -> Past:
        """The last `days` days before each issue."""
        cells = issues.cells[:, None] + np.arange(-days * DAY_CELLS, 0)
        at = self.grid.positions(cells)
        known = self.grid.known_at_s[at] <= issues.at_s[:, None]
        return Past(np.where(known, self.grid.power_kw[at], 0.0), self._shape[at], known, self._weekend[at])

    def issued_kw(self, issues: Issues, offsets: Cells) -> Floats:
        """Power expected by forecasts issued then (rows) in the cells `offsets` after their issue."""
        targets = issues.cells[:, None] + offsets
        shape = self.shape_kw(targets)
        past = self.past(issues, self.days)
        by_age = np.repeat(0.5 ** (np.arange(self.days)[::-1] / HALF_LIFE_DAYS), DAY_CELLS)
        weight = past.known * by_age
        target_weekend = is_weekend(targets)
        column = offsets % DAY_CELLS

        def weighed(quantity: Floats) -> Floats:
            return self._sum_by_kind(weight * quantity, past.weekend, target_weekend, column)

        total_shape = (weight * past.shape_kw).sum(axis=1)
        total_kw = (weight * past.power_kw).sum(axis=1)
        level = np.where(total_shape > 0, total_kw / np.where(total_shape > 0, total_shape, 1.0), self.default_level)
        pull = REFERENCE_DAYS * shape
        parts = weighed(past.shape_kw) + pull
        ratio = (weighed(past.power_kw) + level[:, None] * pull) / np.where(parts > 0, parts, 1.0)
        return np.minimum(shape * ratio, self.reference.highest_kw(shape))

    def _sum_by_kind(
        self,
        weighed: Floats,
        weekend: npt.NDArray[np.bool_],
        target_weekend: npt.NDArray[np.bool_],
        column: Cells,
    ) -> Floats:
        """Sum over the past days, those of the other kind than the target's at their smaller weight."""

        def by_time_of_day(power: Floats) -> Floats:
            return np.asarray(power.reshape(len(power), self.days, DAY_CELLS).sum(axis=1)[:, column], dtype=np.float64)

        both = by_time_of_day(weighed)
        if self.other_kind_weight == 1:
            return both
        weekends = by_time_of_day(weighed * weekend)
        other = np.where(target_weekend, both - weekends, weekends)
        return np.asarray(both - (1 - self.other_kind_weight) * other, dtype=np.float64)


@lru_cache(maxsize=128)
def _week_shape(reference: Reference, week: int) -> Floats:
    """The reference in a week, numbered on its clock from 1970; kept, as the sun's way is slow to work out."""
    shape = reference.by_cell_kw(np.arange(week * WEEK_CELLS, (week + 1) * WEEK_CELLS, dtype=np.int64))
    shape.setflags(write=False)
    return shape
