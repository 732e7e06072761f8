"""PV of a forecast service, spread over slots."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.forecast.bands import PvInterval
from darkstar.forecast.day_grid import Floats
from darkstar.forecast.service_pv import ServicePv
from darkstar.home.slots import Slot, slots_between

DAWN = datetime(2026, 5, 20, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


def rising(epoch_s: Floats) -> Floats:
    """Dark before dawn, then rising evenly."""
    return np.maximum(epoch_s - DAWN.timestamp(), 0.0)


def test_energy_leans_to_where_the_sun_is() -> None:
    interval = PvInterval(DAWN - 0.5 * HOUR, DAWN + 0.5 * HOUR, 1.0)
    energy = ServicePv.of([interval], slots_between(interval.start, interval.end), rising).p50
    assert energy.tolist() == pytest.approx([0.0, 0.0, 0.25, 0.75])


@given(st.integers(0, 40), st.integers(15, 100), st.sampled_from([15, 30, 60]))
def test_energy_is_kept(offset: int, length: int, minutes: int) -> None:
    start = DAWN + timedelta(minutes=offset)
    intervals = [
        PvInterval(start + n * timedelta(minutes=length), start + (n + 1) * timedelta(minutes=length), 1.0 + n)
        for n in range(3)
    ]
    horizon = slots_between(start, intervals[-1].end, minutes)
    assert ServicePv.of(intervals, horizon, rising).p50.sum() == pytest.approx(6.0)


def test_a_slot_that_is_only_partly_covered_is_not() -> None:
    interval = PvInterval(DAWN, DAWN + 1.5 * HOUR, 1.0)
    energy = ServicePv.of([interval], [Slot(DAWN, 1.0), Slot(DAWN + HOUR, 1.0)], rising).p50
    assert np.isfinite(energy).tolist() == [True, False]


def test_quantiles_that_are_left_out_stay_out() -> None:
    interval = PvInterval(DAWN, DAWN + HOUR, 1.0, p10_kwh=0.5)
    service = ServicePv.of([interval], [Slot(DAWN, 1.0)], rising)
    assert service.p10.tolist() == pytest.approx([0.5])
    assert np.isnan(service.p90).all()


def test_no_intervals_cover_nothing() -> None:
    assert np.isnan(ServicePv.of([], [Slot(DAWN, 1.0)], rising).p50).all()
