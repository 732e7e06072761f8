import numpy as np
import pytest

from darkstar.simulation.backtest.bootstrap import total_spread


def test_equal_days_leave_no_doubt() -> None:
    spread = total_spread([-2.0] * 30)
    assert (spread.total, spread.low, spread.high) == pytest.approx((-60, -60, -60))


def test_the_same_days_have_the_same_spread() -> None:
    days = np.random.default_rng(1).normal(-1, 3, 200)
    assert total_spread(days) == total_spread(days.tolist())


def test_independent_days_spread_by_their_standard_error() -> None:
    days = np.random.default_rng(2).normal(0, 1, 700)
    spread = total_spread(days)
    assert (spread.high - spread.low) / 2 == pytest.approx(1.96 * np.sqrt(700), rel=0.2)


def test_days_that_resemble_their_neighbours_spread_wider() -> None:
    weeks = np.repeat(np.random.default_rng(3).normal(0, 1, 100), 7)
    shuffled = np.random.default_rng(4).permutation(weeks)
    together, apart = total_spread(weeks), total_spread(shuffled)
    assert together.high - together.low > 1.5 * (apart.high - apart.low)


@pytest.mark.parametrize("count", [1, 3, 7])
def test_few_days_are_enough_for_an_answer(count: int) -> None:
    spread = total_spread([float(day) for day in range(count)])
    assert spread.low <= spread.total <= spread.high
