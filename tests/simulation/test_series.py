from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from darkstar.home.prices import SpotPrice
from darkstar.home.slots import slots_between
from darkstar.home.tariff import TariffSettings
from darkstar.simulation.series import HomeSeries, SeriesError, home_prices, require_prices, shift_prices

STOCKHOLM = ZoneInfo("Europe/Stockholm")
START = datetime(2026, 3, 28, 23, tzinfo=UTC)


def hourly(values: list[float], start: datetime = START) -> list[SpotPrice]:
    hour = timedelta(hours=1)
    return [SpotPrice(start + index * hour, start + (index + 1) * hour, value) for index, value in enumerate(values)]


def test_coarser_sums_and_drops_the_incomplete_rest() -> None:
    series = HomeSeries(START, 15, (1, 2, 3, 4, 5), (0, 0, 1, 1, 9)).in_intervals_of(30)
    assert series == HomeSeries(START, 30, (3, 7), (0, 2))
    assert series.end == START + timedelta(hours=1)


def test_a_series_can_be_parted_and_read_as_measurements() -> None:
    before, after = HomeSeries(START, 30, (1, 2, 3), (0, 4, 5)).parted(1)
    assert before == HomeSeries(START, 30, (1,), (0,))
    assert after == HomeSeries(START + timedelta(minutes=30), 30, (2, 3), (4, 5))
    first, second = after.observations
    assert (first.start, first.hours, first.load_kwh, first.pv_kwh) == (after.start, 0.5, 2, 4)
    assert second.end == after.end


def test_finer_spreads_evenly() -> None:
    series = HomeSeries(START, 60, (1, 2), (0, 4)).in_intervals_of(15)
    assert series.load_kwh == (0.25,) * 4 + (0.5,) * 4
    assert series.pv_kwh == (0,) * 4 + (1,) * 4
    assert (series.minutes, series.end) == (15, START + timedelta(hours=2))
    assert series.in_intervals_of(60) == HomeSeries(START, 60, (1, 2), (0, 4))


@pytest.mark.parametrize("minutes", [20, 5, 120])
def test_odd_intervals_are_refused(minutes: int) -> None:
    with pytest.raises(SeriesError, match="60-minute data"):
        HomeSeries(START, 60, (1,), (0,)).in_intervals_of(minutes)


def test_prices_are_put_on_the_slots_with_tariff_and_export_floor() -> None:
    tariff = TariffSettings(vat_percent=25, supplier_fee_per_kwh=0.2)
    curve = home_prices(hourly([0.4, -0.1]), slots_between(START, START + timedelta(hours=3), 30), tariff, STOCKHOLM, 0)
    assert [price.import_per_kwh for price in curve.prices] == pytest.approx([0.75, 0.75, 0.125, 0.125])
    assert [price.export_per_kwh for price in curve.prices] == [0.4, 0.4, 0, 0]


def test_quarter_hours_are_averaged_over_an_hour() -> None:
    quarter = timedelta(minutes=15)
    spot = [SpotPrice(START + n * quarter, START + (n + 1) * quarter, value) for n, value in enumerate((1, 2, 3, 6))]
    curve = home_prices(spot, slots_between(START, START + 4 * quarter, 60), TariffSettings(), STOCKHOLM)
    assert [price.import_per_kwh for price in curve.prices] == pytest.approx([3.0])


def test_a_missing_price_is_named() -> None:
    curve = home_prices(
        hourly([0.4]), slots_between(START, START + timedelta(hours=2), 60), TariffSettings(), STOCKHOLM
    )
    series = HomeSeries(START, 60, (1, 1), (0, 0))
    with pytest.raises(SeriesError, match=r"1 interval\(s\).*2026-03-29T00:00:00"):
        require_prices(series, curve)


@pytest.mark.parametrize("day", [datetime(2026, 3, 29), datetime(2026, 10, 25)])  # noqa: DTZ001 - made aware below
def test_shifted_prices_keep_the_local_clock_and_the_weekday(day: datetime) -> None:
    start = day.replace(tzinfo=STOCKHOLM).astimezone(UTC)
    slots = slots_between(start, (day + timedelta(days=1)).replace(tzinfo=STOCKHOLM).astimezone(UTC), 60)
    source = start - timedelta(days=364, hours=6)
    clock = [(source + timedelta(hours=n)).astimezone(STOCKHOLM).hour for n in range(40)]
    shifted = shift_prices(hourly([float(hour) for hour in clock], source), slots, STOCKHOLM, 1)
    assert len(shifted) == len(slots) == {3: 23, 10: 25}[day.month]
    for price in shifted:
        hour = price.start.astimezone(STOCKHOLM).hour
        skipped_back_then = hour == 2 and price.per_kwh == 3
        assert price.per_kwh == hour or skipped_back_then


def test_a_far_market_goes_by_the_clock_of_the_home() -> None:
    berlin, los_angeles = ZoneInfo("Europe/Berlin"), ZoneInfo("America/Los_Angeles")
    midnight = datetime(2026, 6, 2, tzinfo=berlin).astimezone(UTC)
    by_hour = hourly([float(hour) for hour in range(24)], midnight)
    start = datetime(2026, 6, 2, tzinfo=los_angeles).astimezone(UTC)
    shifted = shift_prices(by_hour, slots_between(start, start + timedelta(hours=24), 60), los_angeles, 0, berlin)
    assert [price.per_kwh for price in shifted] == list(range(24))
    assert shifted[0].start == start
