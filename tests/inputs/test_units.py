from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar.inputs.units import Unreadable, celsius, current_a, energy_kwh, percent, power_kw
from tests.inputs.fake_home_assistant import entity


@pytest.mark.parametrize(("state", "unit", "kw"), [("1500", "W", 1.5), ("1.5", "kW", 1.5), ("0.002", "MW", 2.0)])
def test_power_by_unit(state: str, unit: str, kw: float) -> None:
    assert power_kw(entity("sensor.p", state, unit)) == pytest.approx(kw)


@pytest.mark.parametrize(("state", "unit", "kwh"), [("1500", "Wh", 1.5), ("1.5", "kWh", 1.5), ("0.002", "MWh", 2.0)])
def test_energy_by_unit(state: str, unit: str, kwh: float) -> None:
    assert energy_kwh(entity("sensor.e", state, unit)) == pytest.approx(kwh)


@pytest.mark.parametrize(("state", "unit", "amperes"), [("16.2", "A", 16.2), ("-16200", "mA", -16.2)])
def test_current_by_unit(state: str, unit: str, amperes: float) -> None:
    assert current_a(entity("sensor.i", state, unit)) == pytest.approx(amperes)


@pytest.mark.parametrize(("state", "unit", "degrees"), [("60", "°C", 60.0), ("32", "°F", 0.0), ("140", "°F", 60.0)])
def test_temperature_by_unit(state: str, unit: str, degrees: float) -> None:
    assert celsius(entity("sensor.t", state, unit)) == pytest.approx(degrees)


def test_percent_needs_its_sign() -> None:
    assert percent(entity("sensor.soc", "55", "%")) == 55
    assert isinstance(percent(entity("sensor.soc", "55")), Unreadable)


@pytest.mark.parametrize("unit", [None, "VA", "mW", "kw", "kWh"])
def test_an_unknown_unit_is_not_guessed(unit: str | None) -> None:
    fault = power_kw(entity("sensor.load", "500", unit))
    assert isinstance(fault, Unreadable)
    assert "sensor.load" in fault.reason
    assert (unit or "no unit") in fault.reason
    assert "W or kW or MW" in fault.reason
    assert "unit_of_measurement" in fault.remedy


def test_a_word_is_named_with_its_entity() -> None:
    fault = power_kw(entity("sensor.load", "unavailable", "W"))
    assert isinstance(fault, Unreadable)
    assert "sensor.load says 'unavailable'" in fault.reason


def test_what_overflows_in_our_unit_is_unreadable() -> None:
    assert isinstance(power_kw(entity("sensor.load", "1e308", "MW")), Unreadable)


@settings(deadline=None)
@given(state=st.text(), unit=st.one_of(st.none(), st.text(), st.integers(), st.lists(st.integers())))
def test_junk_never_raises(state: str, unit: object) -> None:
    for convert in (power_kw, energy_kwh, percent, current_a, celsius):
        result = convert(entity("sensor.x", state, unit_of_measurement=unit))
        assert isinstance(result, float | Unreadable)
