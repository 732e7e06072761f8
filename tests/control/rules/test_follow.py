"""Levels and hysteresis, and what import caps change."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.control.decision import BatteryMode, BatterySettingsNow, Decision
from darkstar.control.rules.follow import follow
from darkstar.control.rules.levels import Cap, Levels, levels_of_plan, levels_of_policy
from darkstar.control.rules.situation import Situation
from darkstar.home.settings import HomeSettings
from darkstar.optimizer.plan import Action
from darkstar.policy.thresholds import ImportBudget, ImportCap
from tests.control.samples import NOW, sample_home, sample_plan_slot, sample_policy_slot, sample_readings

HOME = sample_home()
SELF_USE, GRID_CHARGE, EXPORT = BatteryMode.SELF_USE, BatteryMode.GRID_CHARGE, BatteryMode.EXPORT


def run(levels: Levels, soc_path: list[float], home: HomeSettings = HOME) -> list[Decision]:
    """The decisions along a path of SoC readings under constant levels."""
    decisions: list[Decision] = []
    for soc in soc_path:
        previous = decisions[-1] if decisions else None
        settings = follow(levels, Situation(home, sample_readings(soc), previous, NOW, soc), None)
        decisions.append(Decision(NOW, settings, None, settings.reason))
    return decisions


def modes(decisions: list[Decision]) -> list[BatteryMode]:
    return [decision.battery.mode for decision in decisions if decision.battery is not None]


@pytest.mark.parametrize(
    ("levels", "middle", "running"),
    [
        (Levels(62, 100, 62, math.inf), 62, GRID_CHARGE),
        (Levels(0, 100, 10, 62), 62, EXPORT),
    ],
)
def test_a_reading_in_whole_percents_does_not_flap(levels: Levels, middle: float, running: BatteryMode) -> None:
    jitter = [middle + step for step in (-0.4, 0.4, -0.4, 0.4, -0.9, 0.9) * 20]
    seen = modes(run(levels, jitter))
    assert sum(one is not other for one, other in pairwise(seen)) <= 1
    assert running in modes(run(levels, [middle - 1.5, middle + 1.5]))


def test_a_grid_charge_ends_at_its_target_and_begins_again_a_margin_below() -> None:
    path = [61.0, 61.9, 62.0, 61.5, 61.1, 61.0, 61.9, 62.0]
    expected = [GRID_CHARGE, GRID_CHARGE, SELF_USE, SELF_USE, SELF_USE, GRID_CHARGE, GRID_CHARGE, SELF_USE]
    assert modes(run(Levels(62, 100, 62, math.inf), path)) == expected


def test_an_export_ends_at_its_floor_and_begins_again_a_margin_above() -> None:
    path = [63.0, 62.1, 62.0, 62.9, 63.0, 62.1]
    assert modes(run(Levels(0, 100, 10, 62), path)) == [EXPORT, EXPORT, SELF_USE, SELF_USE, EXPORT, EXPORT]


def test_limits_have_the_same_margin() -> None:
    decisions = run(Levels(0, 80, 40, math.inf), [41.0, 40.0, 40.9, 41.0, 79.9, 80.0, 79.5, 79.0])
    limits = [(one.battery.charge_kw > 0, one.battery.discharge_kw > 0) for one in decisions if one.battery]
    both, kept, full = (True, True), (True, False), (False, True)
    assert limits == [both, kept, kept, both, both, full, full, both]


def test_what_was_bought_is_not_fed_to_the_load_at_once() -> None:
    decisions = run(Levels(62, 100, 62, math.inf), [61.5, 62.3])
    assert decisions[1].battery is not None
    assert decisions[1].battery.discharge_kw == 0


@given(st.lists(st.floats(0, 100), min_size=4, max_size=4).map(sorted), st.lists(st.floats(-0.49, 0.49), min_size=2))
def test_readings_within_the_margin_change_the_mode_at_most_once(levels: list[float], noise: list[float]) -> None:
    low, store, floor, high = levels
    for level in levels:
        path = [min(max(level + step, 0.0), 100.0) for step in noise]
        seen = modes(run(Levels(low, store, floor, high), path))
        crossed = sum(abs(other - level) < 1 for other in (low, high))
        assert sum(one is not other for one, other in pairwise(seen)) <= max(crossed, 1)


def test_levels_keep_to_the_band_and_to_what_is_allowed() -> None:
    slot = sample_policy_slot(buy_to=95, store_to=98, load_floor=2, sell_to=4)
    home = sample_home(battery={"max_soc_percent": 90})
    assert levels_of_policy(slot, home) == Levels(90, 90, 10, 10)
    frugal = sample_home(battery={"charge_from_grid": False, "discharge_to_grid": False})
    assert levels_of_policy(slot, frugal) == Levels(0, 98, 10, math.inf)
    assert levels_of_policy(slot, sample_home(grid={"export_allowed": False})).export_floor == math.inf


def test_a_battery_above_its_ceiling_is_not_sold_for_that() -> None:
    home = sample_home(battery={"max_soc_percent": 90})
    levels = levels_of_policy(sample_policy_slot(sell_to=100), home)
    assert modes(run(levels, [96.0], home)) == [SELF_USE]


def test_levels_of_a_plan_survive_a_foreign_capacity() -> None:
    slot = sample_plan_slot(Action.CHARGE, soc_kwh=25.0)
    assert levels_of_plan(slot, HOME).grid_charge_to == 100


def under_caps(soc: float, load_kw: float | None, *caps: Cap, pv_kw: float | None = 0.0) -> BatterySettingsNow:
    """The settings at an SoC and a load, with charging up to 50 %, load kept above 60 %, and caps."""
    readings = sample_readings(soc, load_kw=load_kw, pv_kw=pv_kw)
    return follow(Levels(50, 100, 60, math.inf, caps), Situation(HOME, readings, None, NOW, soc), None)


def test_grid_charging_leaves_room_for_the_load_below_a_cap() -> None:
    cap = Cap(4.0, 40.0)
    assert under_caps(30, 1.0).charge_kw == 5.0
    charging = under_caps(30, 1.0, cap)
    assert (charging.mode, charging.charge_kw) == (GRID_CHARGE, 3.0)
    assert "an import of 4.0 kW leaves 3.0 of 5 kW" in charging.reason
    assert under_caps(30, 1.0, cap, pv_kw=3.0).charge_kw == 4.0
    assert under_caps(30, None, cap).charge_kw == 4.0
    assert under_caps(30, 6.0, cap).charge_kw == 0.0


def test_load_above_a_cap_is_covered_down_to_its_floor() -> None:
    cap = Cap(4.0, 40.0)
    kept = under_caps(55, 3.0, cap)
    assert (kept.mode, kept.discharge_kw) == (SELF_USE, 0.0)
    covering = under_caps(55, 5.5, cap)
    assert (covering.mode, covering.discharge_kw, covering.target_soc_percent) == (SELF_USE, 1.5, 40.0)
    assert "the load above an import of 4.0 kW" in covering.reason
    assert under_caps(55, 5.5, cap, pv_kw=2.0).discharge_kw == 0.0
    assert under_caps(55, 20.0, cap).discharge_kw == 5.0
    assert under_caps(55, None, cap).discharge_kw == 0.0
    assert under_caps(70, 5.5, cap).discharge_kw == 5.0


def test_covering_a_peak_goes_before_charging() -> None:
    cap = Cap(4.0, 40.0)
    assert under_caps(45, 3.0, cap).mode is GRID_CHARGE
    covering = under_caps(45, 5.5, cap)
    assert (covering.mode, covering.discharge_kw) == (SELF_USE, 1.5)
    assert under_caps(40, 5.5, cap).mode is GRID_CHARGE


def test_a_dearer_cap_is_kept_with_less_in_the_battery() -> None:
    caps = (Cap(4.0, 40.0), Cap(5.0, 20.0))
    assert under_caps(45, 5.5, *caps).discharge_kw == 1.5
    below = under_caps(35, 5.5, *caps)
    assert (below.discharge_kw, below.target_soc_percent) == (0.5, 20.0)


def test_caps_of_a_policy_keep_to_the_band() -> None:
    budget = ImportBudget(NOW, NOW + timedelta(hours=1), 4.0)
    slot = replace(sample_policy_slot(), caps=(ImportCap(4.0, 5.0, budget), ImportCap(11.0, 0.2)))
    assert levels_of_policy(slot, HOME).caps == (Cap(4.0, 50.0, budget), Cap(11.0, 10.0))
