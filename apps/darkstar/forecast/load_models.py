"""Models of load that learn from rows of features: a ridge, trees, or the mean of both.

Forecasts of the first day and those further ahead are learned apart: what the last hours tell lasts some hours only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from .candidates import Fitted, Material
from .day_grid import CELLS_PER_HOUR, DAY_CELLS, Cells, Floats, start_s
from .load_features import CLOCK_FEATURES, LoadFeatures, Rows
from .slot_mean import Issues

FEWEST_DAYS = 21
"""With less history nothing is learned."""
MOST_DAYS = 365

_ISSUE_STEP = 5 * CELLS_PER_HOUR
"""Between forecasts that are learned from: 24 of them meet every hour of the day."""
_WARM_UP_DAYS = 8
"""The first days of a history know too little of the past to learn from."""
_AT_ONCE = 64
"""Issues worked on at a time, for memory's sake; they share the hours ahead that they are asked about."""
_NEAR_CELLS = DAY_CELLS
_FAR_CELLS = 7 * DAY_CELLS
_ASKED = ((0, 8, 3), (8, _NEAR_CELLS, 21), (_NEAR_CELLS, 2 * _NEAR_CELLS, 10), (2 * _NEAR_CELLS, _FAR_CELLS, 6))
"""How many cells of which stretch ahead each forecast is asked about."""

_RIDGE_DAYS = 30.0
"""Ridge penalty on features of variance 1, in days of data: chosen on three homes."""
_TREES: dict[str, Any] = {
    "learning_rate": 0.05,
    "max_iter": 100,
    "max_leaf_nodes": 12,
    "min_samples_leaf": 100,
    "l2_regularization": 10.0,
    "max_features": 0.3,
    "early_stopping": False,
    "random_state": 0,
}

_Matrix = npt.NDArray[np.float32]


class RowModel(Protocol):
    """Expects power from rows of features; what it was fitted to comes with it."""

    def power_kw(self, base_kw: Floats, values: _Matrix) -> Floats:
        """Expected power of each row."""


FitRows = Callable[[Floats, _Matrix, Floats, float], RowModel]
"""Fits rows (base in kW, features) to the measured power in kW; the last number is how many days they are of."""


@dataclass(frozen=True, slots=True)
class Ridge:
    """A linear correction of the weighted same-slot mean."""

    centre: Floats
    scale: Floats
    weights: Floats
    constant: float

    @classmethod
    def fit(cls, base_kw: Floats, values: _Matrix, measured_kw: Floats, days: float) -> Ridge:
        """Least squares with a penalty on features scaled to variance 1."""
        features = values[:, :-CLOCK_FEATURES].astype(np.float64)
        error = measured_kw - base_kw
        centre, spread = features.mean(axis=0), features.std(axis=0)
        scale = np.where(spread > 0, spread, np.inf)
        scaled = (features - centre) / scale
        squares = scaled.T @ scaled / len(scaled) + _RIDGE_DAYS / days * np.eye(len(scale))
        weights = np.linalg.solve(squares, scaled.T @ (error - error.mean()) / len(scaled))
        return cls(centre, scale, weights, float(error.mean()))

    def power_kw(self, base_kw: Floats, values: _Matrix) -> Floats:
        """The mean, corrected."""
        scaled = (values[:, :-CLOCK_FEATURES] - self.centre) / self.scale
        return np.asarray(base_kw + scaled @ self.weights + self.constant, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Trees:
    """Gradient boosting of regression trees."""

    regressor: Any

    @classmethod
    def fit(cls, base_kw: Floats, values: _Matrix, measured_kw: Floats, days: float) -> Trees:  # noqa: ARG003 - FitRows
        """Least squares, shrunk and sampled so that spikes are not learned by heart."""
        from sklearn.ensemble import HistGradientBoostingRegressor
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1):
            return cls(HistGradientBoostingRegressor(**_TREES).fit(values, measured_kw))

    def power_kw(self, base_kw: Floats, values: _Matrix) -> Floats:  # noqa: ARG002 - RowModel
        """The sum of the trees. One thread: on a busy machine several wait for each other most of the time."""
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1):
            return np.asarray(self.regressor.predict(values), dtype=np.float64)


class Lessons:
    """What was learned from one home: candidates that share a part learn it once."""

    def __init__(self) -> None:
        self._material: Material | None = None
        self._learned: dict[tuple[FitRows, int], tuple[RowModel, RowModel] | None] = {}

    def of(self, fit: FitRows, material: Material, by_cell: int) -> tuple[RowModel, RowModel] | None:
        """Models of the first day ahead and of what lies behind it; None with too little history."""
        if material is not self._material:
            self._material, self._learned = material, {}
        key = (fit, by_cell)
        if key not in self._learned:
            self._learned[key] = _learned(fit, material, by_cell)
        return self._learned[key]


