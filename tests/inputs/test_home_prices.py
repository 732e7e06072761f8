from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest

from darkstar.home.prices import Price, SpotPrice
from darkstar.home.tariff import FeePeriod, TariffSettings
from darkstar.inputs.home_prices import home_prices
from tests.homes import home
from tests.inputs.price_samples import AUTUMN, STOCKHOLM, starts

SWEDISH = TariffSettings(transfer_fee_per_kwh=0.2456, energy_tax_per_kwh=0.439, vat_percent=25)
NOON = datetime(2026, 1, 15, 11, tzinfo=UTC)


def spot(start: datetime, hours: float, per_kwh: float) -> SpotPrice:
    return SpotPrice(start, start + timedelta(hours=hours), per_kwh)


def prices(tariff: TariffSettings, spots: list[SpotPrice], sold: list[SpotPrice] | None = None) -> list[Price]:
    return list(home_prices(spots, sold, home(tariff=tariff), known=True))


@pytest.mark.parametrize(
    ("per_kwh", "paid", "earned"),
    [(-0.02, 0.83075, -0.02), (0.0, 0.85575, 0.0), (0.39007, 1.3433375, 0.39007), (1.0, 2.10575, 1.0)],
)
def test_swedish_tariff(per_kwh: float, paid: float, earned: float) -> None:
    (price,) = prices(SWEDISH, [spot(NOON, 1, per_kwh)])
    assert price.import_per_kwh == pytest.approx(paid)
    assert price.export_per_kwh == earned
    assert price.known


def test_an_hour_in_which_the_fee_changes_is_cut_there() -> None:
    night = FeePeriod(fee_per_kwh=0.1, start=time(22, 15), end=time(6, 30))
    tariff = TariffSettings(transfer_fee_per_kwh=0.5, fee_periods=(night,))
    evening = datetime(2026, 1, 15, 21, tzinfo=UTC)
    cut = prices(tariff, [spot(evening, 1, 1.0), spot(evening + timedelta(hours=1), 1, 2.0)])
    assert [(price.start.minute, price.import_per_kwh) for price in cut] == [(0, 1.5), (15, 1.1), (0, 2.1)]
    assert all(one.end == other.start for one, other in pairwise(cut))


def test_a_final_price_has_no_fees_and_is_not_cut() -> None:
    night = FeePeriod(fee_per_kwh=0.1, start=time(12, 15), end=time(12, 30))
    tariff = TariffSettings(transfer_fee_per_kwh=0.5, fee_periods=(night,), import_price_is_final=True)
    assert [price.import_per_kwh for price in prices(tariff, [spot(NOON, 1, 1.0)])] == [1.0]


def test_fees_follow_the_local_clock_through_the_repeated_hour() -> None:
    early = FeePeriod(fee_per_kwh=1.0, start=time(2), end=time(3))
    spots = [spot(start.astimezone(UTC), 1, 0.0) for start in starts(AUTUMN, 60)]
    cut = prices(TariffSettings(fee_periods=(early,)), spots)
    assert len(cut) == 25
    dear = [price.start for price in cut if price.import_per_kwh == 1.0]
    assert dear == [datetime(2026, 10, 25, 0, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)]


def test_a_supplier_s_own_export_price_is_taken_as_it_is() -> None:
    sold = [spot(NOON, 0.5, 0.15), spot(NOON + timedelta(minutes=30), 0.5, -0.05)]
    cut = prices(SWEDISH, [spot(NOON, 1, 1.0)], sold)
    assert [(price.start.minute, price.export_per_kwh) for price in cut] == [(0, 0.15), (30, -0.05)]
    assert [price.import_per_kwh for price in cut] == pytest.approx([2.10575, 2.10575])


def test_without_its_export_price_energy_counts_as_unpaid() -> None:
    late = [spot(NOON + timedelta(minutes=30), 0.5, 0.15)]
    assert [price.export_per_kwh for price in prices(SWEDISH, [spot(NOON, 1, 1.0)], late)] == [0.0, 0.15]
    early = [spot(NOON, 0.5, 0.15)]
    assert [price.export_per_kwh for price in prices(SWEDISH, [spot(NOON, 1, 1.0)], early)] == [0.15, 0.0]
    fixed = TariffSettings(fixed_feed_in_per_kwh=0.08)
    assert [price.export_per_kwh for price in prices(fixed, [spot(NOON, 1, 1.0)], [])] == [0.08]


def test_weekdays_are_local() -> None:
    sunday = FeePeriod(fee_per_kwh=9.0, weekdays=(6,))
    midnight = datetime.combine(date(2026, 1, 18), time(), STOCKHOLM).astimezone(UTC)
    before, after = midnight - timedelta(hours=1), midnight
    cut = prices(TariffSettings(fee_periods=(sunday,)), [spot(before, 1, 0.0), spot(after, 1, 0.0)])
    assert [price.import_per_kwh for price in cut] == [0.0, 9.0]
