"""Risk in numbers: the reference's test vectors 14.3 to 14.6, and the order of the levels."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.home.risk import RiskSettings
from darkstar.strategy.risk import (
    LEVELS,
    REFERENCE_PRICE,
    caution_for,
    coldness,
    dynamic_factor,
    load_factor,
    penalty_per_kwh,
    raw_risk,
    risk_factor,
    target_percent,
    volatility,
    with_volatility,
)
from tests.strategy.samples import hours

SETTINGS = RiskSettings()


@pytest.mark.parametrize(
    ("risk", "targets"),
    [
        (0.7, (39, 24, 14, 7, 5)),
        (0.9, (43, 28, 18, 11, 5)),
        (1.0, (47, 32, 22, 15, 5)),
        (1.1, (51, 36, 26, 19, 9)),
        (1.278, (55, 40, 30, 23, 13)),
        (9.0, (55, 40, 30, 23, 13)),
    ],
)
def test_vector_14_3_the_reserve(risk: float, targets: tuple[float, ...]) -> None:
    assert [target_percent(level, 12, risk) for level in LEVELS.values()] == pytest.approx(targets)
    lower = [max(target - 2, 5) for target in targets]
    assert [target_percent(level, 10, risk) for level in LEVELS.values()] == pytest.approx(lower)


def test_vector_14_4_the_load_factor() -> None:
    found = [load_factor(level, 100, 30, 1.5) for level in LEVELS.values()]
    assert found == pytest.approx([1.384, 1.201, 1.0, 0.925, 0.799], abs=5e-4)
    assert 1 + LEVELS[1].sigma * 60 / 100 == pytest.approx(1.768)
    assert load_factor(LEVELS[1], 100, 60, 1.5) == 1.5
    assert load_factor(LEVELS[5], 100, 500, 1.5) == 0.5
    assert load_factor(LEVELS[1], 0, 30, 1.5) == 1.0


def test_vector_14_5_the_risk() -> None:
    raw = raw_risk(SETTINGS, 0.9, 0.6, coldness(SETTINGS, 3.8))
    assert raw == pytest.approx(1.3964)
    risk = with_volatility(raw, 0.5)
    assert risk == pytest.approx(1.4757, abs=5e-5)
    assert risk_factor(LEVELS[3], risk) == pytest.approx(1.4757, abs=5e-5)
    assert 1 + (risk - 1) * 1.5 == pytest.approx(1.7135, abs=5e-5)
    assert risk_factor(LEVELS[1], risk) == 1.5
    assert risk_factor(LEVELS[5], risk) == 0.8


@pytest.mark.parametrize(
    ("clouds", "celsius", "found"),
    [
        ((40, 60), (5, 5), 0.5),
        ((50, 50), (-1, 11), 1.0),
        ((50, 50), (5, 5), 0.0),
        ((), (), 0.0),
        ((None,), (None,), 0.0),
    ],
)
def test_vector_14_6_changeable_weather(
    clouds: tuple[float | None, ...], celsius: tuple[float | None, ...], found: float
) -> None:
    assert volatility(hours(clouds, celsius)) == pytest.approx(found)


@given(st.floats(0.5, 2.0), st.floats(-10, 10), st.floats(12.1, 40))
def test_every_level_keeps_more_than_the_next(risk: float, points: float, floor: float) -> None:
    """Where the lowest SoC of 5 % does not bind, the order is strict; else the levels may meet there."""
    targets = [target_percent(level, floor, risk, points) for level in LEVELS.values()]
    assert all(one > other or one == other == 5 for one, other in pairwise(targets))
    if floor > 20:
        assert len(set(targets)) == 5


@given(st.floats(0.01, 10), st.floats(1, 4))
def test_a_missing_kwh_counts_more_at_each_safer_level(usual: float, dearest: float) -> None:
    counted = [penalty_per_kwh(level, usual, usual * dearest) for level in LEVELS.values()]
    assert all(one > other > 0 for one, other in pairwise(counted))
    assert counted[0] <= 5 * usual * dearest + 1e-9


def test_penalties_count_in_usual_prices_of_the_home() -> None:
    assert penalty_per_kwh(LEVELS[3], REFERENCE_PRICE, 4.0) == pytest.approx(8.0)
    assert penalty_per_kwh(LEVELS[3], 0.165, 0.9) == pytest.approx(0.8)
    assert penalty_per_kwh(LEVELS[1], -0.1, 0.3) == 0.0


def test_caution_reaches_p90_at_level_1_and_never_beyond() -> None:
    """With errors that all go the same way, the horizon's standard deviation is that of its bands."""
    found = [caution_for(load_factor(level, 100, 30 / 1.2816, 1.5), 100, 30) for level in LEVELS.values()]
    assert found == pytest.approx([0.999, 0.523, 0.0, -0.195, -0.523], abs=1e-3)
    assert caution_for(1.5, 100, 10) == 1.0
    assert caution_for(1.2, 100, 0) == 0.0


def test_the_dynamic_factor_follows_lack_of_pv_and_cold() -> None:
    assert dynamic_factor(SETTINGS, (), 0.0) == pytest.approx(1.1)
    assert dynamic_factor(SETTINGS, (0.9, 0.5), 0.0) == pytest.approx(1.1 + 0.2 * 0.7)
    assert dynamic_factor(SETTINGS, (-5.0, 0.5), 0.5) == pytest.approx(1.1 + 0.2 * 0.25 + 0.3 * 0.5)
    assert dynamic_factor(RiskSettings(max_factor=1.2), (1.0, 1.0), 1.0) == 1.2


@pytest.mark.parametrize(("celsius", "found"), [(None, 0), (20, 0), (15, 0), (2.5, 0.5), (-10, 1), (-30, 1)])
def test_the_cold_counts_from_mild_to_cold(celsius: float | None, found: float) -> None:
    assert coldness(SETTINGS, celsius) == pytest.approx(found)


def test_a_cold_above_the_mild_never_counts() -> None:
    assert coldness(RiskSettings(mild_celsius=0, cold_celsius=5), -20) == 0
