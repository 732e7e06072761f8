"""Caps that follow the mean of the running metering interval."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.control.decide import decide
from darkstar.control.decision import NO_OVERRIDES, BatteryMode
from darkstar.control.rules.import_budget import caps_now
from darkstar.control.rules.levels import Cap, Levels
from darkstar.control.rules.situation import Situation
from darkstar.home.readings import Imported
from darkstar.policy.thresholds import ImportBudget, ImportCap
from tests.control.samples import NOW, SLOT_START, sample_home, sample_policy_slot, sample_readings

HOME = sample_home()
BUDGET = ImportBudget(SLOT_START, SLOT_START + timedelta(hours=1), 2.0)


def now_kw(imported: tuple[Imported, ...], *caps: Cap, minute: float = 30) -> list[float]:
    """The caps' powers so many minutes into the hour."""
    now = SLOT_START + timedelta(minutes=minute)
    readings = replace(sample_readings(50), imported=imported)
    levels = Levels(50, 100, 60, math.inf, caps)
    return [cap.import_kw for cap in caps_now(levels, Situation(HOME, readings, None, now, 50)).caps]


def test_what_is_left_of_the_mean_is_spread_over_what_is_left_of_its_time() -> None:
    cap = Cap(2.0, 40.0, BUDGET)
    assert now_kw((Imported(SLOT_START, 0.5),), cap) == pytest.approx([3.0])
    assert now_kw((Imported(SLOT_START, 1.5),), cap) == pytest.approx([1.0])
    assert now_kw((Imported(SLOT_START, 2.5),), cap) == [0.0]


def test_a_decision_holds_for_a_tick() -> None:
    cap = Cap(2.0, 40.0, BUDGET)
    assert now_kw((Imported(SLOT_START, 1.0),), cap, minute=59) == pytest.approx([12.0])


def test_what_is_not_measured_changes_nothing() -> None:
    cap = Cap(2.0, 40.0, BUDGET)
    assert now_kw((), cap) == [2.0]
    assert now_kw((Imported(SLOT_START - timedelta(hours=1), 1.5),), cap) == [2.0]
    assert now_kw((Imported(SLOT_START, 1.5),), Cap(4.0, 10.0)) == [4.0]


def test_caps_stay_in_their_order() -> None:
    assert now_kw((Imported(SLOT_START, 0.0),), Cap(2.0, 40.0, BUDGET), Cap(3.0, 10.0)) == [3.0, 4.0]


@given(st.floats(0, 3), st.floats(0, 60, exclude_max=True))
def test_keeping_the_cap_from_now_on_keeps_the_mean(imported_kwh: float, minute: float) -> None:
    (kw,) = now_kw((Imported(SLOT_START, imported_kwh),), Cap(2.0, 40.0, BUDGET), minute=minute)
    assert kw >= 0
    left_hours = 1 - minute / 60
    assert imported_kwh + kw * left_hours <= max(BUDGET.kwh, imported_kwh) + 1e-6


def test_a_load_that_came_early_is_made_good_in_the_rest_of_the_hour() -> None:
    cap = ImportCap(2.0, 1.0, BUDGET)
    slot = replace(sample_policy_slot(buy_to=95, load_floor=95), caps=(cap,))

    def decided(imported_kwh: float) -> tuple[BatteryMode, float, float]:
        readings = replace(sample_readings(50, load_kw=1.0), imported=(Imported(SLOT_START, imported_kwh),))
        battery = decide(None, slot, readings, NO_OVERRIDES, HOME, None, NOW).battery
        assert battery is not None
        return battery.mode, battery.charge_kw, battery.discharge_kw

    mode, charge_kw, _ = decided(0.1)
    assert mode is BatteryMode.GRID_CHARGE
    assert charge_kw == pytest.approx(1.9 / (55 / 60) - 1.0)
    mode, _, discharge_kw = decided(1.9)
    assert mode is BatteryMode.SELF_USE
    assert discharge_kw == pytest.approx(1.0 - 0.1 / (55 / 60))
