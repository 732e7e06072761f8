from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.home.prices import Price, PriceCurve
from darkstar.learning.backfill import first_unpriced, missing_span

NOW = datetime(2026, 3, 29, 12, 7, 30, tzinfo=UTC)
FLOOR = datetime(2026, 3, 29, 12, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def test_at_the_first_start_it_reaches_back_as_far_as_the_setting_says() -> None:
    assert missing_span(None, NOW, 60) == (FLOOR - timedelta(days=60), FLOOR)


def test_it_begins_after_the_newest_observation() -> None:
    assert missing_span(FLOOR - 5 * QUARTER, NOW, 60) == (FLOOR - 4 * QUARTER, FLOOR)


def test_after_a_long_absence_it_reaches_no_further_than_the_setting_says() -> None:
    assert missing_span(NOW - timedelta(days=300), NOW, 10) == (FLOOR - timedelta(days=10), FLOOR)


@pytest.mark.parametrize("latest", [FLOOR - QUARTER, FLOOR, FLOOR + timedelta(days=1)])
def test_when_the_last_slot_is_there_nothing_is_missing(latest: datetime) -> None:
    assert missing_span(latest, NOW, 60) is None


@pytest.mark.parametrize("latest", [None, NOW - timedelta(days=3)])
def test_zero_days_fetch_nothing(latest: datetime | None) -> None:
    assert missing_span(latest, NOW, 0) is None


@given(st.integers(0, 400 * 96), st.integers(0, 366), st.integers(0, 86_399))
def test_it_is_whole_slots_of_the_past(quarters: int, days: int, seconds: int) -> None:
    now = NOW + timedelta(seconds=seconds)
    span = missing_span(FLOOR - QUARTER * quarters, now, days)
    if span is None:
        return
    start, end = span
    assert start < end <= now
    assert start.minute % 15 == end.minute % 15 == start.second == end.second == 0


def test_the_first_slot_without_a_price() -> None:
    def price(quarter: int) -> Price:
        return Price(FLOOR + quarter * QUARTER, FLOOR + (quarter + 1) * QUARTER, 1.0, 1.0)

    curve = PriceCurve((price(0), price(1), price(3)))
    assert first_unpriced(curve, FLOOR, FLOOR + 2 * QUARTER) is None
    assert first_unpriced(curve, FLOOR, FLOOR + 4 * QUARTER) == FLOOR + 2 * QUARTER
    assert first_unpriced(PriceCurve(), FLOOR, FLOOR + QUARTER) == FLOOR
