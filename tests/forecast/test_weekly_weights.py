"""Weights of the ridge, week by week."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import numpy as np
import pytest

from darkstar.forecast import weekly_weights
from darkstar.forecast.day_grid import cell_at, start_s
from darkstar.forecast.home_means import HomeMeans
from darkstar.forecast.slot_mean import WEEK_CELLS, SlotMean
from darkstar.forecast.weekly_memory import WeeklyMemory
from darkstar.forecast.weekly_weights import WeeklyWeights
from darkstar.home.observation import Observation
from tests.forecast.samples import days, drifting, flat, history, sunny
from tests.homes import home

HOME = home()
NOW = datetime(2026, 5, 20, 9, 40, tzinfo=UTC)
WEEK = cell_at(NOW, HOME.zone) // WEEK_CELLS
BEGIN = datetime.fromtimestamp(start_s(WEEK * WEEK_CELLS, HOME.zone), UTC)
HALF = timedelta(minutes=30)
ROWS = history(NOW.replace(minute=30) - days(60), NOW, drifting(1, flat(0.8)), sunny, 60)
"""Hours that begin at half past: one of them lies across the beginning of the week."""


def half_past(rows: Sequence[Observation]) -> list[Observation]:
    return [replace(row, start=row.start.replace(minute=30), hours=1.0) for row in rows if row.start.minute == 0]


def found(mean: SlotMean, week: int = WEEK) -> list[list[float]] | None:
    weights = WeeklyWeights(mean, WeeklyMemory(mean)).of_week(week)
    return None if weights is None else weights.tolist()


def weights(rows: Sequence[Observation], week: int = WEEK) -> list[list[float]] | None:
    return found(HomeMeans.of(HOME, rows).load, week)


def test_rows_that_end_after_the_week_began_do_not_matter() -> None:
    rows = half_past(ROWS)
    crossing = [row for row in rows if row.start < BEGIN < row.start + timedelta(hours=row.hours)]
    assert len(crossing) == 1
    learned = weights(rows)
    altered = [replace(row, load_kwh=7.0) if row.start + timedelta(hours=row.hours) > BEGIN else row for row in rows]
    assert learned is not None
    assert altered != rows
    assert learned == weights(altered)


def test_rows_before_do_matter() -> None:
    last = max(row.start for row in ROWS if row.start + timedelta(hours=row.hours) <= BEGIN)
    altered = [replace(row, load_kwh=7.0) if row.start == last else row for row in ROWS]
    assert weights(altered) != weights(ROWS)


def test_the_same_weeks_are_fitted_once() -> None:
    rows = history(NOW.replace(minute=0) - days(60), NOW, drifting(77, flat(0.8)), sunny, 60)
    with patch.object(weekly_weights, "_fitted", wraps=weekly_weights._fitted) as fit:
        first = weights(rows)
        later = weights([*rows, Observation(NOW.replace(minute=0) + timedelta(hours=1), 1.0, 3.0, 0.0)])
        assert fit.call_count == 1
        weights(rows, WEEK - 1)
        assert fit.call_count == 2
    assert first is not None
    assert first == later


def test_equal_rows_of_an_unequal_home_are_not_taken_for_each_other() -> None:
    other = home(load_forecast=HOME.load_forecast.model_copy(update={"history_days": 7}))
    assert found(HomeMeans.of(other, ROWS).load) != weights(ROWS)


@pytest.mark.parametrize(("length", "enough"), [(26, True), (18, False)])
def test_three_weeks_are_needed_when_the_week_begins(length: int, enough: bool) -> None:
    rows = [row for row in ROWS if row.start >= BEGIN - days(length)]
    assert (weights(rows) is not None) == enough


def test_a_mean_that_is_always_right_is_left_alone() -> None:
    rows = history(NOW.replace(minute=0) - days(60), NOW, flat(0.0), flat(0.0), 60)
    learned = weights(rows)
    assert learned is not None
    assert np.isfinite(learned).all()
    none = found(HomeMeans.of(home(pv_arrays=()), rows).pv)
    assert none is not None
    assert not np.any(none)
