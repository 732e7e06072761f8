"""From the unit that a price sensor names to the home's currency per kWh."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from .units import Unreadable

_KRONOR = frozenset({"SEK", "NOK", "DKK", "ISK"})
_CENT = frozenset({"EUR", "USD", "AUD", "CAD", "NZD"})
_PENNY = frozenset({"GBP"})

_PER_KWH: Mapping[str, float] = MappingProxyType({"kwh": 1.0, "mwh": 0.001, "wh": 1000.0})

_MAIN_UNITS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "€": frozenset({"EUR"}),
        "euro": frozenset({"EUR"}),
        "£": _PENNY,
        "$": _CENT,
        "kr": _KRONOR,
        "kr.": _KRONOR,
        "zł": frozenset({"PLN"}),
        "kč": frozenset({"CZK"}),
        "ft": frozenset({"HUF"}),
        "lei": frozenset({"RON"}),
    }
)

_HUNDREDTHS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        **dict.fromkeys(("ct", "c", "cent", "cents", "¢"), _CENT),
        **dict.fromkeys(("eurocent", "eurocents", "snt"), frozenset({"EUR"})),
        **dict.fromkeys(("öre", "øre", "ore"), _KRONOR),
        **dict.fromkeys(("p", "penny", "pence"), _PENNY),
        **dict.fromkeys(("gr", "grosz", "groszy"), frozenset({"PLN"})),
        **dict.fromkeys(("rp", "rappen"), frozenset({"CHF"})),
    }
)


def price_factor(entity_id: str, unit: object, currency: str) -> float | Unreadable:
    """Factor from a number in `unit` (`öre/kWh`, `EUR/MWh`) to `currency` per kWh.

    A unit of another currency is as unreadable as an unknown one: no exchange rate is guessed.
    """
    if not isinstance(unit, str) or not unit.strip():
        return _unreadable(f"{entity_id} names no unit for its prices", currency)
    money, _, energy = unit.casefold().replace(" per ", "/").partition("/")
    scale = _PER_KWH.get(energy.strip())
    words = money.split()
    if scale is None or not words:
        return _unreadable(f"{entity_id} gives its prices in '{unit}', which is not money per kWh or MWh", currency)
    for word in words:
        if word in _HUNDREDTHS:
            scale /= 100
        if not _fits(word, currency):
            return _unreadable(f"{entity_id} gives its prices in '{unit}', the home's currency is {currency}", currency)
    return scale


def _fits(word: str, currency: str) -> bool:
    if word == currency.casefold():
        return True
    return currency in _MAIN_UNITS.get(word, _HUNDREDTHS.get(word, frozenset()))


def _unreadable(reason: str, currency: str) -> Unreadable:
    return Unreadable(
        reason, f"Set prices.multiplier to the factor from the sensor's number to {currency} per kWh, or `currency`."
    )
