"""Scores of forecasts, by hand and on a home."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from darkstar.forecast.candidates import Fitted, Material
from darkstar.forecast.day_grid import CELLS_PER_HOUR, DAY_CELLS, Cells, Floats, cell_at
from darkstar.forecast.plain_models import PlainMean, WeightedMean
from darkstar.forecast.scoring import CALIBRATED_WEEKS, Outcome, Plan, Walk
from darkstar.forecast.slot_mean import WEEK_CELLS, Issues
from darkstar.forecast.training import Quantity
from darkstar.forecast.walk_forward import Fits
from tests.forecast.material import NOW, ROWS, material, with_other_future

LOAD = material(Quantity.LOAD)
END = cell_at(NOW, LOAD.mean.grid.zone)
PLAN = Plan.last_weeks(2, END)


@dataclass(frozen=True)
class Numbered:
    """Forecasts the number of the week that it was fitted in."""

    name: str = "numbered"
    number: float = 0.0

    def fit(self, material: Material, by_cell: int) -> Fitted | None:
        return None if by_cell < PLAN.begins[0] else Numbered(self.name, float(by_cell // WEEK_CELLS))

    def issued_kw(self, material: Material, issues: Issues, offsets: Cells) -> Floats:
        return np.full((len(issues.cells), len(offsets)), self.number)


def outcome(came: list[float], expected: list[float], bands: list[list[float]]) -> Outcome:
    """One forecast of hours."""
    columns = [np.array([row]) for row in bands]
    return Outcome(np.array([came]), np.array([expected]), np.stack(columns), np.array([0]), 1.0)


def test_the_numbers_are_what_they_are_called() -> None:
    hours = 6
    one = outcome(
        [1.0, 2.0, 3.0, 4.0, 0.0, np.nan],
        [2.0] * hours,
        [[0.5] * hours, [1.5] * hours, [3.5] * hours],
    ).score(Quantity.LOAD, "model", "1-6", 0, 6)
    assert one is not None
    assert one.slots == 5
    assert one.mae == pytest.approx((0.5 + 0.5 + 1.5 + 2.5 + 1.5) / 5)
    assert one.rmse == pytest.approx(np.sqrt((1 + 0 + 1 + 4 + 4) / 5))
    assert one.bias == pytest.approx(0.0)
    assert one.coverage_percent == pytest.approx(60.0)
    low = (0.1 * (0.5 + 1.5 + 2.5 + 3.5) + 0.9 * 0.5) / 5
    middle = 0.5 * (0.5 + 0.5 + 1.5 + 2.5 + 1.5) / 5
    high = (0.1 * (2.5 + 1.5 + 0.5 + 3.5) + 0.9 * 0.5) / 5
    assert one.pinball == pytest.approx((low + middle + high) / 3)


def test_stretches_of_hours_do_not_overlap() -> None:
    walk = Walk.of(PlainMean(7), LOAD, PLAN)
    scores = list(Outcome.of(walk, LOAD, PLAN).scores(Quantity.LOAD, "mean"))
    assert [score.lead for score in scores] == ["1-6", "6-24", "24-48"]
    assert scores[1].slots == pytest.approx(3 * scores[0].slots, rel=0.05)


def test_nothing_measured_gives_no_score() -> None:
    nothing = outcome([np.nan] * 6, [1.0] * 6, [[0.5] * 6, [1.0] * 6, [2.0] * 6])
    assert nothing.score(Quantity.LOAD, "model", "1-6", 0, 6) is None


def test_each_forecast_is_made_by_the_newest_fit_of_its_time() -> None:
    walk = Walk.of(Numbered(), LOAD, PLAN)
    weeks = walk.issues.cells // WEEK_CELLS
    known = walk.issues.cells >= PLAN.begins[0]
    assert np.isnan(walk.expected_kw[~known]).all()
    assert (walk.expected_kw[known] == weeks[known, None]).all()


def test_fits_are_weekly_and_reach_back_for_the_bands() -> None:
    fitted_at = PLAN.fitted_at()
    assert len(fitted_at) == CALIBRATED_WEEKS + 3
    assert set(np.diff(fitted_at)) == {WEEK_CELLS}
    assert fitted_at[-1] <= END < fitted_at[-1] + WEEK_CELLS


def test_bands_and_scores_know_nothing_of_what_came_later() -> None:
    altered = material(Quantity.LOAD, with_other_future(ROWS, NOW, 4))
    seen = []
    for known in (LOAD, altered):
        walk = Walk.of(WeightedMean("mean"), known, PLAN)
        seen.append(list(Outcome.of(walk, known, PLAN).scores(Quantity.LOAD, "mean")))
        assert walk.weekly_losses(known, PLAN) == Walk.of(WeightedMean("mean"), LOAD, PLAN).weekly_losses(LOAD, PLAN)
    assert seen[0] == seen[1]


@dataclass(frozen=True, slots=True)
class OffBy:
    """Is wrong by 1 kW from `after` to `until` hours ahead, and right otherwise."""

    after: int
    until: int
    name: str = "off"

    def fit(self, material: Material, by_cell: int) -> OffBy:
        return self

    def issued_kw(self, material: Material, issues: Issues, offsets: Cells) -> Floats:
        came = material.mean.measured_kw(issues, offsets, float("inf"))
        hours = offsets // CELLS_PER_HOUR
        return np.nan_to_num(came) + ((hours >= self.after) & (hours < self.until))


@pytest.mark.parametrize("stretch", [(0, 6), (6, 24), (24, 48)])
def test_each_stretch_of_hours_ahead_counts_alike(stretch: tuple[int, int]) -> None:
    losses = Walk.of(OffBy(*stretch), LOAD, PLAN).weekly_losses(LOAD, PLAN)
    assert [loss for loss in losses if np.isfinite(loss)] == pytest.approx(len(losses) * [1 / 3])


def test_bands_hold_what_they_promise_on_a_home() -> None:
    walk = Walk.of(WeightedMean("mean"), LOAD, PLAN)
    for score in Outcome.of(walk, LOAD, PLAN).scores(Quantity.LOAD, "mean"):
        assert score.coverage_percent == pytest.approx(80, abs=12)


def test_longer_slots_are_means_of_quarter_hours() -> None:
    hourly = Plan(PLAN.begins, PLAN.end, PLAN.step, slot_cells=4)
    walk = Walk.of(PlainMean(7), LOAD, hourly)
    came = Outcome.of(walk, LOAD, hourly).came
    quarters = Outcome.of(walk, LOAD, PLAN).came
    assert came.shape[1] == 48
    assert np.allclose(came[:, 0], quarters[:, :4].mean(axis=1), equal_nan=True)


def test_a_candidate_that_could_never_learn_has_no_forecasts() -> None:
    fits = Fits.of(Numbered(), LOAD, [0, DAY_CELLS])
    issues = Issues.days_before(NOW, LOAD.mean.grid.zone, [0])
    assert fits.since == ()
    assert np.isnan(fits.issued_kw(LOAD, issues, np.arange(4, dtype=np.int64))).all()
