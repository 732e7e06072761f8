"""PV surplus as a mean over minutes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.control.rules.surplus import SurplusMeter
from darkstar.home.operation import ExecutorSettings
from tests.control.samples import NOW, sample_readings

MINUTE = timedelta(minutes=1)


def metered(*samples: tuple[float, float | None, float | None], minutes: float = 10.0) -> SurplusMeter:
    """A meter that saw (minute, PV, load)."""
    meter = SurplusMeter(ExecutorSettings(pv_surplus_minutes=minutes))
    for minute, pv_kw, load_kw in samples:
        meter.add(NOW + minute * MINUTE, sample_readings(50, pv_kw=pv_kw, load_kw=load_kw))
    return meter


def test_the_mean_of_pv_less_load() -> None:
    meter = metered((0, 5, 2), (5, 4, 2), (10, 3, 2))
    assert meter.mean_kw(NOW + 10 * MINUTE) == pytest.approx(2.0)


@pytest.mark.parametrize(("minute", "known"), [(4.9, False), (5, True)])
def test_samples_must_span_half_of_the_window(minute: float, known: bool) -> None:
    meter = metered((0, 5, 2), (minute, 5, 2))
    assert (meter.mean_kw(NOW + minute * MINUTE) is not None) is known


def test_nothing_is_known_at_first_and_after_a_silence() -> None:
    assert metered().mean_kw(NOW) is None
    assert metered((0, 5, 2)).mean_kw(NOW) is None
    silent = metered((0, 5, 2), (5, 5, 2), (10, 5, None), (11, None, 2))
    assert silent.mean_kw(NOW + 10 * MINUTE) == pytest.approx(3)
    assert silent.mean_kw(NOW + 11 * MINUTE) is None


def test_a_peak_counts_by_its_time_not_by_its_samples() -> None:
    steady = metered((0, 5, 2), (9, 5, 2), (9.1, 5, 12), (9.2, 5, 12), (9.3, 5, 12), (9.4, 5, 2), (10, 5, 2))
    mean = steady.mean_kw(NOW + 10 * MINUTE)
    assert mean is not None
    assert 2.5 < mean < 3


def test_what_lies_before_the_window_counts_only_within_it() -> None:
    meter = metered((0, 12, 2), (20, 2, 2), (25, 2, 2))
    assert meter.mean_kw(NOW + 25 * MINUTE) == pytest.approx((5 * 1.25 + 5 * 0) / 10)


def test_seldom_ticks_are_enough() -> None:
    meter = metered((0, 5, 2), (15, 5, 2))
    assert meter.mean_kw(NOW + 15 * MINUTE) == pytest.approx(3)


def test_a_long_gap_is_not_bridged() -> None:
    meter = metered((0, 5, 2), (31, 5, 2))
    assert meter.mean_kw(NOW + 31 * MINUTE) is None


def test_a_clock_that_was_set_back_begins_anew() -> None:
    meter = metered((60, 9, 2), (66, 9, 2), (0, 5, 2), (5, 5, 2))
    assert meter.mean_kw(NOW + 5 * MINUTE) == pytest.approx(3)


@given(
    st.lists(st.tuples(st.floats(0, 300), st.floats(0, 10), st.floats(0, 10)), max_size=30),
    st.floats(1, 60),
)
def test_the_mean_lies_within_the_samples(samples: list[tuple[float, float, float]], minutes: float) -> None:
    meter = metered(*sorted(samples), minutes=minutes)
    last = max((minute for minute, _, _ in samples), default=0.0)
    mean = meter.mean_kw(NOW + last * MINUTE)
    surplus = [pv - load for _, pv, load in samples]
    assert mean is None or min(surplus) - 1e-6 <= mean <= max(surplus) + 1e-6
