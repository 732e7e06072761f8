from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar.inputs.price_units import price_factor
from darkstar.inputs.units import Unreadable


@pytest.mark.parametrize(
    ("unit", "currency", "factor"),
    [
        ("SEK/kWh", "SEK", 1.0),
        ("EUR/MWh", "EUR", 0.001),
        ("€/kWh", "EUR", 1.0),
        ("öre/kWh", "SEK", 0.01),
        ("Öre/kWh", "SEK", 0.01),
        ("Øre/kWh", "NOK", 0.01),
        ("øre/kWh", "DKK", 0.01),
        ("kr/kWh", "DKK", 1.0),
        ("ct/kWh", "EUR", 0.01),
        ("c/kWh", "EUR", 0.01),
        ("EUR cent/kWh", "EUR", 0.01),
        ("snt/kWh", "EUR", 0.01),
        ("p/kWh", "GBP", 0.01),
        ("pence/kWh", "GBP", 0.01),
        ("GBP/kWh", "GBP", 1.0),
        ("£ per kWh", "GBP", 1.0),
        ("SEK/Wh", "SEK", 1000.0),
        ("zł/kWh", "PLN", 1.0),
        ("CHF/kWh", "CHF", 1.0),
        ("Rp/kWh", "CHF", 0.01),
    ],
)
def test_known_units(unit: str, currency: str, factor: float) -> None:
    assert price_factor("sensor.price", unit, currency) == pytest.approx(factor)


@pytest.mark.parametrize("unit", [None, "", "SEK", "kWh", "SEK/h", "bananas/kWh", "EUR/kWh", "ct/kWh", "£/kWh", 5])
def test_an_unknown_unit_or_another_currency_is_a_fault(unit: object) -> None:
    fault = price_factor("sensor.price", unit, "SEK")
    assert isinstance(fault, Unreadable)
    assert "sensor.price" in fault.reason
    assert "multiplier" in fault.remedy


@settings(deadline=None)
@given(unit=st.text())
def test_junk_never_raises(unit: str) -> None:
    assert isinstance(price_factor("sensor.price", unit, "EUR"), float | Unreadable)
