"""From spot price to what the home pays and is paid."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.home.prices import Price, SpotPrice
from darkstar.home.tariff import FeePeriod, TariffSettings

STOCKHOLM = ZoneInfo("Europe/Stockholm")
SWEDISH = TariffSettings(transfer_fee_per_kwh=0.2456, energy_tax_per_kwh=0.439, vat_percent=25)
MONDAY = datetime(2026, 1, 12, tzinfo=STOCKHOLM)


@pytest.mark.parametrize(
    ("spot", "imported", "exported"),
    [(-0.02, 0.83075, -0.02), (0.0, 0.85575, 0.0), (0.39007, 1.3433375, 0.39007), (1.0, 2.10575, 1.0)],
)
def test_spot_to_home(spot: float, imported: float, exported: float) -> None:
    assert SWEDISH.import_price(spot, MONDAY) == pytest.approx(imported)
    assert SWEDISH.export_price(spot) == pytest.approx(exported)


def test_an_export_price_of_zero_stays_zero() -> None:
    spot = SpotPrice(MONDAY, MONDAY + timedelta(hours=1), 0.0)
    assert SWEDISH.price(spot, STOCKHOLM).export_per_kwh == 0.0


def test_supplier_fee_counts_before_vat() -> None:
    tariff = TariffSettings(supplier_fee_per_kwh=0.1, vat_percent=20)
    assert tariff.import_price(0.5, MONDAY) == pytest.approx(0.72)


def test_final_prices_are_taken_as_they_are() -> None:
    tariff = SWEDISH.model_copy(update={"import_price_is_final": True})
    assert tariff.import_price(1.23, MONDAY) == 1.23


def test_export_share_compensation_and_fee() -> None:
    tariff = TariffSettings(export_share=0.9, export_compensation_per_kwh=0.6, export_fee_per_kwh=0.05)
    assert tariff.export_price(1.0) == pytest.approx(1.45)


def test_a_fixed_feed_in_price_replaces_the_formula_even_when_zero() -> None:
    assert TariffSettings(fixed_feed_in_per_kwh=0.0).export_price(1.0) == 0.0
    assert TariffSettings(fixed_feed_in_per_kwh=0.08, export_fee_per_kwh=1).export_price(-1.0) == 0.08


def test_a_price_of_its_own_for_export_wins() -> None:
    spot = SpotPrice(MONDAY, MONDAY + timedelta(hours=1), 1.0)
    sold = SpotPrice(spot.start, spot.end, 0.15)
    assert SWEDISH.price(spot, STOCKHOLM, sold, known=False) == Price(spot.start, spot.end, 2.10575, 0.15, known=False)


PERIODS = TariffSettings(
    transfer_fee_per_kwh=1,
    fee_periods=(
        FeePeriod(fee_per_kwh=5, start=time(6), end=time(22), weekdays=(0, 1, 2, 3, 4), months=(11, 12, 1, 2, 3)),
        FeePeriod(fee_per_kwh=3, start=time(22), end=time(6)),
        FeePeriod(fee_per_kwh=9, start=time(7), end=time(8)),
    ),
)


@pytest.mark.parametrize(
    ("local", "fee"),
    [
        (datetime(2026, 1, 12, 6, tzinfo=STOCKHOLM), 5),
        (datetime(2026, 1, 12, 21, 59, tzinfo=STOCKHOLM), 5),
        (datetime(2026, 1, 12, 22, tzinfo=STOCKHOLM), 3),
        (datetime(2026, 1, 12, 5, 59, tzinfo=STOCKHOLM), 3),
        (datetime(2026, 1, 10, 12, tzinfo=STOCKHOLM), 1),
        (datetime(2026, 6, 8, 12, tzinfo=STOCKHOLM), 1),
        (datetime(2026, 1, 12, 7, 30, tzinfo=STOCKHOLM), 5),
        (datetime(2026, 1, 10, 7, 30, tzinfo=STOCKHOLM), 9),
    ],
)
def test_the_first_period_that_matches_counts(local: datetime, fee: float) -> None:
    assert PERIODS.transfer_fee(local) == fee


def test_a_period_from_midnight_to_midnight_holds_all_day() -> None:
    assert TariffSettings(fee_periods=(FeePeriod(fee_per_kwh=2),)).transfer_fee(MONDAY) == 2


@pytest.mark.parametrize(("utc_hour", "fee"), [(0, 3), (1, 1)])
def test_fees_go_by_the_local_clock_on_the_spring_day(utc_hour: int, fee: float) -> None:
    tariff = TariffSettings(transfer_fee_per_kwh=1, fee_periods=(FeePeriod(fee_per_kwh=3, start=time(0), end=time(3)),))
    start = datetime(2026, 3, 29, utc_hour, tzinfo=UTC)
    price = tariff.price(SpotPrice(start, start + timedelta(hours=1), 0.0), STOCKHOLM)
    assert price.import_per_kwh == fee


@given(st.floats(-2, 5), st.floats(-2, 5))
def test_a_dearer_spot_price_is_never_cheaper_for_the_home(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert SWEDISH.import_price(low, MONDAY) <= SWEDISH.import_price(high, MONDAY)
    assert SWEDISH.export_price(low) <= SWEDISH.export_price(high)
