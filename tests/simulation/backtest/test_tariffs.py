from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from darkstar.home.prices import Price, SpotPrice
from darkstar.home.slots import slots_between
from darkstar.simulation.backtest.tariffs import TARIFFS, Terms, named_terms
from darkstar.simulation.series import home_prices

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def price(terms: Terms, eur_per_mwh: float, local: datetime) -> Price:
    start = local.replace(tzinfo=STOCKHOLM).astimezone(UTC)
    slots = slots_between(start, start + timedelta(minutes=15), 15)
    spot = [SpotPrice(slots[0].start, slots[0].end, eur_per_mwh * terms.price_factor)]
    return home_prices(spot, slots, terms.tariff, STOCKHOLM, terms.export_floor).prices[0]


MONDAY_NOON = datetime(2025, 9, 1, 12)  # noqa: DTZ001 - made aware above


@pytest.mark.parametrize(
    ("letter", "currency", "spot", "bought", "sold"),
    [
        ("A", "SEK", 50, 1.25 * 0.55 + 0.85575, 0.55),
        ("A", "SEK", -10, 1.25 * -0.11 + 0.85575, 0.0),
        ("B", "EUR", 50, 1.2 * 0.05 + 0.12, 0.05),
        ("B", "EUR", -10, 1.2 * -0.01 + 0.12, 0.0),
        ("C", "SEK", 50, 1.25 * 0.55 + 0.85575, 0.88),
        ("C", "EUR", -10, 1.2 * -0.01 + 0.12, 0.08),
        ("D", "SEK", 50, 1.25 * 0.55 + 0.85575, 0.55),
        ("D", "EUR", 50, 1.2 * 0.05 + 0.12, 0.05),
        ("E", "EUR", 50, 0.32, 0.08),
        ("E", "SEK", 50, 3.52, 0.88),
    ],
)
def test_prices_are_those_of_the_tariff(letter: str, currency: str, spot: float, bought: float, sold: float) -> None:
    found = price(named_terms(letter, currency), spot, MONDAY_NOON)
    assert (found.import_per_kwh, found.export_per_kwh) == pytest.approx((bought, sold))


@pytest.mark.parametrize(
    ("local", "bought"),
    [
        (datetime(2025, 9, 1, 5, 45), 0.22),  # noqa: DTZ001 - made aware above
        (datetime(2025, 9, 1, 6), 0.32),  # noqa: DTZ001
        (datetime(2025, 9, 1, 21, 45), 0.32),  # noqa: DTZ001
        (datetime(2025, 9, 1, 22), 0.22),  # noqa: DTZ001
        (datetime(2025, 9, 6, 12), 0.32),  # noqa: DTZ001 - a Saturday
    ],
)
def test_two_levels_go_by_the_local_clock(local: datetime, bought: float) -> None:
    assert price(named_terms("E", "EUR"), 0, local).import_per_kwh == pytest.approx(bought)


def test_only_tariff_d_charges_power_and_only_e_is_fixed() -> None:
    assert {letter for letter, all_terms in TARIFFS.items() for terms in all_terms if terms.power} == {"D"}
    assert {letter for letter, all_terms in TARIFFS.items() for terms in all_terms if terms.is_fixed} == {"E"}
    power = named_terms("D", "SEK").power
    assert power is not None
    assert (power.price_per_kw, power.peaks) == (80, 3)


def test_each_tariff_says_its_name() -> None:
    for letter, all_terms in TARIFFS.items():
        assert all(terms.words.startswith(f"{letter}: ") for terms in all_terms)


def test_unknown_tariffs_and_currencies_are_refused() -> None:
    with pytest.raises(ValueError, match="choose from A, B, C, D, E"):
        named_terms("Z", None)
    with pytest.raises(ValueError, match="give --currency SEK or EUR"):
        named_terms("C", None)
    assert named_terms("B", None).currency == "EUR"
