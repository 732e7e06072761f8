"""Bands from past errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.forecast.calibration import BandTable
from darkstar.forecast.day_grid import DAY_CELLS, Floats
from darkstar.forecast.slot_mean import Issues

OFFSETS = np.arange(2 * DAY_CELLS, dtype=np.int64)


def issues(count: int, first: int = 0) -> Issues:
    cells = np.arange(count, dtype=np.int64) * 20 + first
    return Issues(cells, np.asarray(900.0 * cells, dtype=np.float64))


def spiky(seed: int, shape: tuple[int, ...]) -> Floats:
    """Mostly little, sometimes much: the median lies well below the mean of 1."""
    return np.random.default_rng(seed).gamma(0.6, 1 / 0.6, shape)


@pytest.mark.parametrize("scale", [0.05, 1.0, 40.0])
def test_eighty_percent_of_what_comes_lies_inside(scale: float) -> None:
    past, coming = issues(140), issues(60, 140 * 20)
    expected = scale * (1 + 0.5 * np.sin(OFFSETS / 15.0))
    table = BandTable.of(past, OFFSETS, np.tile(expected, (140, 1)), expected * spiky(1, (140, len(OFFSETS))))
    assert table is not None
    came = expected * spiky(2, (60, len(OFFSETS)))
    cells = coming.cells[:, None] + OFFSETS
    low, middle, high = table.bands_kw(cells, OFFSETS, np.tile(expected, (60, 1)), np.full(cells.shape, np.inf))
    assert ((came >= low) & (came <= high)).mean() == pytest.approx(0.8, abs=0.02)
    assert (came <= middle).mean() == pytest.approx(0.5, abs=0.02)
    assert middle.mean() < expected.mean()


def test_a_time_of_day_that_is_uncertain_has_a_wide_band() -> None:
    past = issues(140)
    evening = (past.cells[:, None] + OFFSETS) % DAY_CELLS // 4 == 18
    noise = np.random.default_rng(3).uniform(-0.05, 0.05, evening.shape)
    table = BandTable.of(past, OFFSETS, np.ones(evening.shape), 1 + noise * np.where(evening, 15, 1))
    assert table is not None
    cells = np.array([4 * 12 + 1, 4 * 18 + 2])
    low, _, high = table.bands_kw(cells, np.array([30, 30]), np.ones(2), np.full(2, np.inf))
    assert (high - low)[1] > 5 * (high - low)[0]


def test_hours_ahead_are_told_apart() -> None:
    past = issues(140)
    noise = np.random.default_rng(4).uniform(-1, 1, (140, len(OFFSETS)))
    table = BandTable.of(past, OFFSETS, np.ones(noise.shape), 1 + noise * np.where(OFFSETS < 8, 0.05, 0.8))
    assert table is not None
    low, _, high = table.bands_kw(np.array([40, 40]), np.array([3, 60]), np.ones(2), np.full(2, np.inf))
    assert high[0] - low[0] < 0.15
    assert high[1] - low[1] > 0.9


def test_bands_stay_below_what_is_possible() -> None:
    past = issues(140)
    table = BandTable.of(past, OFFSETS, np.ones((140, len(OFFSETS))), spiky(5, (140, len(OFFSETS))))
    assert table is not None
    bands = table.bands_kw(OFFSETS, OFFSETS, np.full(len(OFFSETS), 2.0), np.where(OFFSETS % 2, 1.5, 0.0))
    assert bands.max() <= 1.5
    assert (bands[:, ::2] == 0).all()


@given(st.integers(0, 10**6), st.floats(0, 50), st.integers(1, 30))
def test_they_never_cross(seed: int, expected: float, count: int) -> None:
    came = spiky(seed, (count, len(OFFSETS)))
    table = BandTable.of(issues(count), OFFSETS, np.ones(came.shape), came)
    assert table is not None
    bands = table.bands_kw(OFFSETS, OFFSETS, np.full(len(OFFSETS), expected), np.full(len(OFFSETS), np.inf))
    assert (np.diff(bands, axis=0) >= 0).all()
    assert (bands >= 0).all()


def test_nothing_known_gives_no_bands() -> None:
    nothing = np.full((5, len(OFFSETS)), np.nan)
    assert BandTable.of(issues(5), OFFSETS, np.ones(nothing.shape), nothing) is None
    assert BandTable.of(issues(5), OFFSETS, np.zeros(nothing.shape), np.zeros(nothing.shape)) is None