def _learned(fit: FitRows, material: Material, by_cell: int) -> tuple[RowModel, RowModel] | None:
    rows = _training_rows(material, by_cell)
    if rows is None:
        return None
    near = rows.offsets < _NEAR_CELLS
    return fit(*rows.of(near), rows.days), fit(*rows.of(~near), rows.days)


@dataclass(frozen=True, slots=True)
class LearnedLoad:
    """Load by the mean of models of rows. A `candidates.Candidate`."""

    name: str
    fits: tuple[FitRows, ...]
    lessons: Lessons = field(default_factory=Lessons)

    def fit(self, material: Material, by_cell: int) -> Fitted | None:
        """Learn from the year before `by_cell`; None with less than three weeks of it, or without the library."""
        try:
            parts = [self.lessons.of(fit, material, by_cell) for fit in self.fits]
        except ModuleNotFoundError:
            return None
        learned = [part for part in parts if part is not None]
        if len(learned) < len(parts):
            return None
        return FittedLoad(tuple(near for near, _ in learned), tuple(far for _, far in learned))


@dataclass(frozen=True, slots=True)
class FittedLoad:
    """Models of the first day ahead, and of the days behind it. A `candidates.Fitted`."""

    near: tuple[RowModel, ...]
    far: tuple[RowModel, ...]

    def issued_kw(self, material: Material, issues: Issues, offsets: Cells) -> Floats:
        """Expected power of forecasts issued then (rows), in the cells `offsets` after each issue."""
        features = LoadFeatures(material)
        near = offsets < _NEAR_CELLS
        power = np.empty((len(issues.cells), len(offsets)))
        for at in range(0, len(issues.cells), _AT_ONCE):
            some = slice(at, at + _AT_ONCE)
            rows = features.of(Issues(issues.cells[some], issues.at_s[some]), offsets)
            for which, models in ((near, self.near), (~near, self.far)):
                if which.any():
                    power[some, which] = _mean_kw(models, rows, which)
        ceiling = material.mean.ceiling_kw(issues.cells[:, None] + offsets)
        return np.clip(power, 0.0, ceiling)


def _mean_kw(models: Sequence[RowModel], rows: Rows, which: npt.NDArray[np.bool_]) -> Floats:
    base = rows.base_kw[:, which]
    values = rows.values[:, which].reshape(base.size, -1)
    expected = [model.power_kw(base.ravel(), values) for model in models]
    return np.asarray(np.mean(expected, axis=0).reshape(base.shape), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class _TrainingRows:
    base_kw: Floats
    values: _Matrix
    measured_kw: Floats
    offsets: Cells
    days: float

    def of(self, which: npt.NDArray[np.bool_]) -> tuple[Floats, _Matrix, Floats]:
        return self.base_kw[which], self.values[which], self.measured_kw[which]


def _training_rows(material: Material, by_cell: int) -> _TrainingRows | None:
    """Past forecasts and what came; None with too little history."""
    grid = material.mean.grid
    by_s = start_s(by_cell, grid.zone)
    cells = np.arange(max(grid.first, by_cell - MOST_DAYS * DAY_CELLS), by_cell, dtype=np.int64)
    known = cells[grid.known_at_s[grid.positions(cells)] <= by_s]
    if len(known) < FEWEST_DAYS * DAY_CELLS:
        return None
    first = -(-(int(known[0]) + _WARM_UP_DAYS * DAY_CELLS) // _ISSUE_STEP)
    numbers = np.arange(first, -(-by_cell // _ISSUE_STEP), dtype=np.int64)
    features, parts = LoadFeatures(material), []
    for group in np.unique(numbers // _AT_ONCE).tolist():
        issues = Issues.at_starts(numbers[numbers // _AT_ONCE == group] * _ISSUE_STEP, grid.zone)
        parts.append(_asked(features, material, issues, _asked_offsets(group), by_s))
    base, values, measured, offsets = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return _TrainingRows(base, values, measured, offsets, len(known) / DAY_CELLS)


def _asked_offsets(group: int) -> Cells:
    """The cells ahead that a group of issues is asked about: drawn by its number, so always the same."""
    draw = np.random.default_rng(group)
    drawn = [begin + draw.choice(end - begin, count, replace=False) for begin, end, count in _ASKED]
    return np.sort(np.concatenate(drawn)).astype(np.int64)


def _asked(
    features: LoadFeatures, material: Material, issues: Issues, offsets: Cells, by_s: float
) -> tuple[Floats, _Matrix, Floats, Cells]:
    """Rows of which the answer was known by `by_s`."""
    came = material.mean.measured_kw(issues, offsets, by_s)
    rows = features.of(issues, offsets)
    usable = np.isfinite(came)
    ahead = np.broadcast_to(offsets, came.shape)
    return rows.base_kw[usable], rows.values[usable], came[usable], ahead[usable]
