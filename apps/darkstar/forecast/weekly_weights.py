"""Weights of the ridge: fitted once a week, on the weeks before.

A week is one of the quantity's clock (seven times 96 cells). Its weights rest on rows that were over
when it began, so a forecast of any day of it, also one re-made later, gets the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .day_grid import CELLS_PER_HOUR, DAY_CELLS, Cells, Floats, start_s
from .lead_features import LEAD_HOURS, LeadHours, hourly_kw
from .slot_mean import WEEK_CELLS, Issues, SlotMean
from .weekly_memory import WeeklyMemory

TRAINING_WEEKS = 12
FEWEST_DAYS = 21
"""With less the mean stays as it is."""

_ISSUE_STEP = 5 * CELLS_PER_HOUR
"""Between forecasts that are learned from: 24 of them meet every hour of the day."""
_WARM_UP_DAYS = 7
"""The mean of the first days of a history is too poor to learn from."""
_AT_ONCE = 64
"""Issues worked on at a time, for memory's sake."""

_GROUPS = (slice(0, 1), slice(1, 6), slice(6, 24), slice(24, LEAD_HOURS))
"""Hours ahead that share weights."""
_STRENGTHS = (30.0, 50.0, 100.0, 200.0)
"""Ridge penalty of each group on features of variance 1, in days of data. Chosen on five homes: further ahead, more."""


class WeeklyWeights:
    """Finds the weights of one mean's weeks."""

    def __init__(self, mean: SlotMean, memory: WeeklyMemory) -> None:
        self._mean = mean
        self._memory = memory

    def corrections_kw(self, issues: Issues, leads: LeadHours) -> Floats:
        """What the ridge adds to the mean: (issue, lead); zero in weeks that had too little history."""
        weeks = issues.cells // WEEK_CELLS
        corrections = np.zeros_like(leads.expected_kw)
        for week in np.unique(weeks).tolist():
            weights = self.of_week(week)
            if weights is not None:
                in_week = weeks == week
                corrections[in_week] = np.einsum("ilf,lf->il", leads.features[in_week], weights)
        return corrections

    def of_week(self, week: int) -> Floats | None:
        """Weights by hours ahead and feature; None when there was too little history."""
        return self._memory.recall("weights", week, reach_weeks(self._mean.days), lambda: _fitted(self._mean, week))


def reach_weeks(mean_days: int) -> int:
    """How many weeks before its own the weights of a week depend on."""
    return TRAINING_WEEKS - (-mean_days // 7)


@dataclass(slots=True)
class _Sums:
    """Sums over rows of one group: what least squares needs."""

    squares: Floats
    products: Floats
    rows: int = 0

    def add(self, features: Floats, errors: Floats) -> None:
        self.squares += features.T @ features
        self.products += features.T @ errors
        self.rows += len(errors)

    def weights(self, penalty: float) -> Floats:
        """Ridge on features scaled to variance 1: (Z'Z / n + penalty) w = Z'y / n."""
        count = max(self.rows, 1)
        scale = np.sqrt(np.diag(self.squares) / count)
        scale = np.where(scale > 0, scale, 1.0)
        squares = self.squares / count / np.outer(scale, scale) + penalty * np.eye(len(scale))
        return np.asarray(np.linalg.solve(squares, self.products / count / scale) / scale, dtype=np.float64)


def _fitted(mean: SlotMean, week: int) -> Floats | None:
    begin = week * WEEK_CELLS
    begin_s = start_s(begin, mean.grid.zone)
    known = _known_cells(mean, week, begin_s)
    learned = known[known >= begin - TRAINING_WEEKS * WEEK_CELLS]
    days = len(learned) / DAY_CELLS
    if days < FEWEST_DAYS:
        return None
    first = max(int(learned[0]), int(known[0]) + _WARM_UP_DAYS * DAY_CELLS)
    cells = np.arange(begin - _ISSUE_STEP, first, -_ISSUE_STEP, dtype=np.int64)
    sums = _summed(mean, cells, begin, begin_s)
    weights = [each.weights(strength / days) for each, strength in zip(sums, _STRENGTHS, strict=True)]
    widths = [len(range(LEAD_HOURS)[group]) for group in _GROUPS]
    return np.repeat(np.stack(weights), widths, axis=0)


def _known_cells(mean: SlotMean, week: int, by_s: float) -> Cells:
    """Cells of the weeks before that were measured by the instant `by_s`."""
    reach = np.arange(-reach_weeks(mean.days) * WEEK_CELLS, 0, dtype=np.int64) + week * WEEK_CELLS
    return reach[mean.grid.known_at_s[mean.grid.positions(reach)] <= by_s]


def _summed(mean: SlotMean, cells: Cells, end: int, end_s: float) -> list[_Sums]:
    """Sums by group over forecasts issued at `cells` of what came before the cell `end`, known by `end_s`."""
    sums: list[_Sums] = []
    offsets = np.arange(LEAD_HOURS * CELLS_PER_HOUR)
    for at in range(0, len(cells), _AT_ONCE):
        issues = Issues.at_starts(cells[at : at + _AT_ONCE], mean.grid.zone)
        leads = LeadHours.of(mean, issues)
        targets = issues.cells[:, None] + offsets
        came = np.where(targets < end, mean.measured_kw(issues, offsets, end_s), np.nan)
        errors = hourly_kw(came) - leads.expected_kw
        possible = hourly_kw(mean.ceiling_kw(targets)) > 0
        usable = np.isfinite(errors) & possible
        count = leads.features.shape[-1]
        sums = sums or [_Sums(np.zeros((count, count)), np.zeros(count)) for _ in _GROUPS]
        for group, each in zip(_GROUPS, sums, strict=True):
            rows = usable[:, group]
            each.add(leads.features[:, group][rows], errors[:, group][rows])
    return sums
