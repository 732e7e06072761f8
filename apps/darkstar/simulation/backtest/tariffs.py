"""Tariffs by name: what the home pays and is paid, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import time

from ...home.tariff import FeePeriod, TariffSettings
from .peaks import PowerTariff


@dataclass(frozen=True, slots=True)
class Terms:
    """A tariff in money of `currency`.

    A published price times `price_factor` is the spot price per kWh; 0: prices do not matter.
    """

    words: str
    currency: str
    price_factor: float
    tariff: TariffSettings
    export_floor: float | None = None
    power: PowerTariff | None = None

    @property
    def is_fixed(self) -> bool:
        """Whether the spot price plays no part."""
        return self.price_factor == 0


_SEK_PER_EUR = 11.0

_SWEDISH_SPOT = Terms(
    words="A: import 1.25 x spot + 0.85575, export spot, never below 0",
    currency="SEK",
    price_factor=_SEK_PER_EUR / 1000,
    tariff=TariffSettings(vat_percent=25, supplier_fee_per_kwh=0.85575 / 1.25),
    export_floor=0.0,
)
_EURO_SPOT = Terms(
    words="B: import 1.20 x spot + 0.12, export spot, never below 0",
    currency="EUR",
    price_factor=1 / 1000,
    tariff=TariffSettings(vat_percent=20, supplier_fee_per_kwh=0.12 / 1.20),
    export_floor=0.0,
)


def _flat_feed_in(spot: Terms, paid: float) -> Terms:
    words = f"C: import as tariff {spot.words[0]}, export at a flat {paid:g}"
    return replace(
        spot, words=words, tariff=spot.tariff.model_copy(update={"fixed_feed_in_per_kwh": paid}), export_floor=None
    )


def _with_power(spot: Terms, price_per_kw: float) -> Terms:
    power = PowerTariff(price_per_kw)
    words = f"D: as tariff {spot.words[0]}, and {price_per_kw:g} per kW and month for the 3 highest hours"
    return replace(spot, words=words, power=power)


def _two_level(currency: str, day: float, night: float, paid: float) -> Terms:
    return Terms(
        words=f"E: import {day:g} from 06 to 22, else {night:g}, export at a flat {paid:g}",
        currency=currency,
        price_factor=0.0,
        tariff=TariffSettings(
            transfer_fee_per_kwh=night,
            fee_periods=(FeePeriod(fee_per_kwh=day, start=time(6), end=time(22)),),
            fixed_feed_in_per_kwh=paid,
        ),
    )


TARIFFS: Mapping[str, tuple[Terms, ...]] = {
    "A": (_SWEDISH_SPOT,),
    "B": (_EURO_SPOT,),
    "C": (_flat_feed_in(_SWEDISH_SPOT, 0.08 * _SEK_PER_EUR), _flat_feed_in(_EURO_SPOT, 0.08)),
    "D": (_with_power(_SWEDISH_SPOT, 80.0), _with_power(_EURO_SPOT, round(80 / _SEK_PER_EUR, 2))),
    "E": (
        _two_level("SEK", 0.32 * _SEK_PER_EUR, 0.22 * _SEK_PER_EUR, 0.08 * _SEK_PER_EUR),
        _two_level("EUR", 0.32, 0.22, 0.08),
    ),
}
"""By letter, one entry per currency. Spot prices are published in EUR/MWh; 1 EUR counts 11 SEK."""


def named_terms(letter: str, currency: str | None) -> Terms:
    """The terms of a named tariff; without `currency` the tariff must exist in one only.

    Raises:
        ValueError: no such tariff, or not in this currency.
    """
    if letter not in TARIFFS:
        msg = f"--tariff {letter}: choose from {', '.join(TARIFFS)}, or leave it out and describe your own"
        raise ValueError(msg)
    fitting = [terms for terms in TARIFFS[letter] if currency in {None, terms.currency}]
    if len(fitting) != 1:
        offered = " or ".join(terms.currency for terms in TARIFFS[letter])
        given = "give" if currency is None else f"not in {currency}:"
        msg = f"--tariff {letter}: {given} --currency {offered}"
        raise ValueError(msg)
    return fitting[0]
