"""The price curve."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.home.prices import Price, PriceBand, PriceCurve
from darkstar.home.slots import Slot

START = datetime(2026, 1, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


def hourly(*imports: float, known: bool = True) -> tuple[Price, ...]:
    return tuple(
        Price(START + n * HOUR, START + (n + 1) * HOUR, value, value / 2, known) for n, value in enumerate(imports)
    )


def test_a_price_holds_from_its_start_to_before_its_end() -> None:
    curve = PriceCurve(hourly(1, 2))
    assert curve.at(START) == curve.prices[0]
    assert curve.at(START + HOUR) == curve.prices[1]
    assert curve.at(START + 2 * HOUR) is None
    assert curve.at(START - timedelta(seconds=1)) is None


def test_gaps_are_legal_and_stay_gaps() -> None:
    first, _, third = hourly(1, 2, 3)
    curve = PriceCurve((first, third))
    assert curve.at(START + 1.5 * HOUR) is None
    assert curve.mean_over(Slot(START + 0.5 * HOUR, 1.0)) is None
    assert curve.known_until(START) == START + HOUR


def test_overlap_and_disorder_are_refused() -> None:
    first, second = hourly(1, 2)
    late = Price(START + 0.5 * HOUR, START + 2 * HOUR, 1, 1)
    with pytest.raises(ValueError, match="prices overlap at 2026-01-10T00:30"):
        PriceCurve((first, late))
    with pytest.raises(ValueError, match="prices overlap"):
        PriceCurve((second, first))


def test_known_until_stops_at_a_forecast_price() -> None:
    curve = PriceCurve((*hourly(1, 2), Price(START + 2 * HOUR, START + 3 * HOUR, 3, 3, known=False)))
    assert curve.known_until(START + 0.25 * HOUR) == START + 2 * HOUR
    assert curve.known_until(START + 2.5 * HOUR) == START + 2.5 * HOUR
    assert PriceCurve().known_until(START) == START


def test_a_short_slot_gets_the_price_it_lies_in() -> None:
    price = PriceCurve(hourly(1, 2)).mean_over(Slot(START + 1.25 * HOUR, 0.25))
    assert price == Price(START + 1.25 * HOUR, START + 1.5 * HOUR, 2, 1)


def test_a_long_slot_gets_the_mean_weighted_by_time() -> None:
    price = PriceCurve(hourly(1, 2, 5)).mean_over(Slot(START + 0.5 * HOUR, 2.0))
    assert price is not None
    assert price.import_per_kwh == pytest.approx((0.5 * 1 + 2 + 0.5 * 5) / 2)
    assert price.export_per_kwh == pytest.approx(price.import_per_kwh / 2)


def test_a_mean_with_any_forecast_price_in_it_is_not_known() -> None:
    curve = PriceCurve((*hourly(1), Price(START + HOUR, START + 2 * HOUR, 3, 3, known=False)))
    inside, across = curve.mean_over(Slot(START, 1.0)), curve.mean_over(Slot(START, 2.0))
    assert inside is not None
    assert inside.known
    assert across is not None
    assert not across.known


@given(st.lists(st.floats(-1, 3), min_size=1, max_size=6), st.integers(0, 300), st.integers(1, 120))
def test_the_mean_lies_within_the_prices_or_there_is_none(values: list[float], offset: int, minutes: int) -> None:
    slot = Slot(START + timedelta(minutes=offset), minutes / 60)
    price = PriceCurve(hourly(*values)).mean_over(slot)
    inside = slot.end <= START + len(values) * HOUR
    assert (price is not None) == inside
    if price is not None:
        assert min(values) - 1e-9 <= price.import_per_kwh <= max(values) + 1e-9


def test_the_band_of_a_slot_is_the_mean_of_its_bands() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    half = timedelta(minutes=30)
    exact = Price(start, start + half, 1.0, 0.5)
    guessed = Price(start + half, start + 2 * half, 2.0, 1.0, known=False, band=PriceBand(1.0, 4.0, 0.75, 2.0))
    mean = PriceCurve((exact, guessed)).mean_over(Slot(start, 1.0))
    assert mean is not None
    assert mean.band == PriceBand(1.0, 2.5, 0.625, 1.25)
    known = PriceCurve((exact,)).mean_over(Slot(start, 0.25))
    assert known is not None
    assert known.band is None
