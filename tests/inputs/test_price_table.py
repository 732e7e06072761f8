from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar.home.prices import SpotPrice
from darkstar.home.slots import local_day
from darkstar.inputs.price_table import PriceRow, SpotTable, from_day_list, from_rows, merged
from tests.inputs.price_samples import AUTUMN, SPRING, STOCKHOLM, THURSDAY, starts, values

MIDNIGHT = datetime(2026, 1, 14, 23, tzinfo=UTC)


def at(hour: float) -> datetime:
    return MIDNIGHT + timedelta(hours=hour)


def spot(start: float, end: float, value: float) -> SpotPrice:
    return SpotPrice(at(start), at(end), value)


@pytest.mark.parametrize("minutes", [15, 30, 60])
@pytest.mark.parametrize(("day", "hours"), [(THURSDAY, 24), (SPRING, 23), (AUTUMN, 25)])
def test_a_bare_list_fills_the_real_day(day: object, hours: int, minutes: int) -> None:
    assert isinstance(day, type(THURSDAY))
    table = from_day_list("sensor.x", values(day, minutes), day, 1.0, STOCKHOLM)
    start, end = local_day(day, STOCKHOLM)
    assert len(table.prices) == hours * 60 // minutes
    assert (table.prices[0].start, table.prices[-1].end) == (start, end)
    assert [price.start for price in table.prices] == [instant.astimezone(UTC) for instant in starts(day, minutes)]


@pytest.mark.parametrize(("day", "count"), [(SPRING, 24), (AUTUMN, 24), (THURSDAY, 23), (THURSDAY, 192), (SPRING, 96)])
def test_a_bare_list_that_does_not_fit_the_day_is_refused(day: object, count: int) -> None:
    assert isinstance(day, type(THURSDAY))
    table = from_day_list("sensor.x", [1.0] * count, day, 1.0, STOCKHOLM)
    assert table.prices == ()
    assert str(count) in table.faults[0].reason


def test_missing_values_keep_their_place() -> None:
    table = from_day_list("sensor.x", [None, *values(THURSDAY, 60)[1:-1], None], THURSDAY, 1.0, STOCKHOLM)
    assert (table.prices[0], table.prices[-1]) == (spot(1, 2, 1.0), spot(22, 23, 22.0))


def test_of_rows_with_the_same_start_the_later_counts() -> None:
    rows = [PriceRow(at(0), 1), PriceRow(at(1), 2), PriceRow(at(1), 9), PriceRow(at(1), 9)]
    table = from_rows("sensor.x", rows, 1.0, STOCKHOLM)
    assert table == SpotTable((spot(0, 1, 1.0), spot(1, 2, 9.0)))


def test_of_overlapping_rows_the_one_that_starts_later_counts() -> None:
    rows = [PriceRow(at(0), 1, at(2)), PriceRow(at(1), 2, at(3))]
    table = from_rows("sensor.x", rows, 1.0, STOCKHOLM)
    assert table.prices == (spot(0, 1, 1.0), spot(1, 3, 2.0))
    assert "overlap" in table.faults[0].reason


def test_unordered_rows_are_sorted() -> None:
    rows = [PriceRow(at(hour).isoformat(), hour) for hour in (5, 3, 4)]
    assert [price.per_kwh for price in from_rows("sensor.x", rows, 1.0, STOCKHOLM).prices] == [3, 4, 5]


def test_an_absurd_end_is_replaced_by_the_next_start() -> None:
    rows = [PriceRow(at(0), 1, at(-1)), PriceRow(at(1), 2, at(100)), PriceRow(at(2), 3, "soon")]
    table = from_rows("sensor.x", rows, 1.0, STOCKHOLM)
    assert table.prices == (spot(0, 1, 1.0), spot(1, 2, 2.0), spot(2, 3, 3.0))


def test_zero_and_negative_prices_are_prices() -> None:
    rows = [PriceRow(at(0), 0), PriceRow(at(1), -35.5), PriceRow(at(2), 0.0)]
    assert [price.per_kwh for price in from_rows("s", rows, 0.001, STOCKHOLM).prices] == pytest.approx(
        [0.0, -0.0355, 0.0]
    )


def test_unpublished_rows_leave_a_gap() -> None:
    rows = [PriceRow(at(0), 1), PriceRow(at(1), None), PriceRow(at(2), float("nan")), PriceRow(at(3), 4)]
    assert from_rows("s", rows, 1.0, STOCKHOLM).prices == (spot(0, 1, 1.0), spot(3, 4, 4.0))


def test_tables_of_two_days_join() -> None:
    today, tomorrow = SpotTable((spot(23, 24, 1.0),)), SpotTable((spot(24, 25, 2.0),))
    assert merged("s", (today, tomorrow)).prices == (spot(23, 24, 1.0), spot(24, 25, 2.0))


instants = st.one_of(
    st.none(), st.text(), st.datetimes(), st.datetimes(timezones=st.just(UTC)), st.datetimes().map(datetime.isoformat)
)
junk = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text())


@settings(deadline=None)
@given(rows=st.lists(st.builds(PriceRow, start=instants, value=junk, end=instants)), factor=st.floats(1e-3, 1e3))
def test_any_rows_give_sorted_prices_without_overlap(rows: list[PriceRow], factor: float) -> None:
    prices = from_rows("sensor.x", rows, factor, STOCKHOLM).prices
    assert all(price.start < price.end for price in prices)
    assert all(one.end <= other.start for one, other in pairwise(prices))
    assert all(price.start.tzinfo is UTC for price in prices)
