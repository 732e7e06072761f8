from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.home.prices import Price, PriceCurve, SpotPrice
from darkstar.home.settings import HomeSettings
from darkstar.home.tariff import FeePeriod, TariffSettings
from darkstar.simulation.whatif.changes import Changes
from darkstar.simulation.whatif.repricing import repriced, spot_of
from tests.homes import home as any_home

START = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
OLD = TariffSettings(
    vat_percent=25,
    transfer_fee_per_kwh=0.2,
    energy_tax_per_kwh=0.4,
    supplier_fee_per_kwh=0.05,
    fee_periods=(FeePeriod(fee_per_kwh=0.7, start=time(6), end=time(22)),),
)


def with_tariff(tariff: TariffSettings) -> HomeSettings:
    return any_home(tariff=tariff)


def curve_of(tariff: TariffSettings, spots: list[float]) -> PriceCurve:
    zone = any_home().zone
    return PriceCurve(
        tuple(
            tariff.price(SpotPrice(START + number * HOUR, START + (number + 1) * HOUR, spot), zone)
            for number, spot in enumerate(spots)
        )
    )


@given(st.lists(st.floats(-2, 5), min_size=1, max_size=30), st.floats(0, 2), st.floats(0, 30), st.floats(0, 2))
def test_other_terms_give_the_price_that_they_would_have_given(
    spots: list[float], fee: float, vat: float, share: float
) -> None:
    """Also where the clock skips an hour and where fees change with the time of day."""
    new = {"transfer_fee_per_kwh": fee, "vat_percent": vat, "export_share": share}
    found = repriced(curve_of(OLD, spots), with_tariff(OLD), Changes(tariff=new))
    expected = curve_of(OLD.model_copy(update=new), spots)
    for one, other in zip(found.prices, expected.prices, strict=True):
        assert one.import_per_kwh == pytest.approx(other.import_per_kwh, abs=1e-9)
        assert one.export_per_kwh == pytest.approx(other.export_per_kwh, abs=1e-9)
        assert (one.start, one.end, one.known) == (other.start, other.end, other.known)


def test_prices_stay_the_same_where_terms_do() -> None:
    curve = curve_of(OLD, [0.3, 0.4])
    assert repriced(curve, with_tariff(OLD), Changes(battery_kwh=12.0)) is curve


def test_a_final_import_price_is_its_own_spot_price() -> None:
    assert spot_of(1.7, OLD.model_copy(update={"import_price_is_final": True}), START) == 1.7


def test_a_fixed_price_has_fees_and_taxes_on_top() -> None:
    (price,) = repriced(curve_of(OLD, [0.9]), with_tariff(OLD), Changes(fixed_price_per_kwh=0.5)).prices
    assert price.import_per_kwh == pytest.approx((0.5 + 0.2 + 0.4 + 0.05) * 1.25)
    assert price.export_per_kwh == pytest.approx(0.5)


def test_what_the_formula_does_not_know_of_an_export_price_stays() -> None:
    curve = PriceCurve((Price(START, START + HOUR, 1.5, 0.77),))
    dearer = repriced(curve, with_tariff(OLD), Changes(tariff={"energy_tax_per_kwh": 0.5}))
    assert dearer.prices[0].export_per_kwh == pytest.approx(0.77)
    assert dearer.prices[0].import_per_kwh == pytest.approx(1.5 + 0.1 * 1.25)
    flat = repriced(curve, with_tariff(OLD), Changes(tariff={"fixed_feed_in_per_kwh": 0.1}))
    assert flat.prices[0].export_per_kwh == 0.1
