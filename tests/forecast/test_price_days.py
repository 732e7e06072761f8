"""Days of past prices and their clues."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from darkstar.forecast.day_grid import DAY_CELLS, Cells, Floats
from darkstar.forecast.price_days import MEMORY_DAYS, PriceDays, forecast_days, lay_out, weekday_of
from darkstar.forecast.price_weights import LEADS, weights_at

MONDAY = 4
"""Number of 1970-01-05."""


def cells(first_day: int, count: int) -> Cells:
    return first_day * DAY_CELLS + np.arange(count, dtype=np.int64)


def test_days_are_rows_and_the_newest_whole_one_is_last() -> None:
    table, last = lay_out(cells(MONDAY, 2 * DAY_CELLS + 40), np.arange(2 * DAY_CELLS + 40.0))
    assert table.shape == (2, DAY_CELLS)
    assert last == MONDAY + 1
    assert weekday_of(last) == 1
    assert table[1, 3] == DAY_CELLS + 3


def test_a_piece_of_a_day_serves_where_there_is_nothing_else() -> None:
    table, last = lay_out(cells(MONDAY, 10), np.ones(10))
    assert (table.shape, last) == ((1, DAY_CELLS), MONDAY)
    assert np.isnan(table[0, 10:]).all()


def test_a_day_without_prices_is_a_row_without_numbers() -> None:
    known = np.concatenate([cells(MONDAY, DAY_CELLS), cells(MONDAY + 2, DAY_CELLS)])
    table, _ = lay_out(known, np.ones(2 * DAY_CELLS))
    assert np.isnan(table[1]).all()
    low, middle, high = forecast_days(PriceDays.until(table, 2, 2), [1])[1]
    assert (low == middle).all()
    assert middle == pytest.approx(np.ones(DAY_CELLS))
    assert (high == middle).all()


def test_only_six_weeks_count() -> None:
    table = np.ones((MEMORY_DAYS + 5, 24))
    table[:5] = 1000
    assert len(PriceDays.until(table, len(table) - 1, 0).table) == MEMORY_DAYS
    assert forecast_days(PriceDays.until(table, len(table) - 1, 0), [1])[1][2] == pytest.approx(np.ones(24))


def test_far_days_and_holes_have_weights_too() -> None:
    assert weights_at(30) == LEADS[-1]
    assert weights_at(0) == weights_at(1) == LEADS[0]


PRICES = arrays(np.float64, (20, 24), elements=st.floats(-500, 4000) | st.just(np.nan))


@given(PRICES.filter(lambda table: bool(np.isfinite(table).any())), st.integers(0, 6), st.integers(-2, 9))
def test_quantiles_are_numbers_and_never_cross(table: Floats, weekday: int, lead: int) -> None:
    low, middle, high = forecast_days(PriceDays.until(table, len(table) - 1, weekday), [lead])[lead]
    assert np.isfinite([low, middle, high]).all()
    assert (low <= middle).all()
    assert (middle <= high).all()


@given(
    arrays(np.float64, (20, 24), elements=st.floats(-500, 4000)),
    st.floats(0.01, 20),
    st.floats(-1000, 1000),
    st.integers(1, 7),
)
def test_a_change_of_currency_changes_nothing_else(table: Floats, rate: float, tax: float, lead: int) -> None:
    plain = np.stack(forecast_days(PriceDays.until(table, 19, 3), [lead])[lead])
    changed = np.stack(forecast_days(PriceDays.until(table * rate + tax, 19, 3), [lead])[lead])
    assert changed == pytest.approx(plain * rate + tax, abs=1e-6)
