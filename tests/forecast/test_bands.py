"""The value types of forecasting."""

import pytest

from darkstar.forecast.bands import Band


@pytest.mark.parametrize("quantiles", [(0.2, 0.1, 0.3), (0.1, 0.4, 0.3), (-0.1, 0.1, 0.3), (0.1, float("nan"), 0.3)])
def test_a_band_that_crosses_or_is_negative_is_refused(quantiles: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="quantiles cross or are negative"):
        Band(*quantiles)


def test_a_band_may_have_no_width() -> None:
    assert Band(0.0, 0.0, 0.0).p90 == 0


def test_what_is_expected_is_the_mean_and_without_one_the_median() -> None:
    assert Band(0.1, 0.2, 0.3, 0.25).expected == 0.25
    assert Band(0.1, 0.2, 0.3).expected == 0.2


def test_the_mean_may_lie_outside_but_not_below_zero() -> None:
    assert Band(0.0, 0.0, 0.1, 0.4).expected == 0.4
    with pytest.raises(ValueError, match="negative"):
        Band(0.1, 0.2, 0.3, -0.1)
