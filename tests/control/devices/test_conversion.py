"""Powers, currents, levels and times in the units of devices."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.control.devices.conversion import Current, Duration, Level, Power, Rounding, Scale, constant, converted
from darkstar.control.devices.writes import Amperes, Kilowatts, Minutes, RatedPercent, Seconds, SocPercent, Watts
from darkstar.home.devices import InverterSettings
from darkstar.home.profiles.vocabulary import Unit

AMPERES = Scale(current_step_a=5.0, min_current_a=10.0, battery_voltage_v=46.0)
WATTS = Scale(power_step_w=100.0, min_power_w=500.0)
PERCENT = Scale(rated_power_kw=8.0)
ROUNDINGS: tuple[Rounding, ...] = ("nearest", "up", "down")


def in_amperes(kw: float, highest_a: float = 190.0, rounding: Rounding = "nearest", scale: Scale = AMPERES) -> float:
    return converted(Power(kw, 100.0, highest_a), Unit.AMPERE, rounding, scale).amount


def in_watts(kw: float, highest_kw: float = 5.0, rounding: Rounding = "nearest") -> float:
    return converted(Power(kw, highest_kw, 190.0), Unit.WATT, rounding, WATTS).amount


@pytest.mark.parametrize(
    ("kw", "amperes"),
    [(0, 0), (0.2, 10), (1, 20), (3, 65), (5, 110), (6.34, 140), (8, 175), (9.2, 190), (100, 190)],
)
def test_current_for_a_power(kw: float, amperes: float) -> None:
    assert in_amperes(kw) == amperes


def test_a_lower_hardware_limit_binds() -> None:
    assert in_amperes(9.2, highest_a=185) == 185


@pytest.mark.parametrize(("kw", "watts"), [(0, 0), (0.2, 500), (1.23, 1200), (9.6, 5000)])
def test_watts_for_a_power(kw: float, watts: float) -> None:
    assert in_watts(kw) == watts


@pytest.mark.parametrize(("rounding", "watts"), [("up", 1300), ("down", 1200), ("nearest", 1200)])
def test_rounding_as_the_profile_says(rounding: Rounding, watts: float) -> None:
    assert in_watts(1.23, rounding=rounding) == watts


def test_rounding_up_does_not_stumble_over_floating_point() -> None:
    assert in_watts(2.2, rounding="up") == 2200
    assert in_watts(1.1, rounding="down") == 1100


@pytest.mark.parametrize(("kw", "percent"), [(0, 0), (0.01, 1), (2.0, 25), (2.03, 25), (5.0, 62), (9.0, 62)])
def test_percent_of_the_rated_power(kw: float, percent: float) -> None:
    """5 of 8 kW are 62.5 %: rounded down, for the highest allowed is 5 kW."""
    written = converted(Power(kw, 5.0, 190.0), Unit.RATED_PERCENT, "nearest", PERCENT)
    assert written == RatedPercent(percent, 0.5)


def test_kilowatts_are_watts_with_a_point() -> None:
    assert converted(Power(1.23, 5.0, 190.0), Unit.KILOWATT, "nearest", WATTS) == Kilowatts(1.2, 0.05)


@pytest.mark.parametrize(("amperes", "written"), [(6.9, 6), (16.0, 16), (40.0, 16)])
def test_a_phase_gets_whole_amperes_and_never_too_many(amperes: float, written: float) -> None:
    assert converted(Current(amperes, 16.0), Unit.AMPERE, "down", Scale()) == Amperes(written, 0.5)


@pytest.mark.parametrize(
    ("percent", "rounding", "written"), [(54.3, "up", 55), (54.3, "down", 54), (62.0, "up", 62), (101, "up", 100)]
)
def test_levels_are_whole_percent(percent: float, rounding: Rounding, written: float) -> None:
    assert converted(Level(percent), Unit.PERCENT, rounding, Scale()) == SocPercent(written, 0.5)


def test_times() -> None:
    assert converted(Duration(15.0), Unit.MINUTE, "nearest", Scale()) == Minutes(15.0, 0.5)
    assert converted(Duration(1.5), Unit.SECOND, "nearest", Scale()) == Seconds(90.0, 0.5)


def test_constants_are_in_the_unit_of_their_place() -> None:
    assert constant(3000.0, Unit.WATT) == Watts(3000.0, 0.5)
    assert constant(3.0, Unit.KILOWATT) == Kilowatts(3.0, 0.0005)


@pytest.mark.parametrize(
    ("amount", "unit"),
    [
        (Power(9.6, 10.0, 190.0), Unit.PERCENT),
        (Power(9.6, 10.0, 190.0), Unit.AMPERE),
        (Power(9.6, 10.0, 190.0), Unit.RATED_PERCENT),
        (Current(16.0, 16.0), Unit.WATT),
        (Level(50.0), Unit.AMPERE),
        (Duration(15.0), Unit.PERCENT),
    ],
)
def test_what_is_not_written_down_does_not_happen(amount: Power | Current | Level | Duration, unit: Unit) -> None:
    with pytest.raises(TypeError, match="cannot be written in"):
        converted(amount, unit, "nearest", Scale())


@given(st.floats(0, 50), st.floats(0, 30), st.floats(0.5, 20), st.floats(40, 400), st.sampled_from(ROUNDINGS))
def test_currents_stay_in_range_and_zero_means_zero(
    kw: float, lowest: float, step: float, voltage: float, rounding: Rounding
) -> None:
    scale = Scale(current_step_a=step, min_current_a=lowest, battery_voltage_v=voltage)
    current = in_amperes(kw, 190, rounding, scale)
    assert (current == 0) == (kw == 0)
    assert current == 0 or lowest <= current <= 190


@given(st.floats(0, 1000), st.floats(0.1, 30), st.sampled_from(ROUNDINGS))
def test_no_power_is_ever_above_what_the_settings_allow(kw: float, highest: float, rounding: Rounding) -> None:
    power = Power(kw, highest, 190.0)
    scale = Scale(power_step_w=100.0, min_power_w=50.0, rated_power_kw=8.0, battery_voltage_v=48.0)
    assert converted(power, Unit.WATT, rounding, scale).amount <= highest * 1000
    assert converted(power, Unit.KILOWATT, rounding, scale).amount <= highest + 1e-9
    assert converted(power, Unit.AMPERE, rounding, scale).amount <= 190
    assert converted(power, Unit.RATED_PERCENT, rounding, scale).amount <= min(100, highest / 8 * 100 + 1e-6)


def test_the_scale_of_an_inverter_is_its_settings() -> None:
    inverter = InverterSettings(
        entities={"grid_charging": "switch.grid"}, min_current_a=10, power_step_w=50, rated_power_kw=6
    )
    scale = Scale.of(inverter)
    assert (scale.min_current_a, scale.power_step_w, scale.rated_power_kw) == (10, 50, 6)
    assert (scale.current_step_a, scale.min_power_w, scale.battery_voltage_v) == (5, 0, 46)
