"""Power that falls near full and empty, and a battery that is not always there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.optimizer.request import Taper, Window
from darkstar.policy.power import available_share, charging, discharging
from tests.optimizer.samples import BATTERY, START, day

STEPS = 4000


def in_tiny_steps(soc: float, taper: Taper, full_kw: float, hours: float, sign: float) -> float:
    """Charging (`sign` 1) or discharging in small steps, without losses."""
    for _ in range(STEPS):
        share = (soc - taper.from_kwh) / (taper.to_kwh - taper.from_kwh)
        power = full_kw + (taper.end_kw - full_kw) * min(max(share, 0.0), 1.0)
        soc += sign * power * hours / STEPS
    return soc


@given(st.floats(0, 10), st.sampled_from([0.0, 0.5, 3.0]), st.sampled_from([0.25, 1.0, 3.0]))
def test_charging_slows_down_as_the_line_says(soc: float, end_kw: float, hours: float) -> None:
    taper = Taper(7.0, 9.0, end_kw)
    battery = replace(BATTERY, charge_efficiency=1.0, charge_taper=taper)
    assert charging(battery, hours)(soc) == pytest.approx(in_tiny_steps(soc, taper, 5.0, hours, 1.0), abs=0.01)


@given(st.floats(0, 10), st.sampled_from([0.0, 0.5, 3.0]), st.sampled_from([0.25, 1.0, 3.0]))
def test_discharging_slows_down_as_the_line_says(soc: float, end_kw: float, hours: float) -> None:
    taper = Taper(3.0, 1.0, end_kw)
    battery = replace(BATTERY, discharge_efficiency=1.0, discharge_taper=taper)
    assert discharging(battery, hours)(soc) == pytest.approx(in_tiny_steps(soc, taper, 5.0, hours, -1.0), abs=0.01)


def test_without_a_taper_power_is_full_everywhere() -> None:
    assert charging(BATTERY, 0.5)(9.9) == pytest.approx(9.9 + 2.5 * 0.95)
    assert discharging(BATTERY, 0.5)(0.1) == pytest.approx(0.1 - 2.5 / 0.95)


def test_a_taper_that_is_a_step_is_one() -> None:
    stepped = replace(BATTERY, charge_efficiency=1.0, charge_taper=Taper(8.0, 8.0, 1.0))
    assert charging(stepped, 1.0)(6.0) == pytest.approx(8.6)


def test_a_battery_is_there_in_its_windows_only() -> None:
    slot = replace(day()[0], hours=1.0)
    minutes = timedelta(minutes=1)
    assert available_share(BATTERY, slot) == 1.0
    away = replace(BATTERY, available=(Window(START + 90 * minutes, START + 120 * minutes),))
    assert available_share(away, slot) == 0.0
    partly = (Window(START - 60 * minutes, START + 15 * minutes), Window(START + 45 * minutes, START + 90 * minutes))
    assert available_share(replace(BATTERY, available=partly), slot) == pytest.approx(0.5)
