"""Prices where none are published yet."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.forecast.price_tail import extend
from darkstar.forecast.price_weights import LEADS
from darkstar.home.prices import Price, PriceCurve
from darkstar.home.slots import local_day, slots_between
from darkstar.home.tariff import FeePeriod, TariffSettings
from tests.forecast.samples import days

STOCKHOLM = ZoneInfo("Europe/Stockholm")
PLAIN = TariffSettings()
NONE = PriceCurve()
HOUR = timedelta(hours=1)

MIDNIGHT = datetime(2026, 1, 14, 23, tzinfo=UTC)
"""Start of Thursday 15 January at home."""
NOW = MIDNIGHT + 14 * HOUR
END = MIDNIGHT + days(1)

Spot = Callable[[datetime], float]


def curve(start: datetime, end: datetime, spot: Spot, tariff: TariffSettings = PLAIN, minutes: int = 15) -> PriceCurve:
    """Known prices; `spot` gets local times."""
    prices = []
    for slot in slots_between(start, end, minutes):
        local = slot.start.astimezone(STOCKHOLM)
        prices.append(
            Price(slot.start, slot.end, tariff.import_price(spot(local), local), tariff.export_price(spot(local)))
        )
    return PriceCurve(tuple(prices))


def by_hour(local: datetime) -> float:
    return 0.1 + local.hour / 100


def tail_of(
    known: PriceCurve, past: PriceCurve = NONE, tariff: TariffSettings = PLAIN, hours: float = 48
) -> PriceCurve:
    return extend(known, past, NOW, NOW + hours * HOUR, STOCKHOLM, tariff)


def test_the_usual_price_of_the_time_of_day_goes_on() -> None:
    extended = tail_of(curve(MIDNIGHT, END, by_hour), curve(MIDNIGHT - days(14), MIDNIGHT, by_hour))
    for slot in slots_between(NOW, NOW + days(2)):
        price = extended.at(slot.start)
        assert price is not None
        assert price.known == (slot.start < END)
        assert price.import_per_kwh == pytest.approx(by_hour(slot.start.astimezone(STOCKHOLM)))
        assert price.export_per_kwh == pytest.approx(price.import_per_kwh)


def test_known_prices_are_never_touched_and_gaps_are_filled() -> None:
    whole = curve(MIDNIGHT, END, by_hour)
    hole = PriceCurve(tuple(price for price in whole.prices if not NOW + HOUR <= price.start < NOW + 3 * HOUR))
    extended = tail_of(hole, hours=4)
    assert [price for price in extended.prices if price.known] == list(hole.prices)
    guessed = [price.start for price in extended.prices if not price.known]
    assert guessed == [slot.start for slot in slots_between(NOW + HOUR, NOW + 3 * HOUR)]


def test_an_odd_day_moves_the_tail_by_a_share_of_what_it_differs() -> None:
    past = curve(MIDNIGHT - days(14), MIDNIGHT, by_hour)
    extended = tail_of(curve(MIDNIGHT, END, lambda local: by_hour(local) + 0.2), past)
    price = extended.at(END + 6 * HOUR)
    assert price is not None
    _, newest, lately, _, evening = LEADS[0].reasons
    moved = 0.2 * (newest + lately / 3 + evening)
    assert 0.05 < moved < 0.15
    assert price.import_per_kwh == pytest.approx(by_hour((END + 6 * HOUR).astimezone(STOCKHOLM)) + moved)


def test_the_further_the_day_the_less_an_odd_one_counts() -> None:
    past = curve(MIDNIGHT - days(14), MIDNIGHT, by_hour)
    extended = tail_of(curve(MIDNIGHT, END, lambda local: by_hour(local) + 0.2), past, hours=7 * 24)
    moved = [
        price.import_per_kwh - by_hour(price.start.astimezone(STOCKHOLM))
        for price in (extended.at(END + days(ahead) + 6 * HOUR) for ahead in (0, 1, 2, 4))
        if price is not None
    ]
    assert moved == sorted(moved, reverse=True)
    assert len(set(moved)) == 4


def test_the_band_is_as_wide_as_prices_have_been() -> None:
    def noisy(spread: float) -> Spot:
        return lambda local: 0.5 + spread * (local.toordinal() * 7 % 11 - 5)

    widths = []
    for spread in (0.0, 0.01, 0.02):
        extended = tail_of(curve(MIDNIGHT, END, noisy(spread)), curve(MIDNIGHT - days(40), MIDNIGHT, noisy(spread)))
        price = extended.at(END + 6 * HOUR)
        assert price is not None
        assert price.band is not None
        assert price.band.import_p10 <= price.import_per_kwh <= price.band.import_p90
        widths.append(price.band.import_p90 - price.band.import_p10)
    assert widths == pytest.approx([0.0, widths[1], 2 * widths[1]])
    assert widths[1] > 0.03


def test_known_prices_have_no_band() -> None:
    extended = tail_of(curve(MIDNIGHT, END, by_hour), curve(MIDNIGHT - days(14), MIDNIGHT, by_hour))
    assert {price.known for price in extended.prices if price.band is None} == {True}
    assert {price.known for price in extended.prices if price.band is not None} == {False}


def test_taxes_change_the_tail_as_they_change_prices() -> None:
    """A currency, a tax and a compensation are the same for the forecast as for the price."""
    tariff = TariffSettings(energy_tax_per_kwh=0.4, vat_percent=25, export_share=0.9, export_fee_per_kwh=0.05)

    def spot(local: datetime) -> float:
        return by_hour(local) * (1 + local.toordinal() % 5)

    plain = tail_of(curve(MIDNIGHT, END, spot), curve(MIDNIGHT - days(20), MIDNIGHT, spot))
    taxed = tail_of(curve(MIDNIGHT, END, spot, tariff), curve(MIDNIGHT - days(20), MIDNIGHT, spot, tariff), tariff)
    for before, after in zip(plain.prices, taxed.prices, strict=True):
        local = before.start.astimezone(STOCKHOLM)
        assert after.import_per_kwh == pytest.approx(tariff.import_price(before.import_per_kwh, local))
        assert after.export_per_kwh == pytest.approx(tariff.export_price(before.export_per_kwh))
        if before.band is not None and after.band is not None:
            assert after.band.import_p90 == pytest.approx(tariff.import_price(before.band.import_p90, local))


def test_what_comes_after_the_known_prices_changes_nothing() -> None:
    """Prices that were published later may be anything."""
    past = curve(MIDNIGHT - days(20), MIDNIGHT, by_hour)
    known = curve(MIDNIGHT, END, by_hour)
    with_guess = PriceCurve(
        (*known.prices, *(replace(price, known=False) for price in curve(END, END + days(2), lambda _: 9.0).prices))
    )
    guessed = {price.start for price in with_guess.prices if not price.known}
    tail = [price for price in tail_of(known, past, hours=80).prices if not price.known and price.start not in guessed]
    kept = [price for price in tail_of(with_guess, past, hours=80).prices if price.start not in guessed]
    assert [price for price in kept if not price.known] == tail


def test_weekends_have_prices_of_their_own() -> None:
    def spot(local: datetime) -> float:
        return 0.1 if local.weekday() >= 5 else 0.5

    saturday = MIDNIGHT + days(2)
    known = curve(MIDNIGHT + days(1), saturday, spot)
    extended = extend(
        known,
        curve(saturday - days(14), MIDNIGHT + days(1), spot),
        saturday - HOUR,
        saturday + days(3),
        STOCKHOLM,
        PLAIN,
    )
    imports = {
        (price.start.astimezone(STOCKHOLM).weekday(), round(price.import_per_kwh, 6))
        for price in extended.prices
        if not price.known
    }
    assert imports == {(5, 0.1), (6, 0.1), (0, 0.5)}


def test_with_only_today_known_tomorrow_is_like_today() -> None:
    extended = tail_of(curve(MIDNIGHT, END, by_hour), hours=30)
    price = extended.at(END + 5.5 * HOUR)
    assert price is not None
    assert price.import_per_kwh == pytest.approx(by_hour((END + 5.5 * HOUR).astimezone(STOCKHOLM)))


def test_a_time_of_day_never_seen_gets_the_median_of_all() -> None:
    known = curve(MIDNIGHT + 10 * HOUR, END, lambda local: 0.1 if local.hour < 20 else 0.7)
    price = tail_of(known).at(END + 2 * HOUR)
    assert price is not None
    assert price.import_per_kwh == pytest.approx(0.1)


def test_without_any_known_price_nothing_is_made_up() -> None:
    assert tail_of(PriceCurve()) == PriceCurve()


def test_an_old_past_alone_serves_when_the_source_is_silent() -> None:
    extended = tail_of(PriceCurve(), curve(MIDNIGHT - days(3), MIDNIGHT, by_hour))
    assert len(extended.prices) == 192
    assert not any(price.known for price in extended.prices)


def test_forecast_prices_in_the_past_teach_nothing() -> None:
    guesses = PriceCurve(
        tuple(Price(p.start, p.end, 9.0, 9.0, known=False) for p in curve(MIDNIGHT - days(3), MIDNIGHT, by_hour).prices)
    )
    known = curve(MIDNIGHT, END, by_hour)
    assert tail_of(known, guesses) == tail_of(known)


def test_fees_by_weekday_stay_right() -> None:
    tariff = TariffSettings(
        vat_percent=25,
        transfer_fee_per_kwh=0.1,
        fee_periods=(FeePeriod(fee_per_kwh=0.5, start=time(6), end=time(22), weekdays=(0, 1, 2, 3, 4)),),
    )
    friday_end = END + days(1)
    known = curve(MIDNIGHT, friday_end, by_hour, tariff)
    extended = extend(known, NONE, friday_end - HOUR, friday_end + days(1), STOCKHOLM, tariff)
    for price in extended.prices[-96:]:
        assert not price.known
        local = price.start.astimezone(STOCKHOLM)
        assert price.import_per_kwh == pytest.approx(tariff.import_price(by_hour(local), local))


def test_final_prices_carry_no_fee() -> None:
    tariff = TariffSettings(import_price_is_final=True, transfer_fee_per_kwh=5, fee_periods=(FeePeriod(fee_per_kwh=9),))
    price = tail_of(curve(MIDNIGHT, END, by_hour, tariff), tariff=tariff).at(END + HOUR)
    assert price is not None
    assert price.import_per_kwh == pytest.approx(0.1 + 0.01)


def test_a_fixed_feed_in_price_stays_fixed() -> None:
    tariff = TariffSettings(fixed_feed_in_per_kwh=0.08)
    extended = tail_of(curve(MIDNIGHT, END, by_hour, tariff), tariff=tariff)
    assert {round(price.export_per_kwh, 9) for price in extended.prices} == {0.08}


def test_hourly_prices_teach_all_their_quarters() -> None:
    hourly = tail_of(curve(MIDNIGHT, END, by_hour, minutes=60))
    fine = tail_of(curve(MIDNIGHT, END, by_hour))
    assert [price for price in hourly.prices if not price.known] == [price for price in fine.prices if not price.known]


@pytest.mark.parametrize(("day", "slots"), [(date(2026, 3, 29), 92), (date(2026, 10, 25), 100)])
def test_the_day_of_a_clock_change_follows_the_local_clock(day: date, slots: int) -> None:
    start, end = local_day(day, STOCKHOLM)
    extended = extend(curve(start - days(14), start, by_hour), NONE, start, end, STOCKHOLM, PLAIN)
    guessed = [price for price in extended.prices if not price.known]
    assert len(guessed) == slots
    for price in guessed:
        assert price.import_per_kwh == pytest.approx(by_hour(price.start.astimezone(STOCKHOLM)))


@given(st.integers(0, 60), st.integers(0, 59), st.floats(0.5, 60))
def test_after_the_tail_no_slot_is_without_price(known_hours: int, minute: int, hours: float) -> None:
    known = curve(MIDNIGHT, MIDNIGHT + (known_hours + 1) * HOUR, by_hour, minutes=60)
    now = NOW + timedelta(minutes=minute)
    extended = extend(known, NONE, now, now + hours * HOUR, STOCKHOLM, PLAIN)
    assert all(extended.mean_over(slot) for slot in slots_between(now, now + hours * HOUR))
