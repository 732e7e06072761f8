"""The ridge: a linear model of how the same-slot mean is wrong, where it has proven itself.

It learns what the last hours and days say about the coming ones (`lead_features`), and is refitted
each week (`weekly_weights`). It adds to the mean, so with little data its penalty leaves the mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from ..home.settings import HomeSettings
from .day_grid import CELLS_PER_HOUR, Cells, Floats, cell_at, start_s
from .home_forecaster import HomeForecaster
from .lead_features import LEAD_HOURS, LeadHours
from .slot_mean import WEEK_CELLS, Issues, SlotMean
from .weekly_memory import WeeklyMemory
from .weekly_weights import WeeklyWeights, reach_weeks

_JUDGED_WEEKS = 4
_JUDGED_STEP = 5 * CELLS_PER_HOUR
_JUDGED_HOURS = 36
"""Prices are known no further ahead."""


class RidgeForecaster(HomeForecaster):
    """Forecasts load and PV with a ridge each."""

    def __init__(self, home: HomeSettings) -> None:
        super().__init__(home, lambda _, material: RidgeMean(material.mean))


class RidgeMean:
    """A same-slot mean with the ridge's correction. A `quantity.QuantityModel`.

    The correction serves in a week when the forecasts issued in the four weeks before were not worse
    with it than without, by squared error. Power stays between zero and the most that is possible.
    """

    def __init__(self, mean: SlotMean) -> None:
        self._mean = mean
        self._memory = WeeklyMemory(mean)
        self._weights = WeeklyWeights(mean, self._memory)

    def model(self, issued_at: datetime) -> str:
        """What a forecast issued then is made with."""
        return f"ridge on {self._mean.name}" if self._serves(issued_at) else self._mean.name

    def judges_service(self, issued_at: datetime) -> bool:  # noqa: ARG002 - a quantity model
        """It was not compared with anything."""
        return False

    def measured_share(self, issued_at: datetime) -> float:
        """Share of the quarter-hours of a day that this home has history of."""
        return self._mean.measured_share(issued_at)

    def ceiling_kw(self, cells: Cells) -> Floats:
        """Most power that is possible in cells."""
        return self._mean.ceiling_kw(cells)

    def samples_kw(self, issued_at: datetime, cells: Cells) -> Floats:
        """Power on each past day (rows) at the time of each cell; NaN where unknown."""
        return self._mean.samples_kw(issued_at, cells)

    def expected_kw(self, issued_at: datetime, cells: Cells) -> Floats:
        """Expected power in cells at or after `issued_at`."""
        if not self._serves(issued_at):
            return self._mean.expected_kw(issued_at, cells)
        issue = Issues.days_before(issued_at, self._mean.grid.zone, [0])
        return np.asarray(self.issued_kw(issue, cells - issue.cells[0])[0], dtype=np.float64)

    def bands_kw(self, issued_at: datetime, cells: Cells) -> Floats | None:  # noqa: ARG002 - a quantity model
        """None are known: the past days must do."""
        return None

    def residuals_kw(self, issued_at: datetime, days: Sequence[int], cells: Cells) -> Floats:
        """Measured less expected power of the forecasts issued `days` days ago (rows); NaN where unknown.

        Each is made with the weights of its own week, from what was known then.
        """
        if not self._serves(issued_at):
            return self._mean.residuals_kw(issued_at, days, cells)
        issues = Issues.days_before(issued_at, self._mean.grid.zone, days)
        offsets = cells - cell_at(issued_at, self._mean.grid.zone)
        measured = self._mean.measured_kw(issues, offsets, issued_at.timestamp())
        return measured - self.issued_kw(issues, offsets)

    def _serves(self, issued_at: datetime) -> bool:
        week = cell_at(issued_at, self._mean.grid.zone) // WEEK_CELLS
        if self._weights.of_week(week) is None:
            return False
        weeks = reach_weeks(self._mean.days) + _JUDGED_WEEKS
        return self._memory.recall("verdict", week, weeks, lambda: self._was_no_worse(week))

    def _was_no_worse(self, week: int) -> bool:
        zone, end = self._mean.grid.zone, week * WEEK_CELLS
        issues = Issues.at_starts(np.arange(end - _JUDGED_WEEKS * WEEK_CELLS, end, _JUDGED_STEP), zone)
        offsets = np.arange(_JUDGED_HOURS * CELLS_PER_HOUR)
        measured = self._mean.measured_kw(issues, offsets, start_s(end, zone))
        with_it, without = (
            np.nansum((measured - expected) ** 2)
            for expected in (self.issued_kw(issues, offsets), self._mean.issued_kw(issues, offsets))
        )
        return bool(with_it <= without)

    def issued_kw(self, issues: Issues, offsets: Cells) -> Floats:
        """Power expected with the correction by forecasts issued then (rows), whether it serves or not."""
        mean_kw = self._mean.issued_kw(issues, offsets)
        corrections = self._weights.corrections_kw(issues, LeadHours.of(self._mean, issues))
        lead = offsets // CELLS_PER_HOUR
        correction = np.where(lead < LEAD_HOURS, corrections[:, np.minimum(lead, LEAD_HOURS - 1)], 0.0)
        ceiling = self._mean.ceiling_kw(issues.cells[:, None] + offsets)
        return np.clip(mean_kw + correction, 0.0, ceiling)


def reach_days(mean_days: int, scenario_days: int) -> int:
    """How many days before a forecast it depends on, with those of so many scenarios."""
    oldest_week = 7 * (max(_JUDGED_WEEKS, -(-(scenario_days + 1) // 7)) + 1)
    return oldest_week + 7 * reach_weeks(mean_days)
