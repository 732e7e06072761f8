"""The standard household."""

import numpy as np
import pytest

from darkstar.forecast.day_grid import DAY_CELLS
from darkstar.forecast.standard_load import standard_load

WEEK = np.arange(7 * DAY_CELLS, dtype=np.int64)


def test_a_week_has_mean_one_and_is_positive() -> None:
    assert standard_load(WEEK).mean() == pytest.approx(1.0)
    assert standard_load(WEEK).min() > 0


def test_night_is_low_evening_is_high_and_weekends_differ() -> None:
    thursday, saturday = standard_load(WEEK[:96]), standard_load(WEEK[2 * 96 : 3 * 96])
    assert thursday[4 * 3] < 0.7
    assert thursday[4 * 18] > 1.3
    assert saturday[4 * 11] > thursday[4 * 11]


def test_it_is_smooth_over_midnight() -> None:
    assert np.abs(np.diff(standard_load(WEEK))).max() < 0.13
