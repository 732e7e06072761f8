"""The answer of a battery to four levels, against the same in tiny steps."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar.optimizer.request import BatteryRequest, Taper
from darkstar.policy.response import Levels, Limits, Reach, aimed, battery_kwh, reach_of, soc_after, tapered
from darkstar.policy.thresholds import ImportCap
from tests.optimizer.samples import BATTERY

STEPS = 4000
CAPACITY = BATTERY.capacity_kwh
TAPERED = replace(BATTERY, charge_taper=Taper(8.0, 10.0, 1.0), discharge_taper=Taper(2.0, 0.0, 0.5))


def limits_of(hours: float = 1.0, bought_kw: float = float("inf"), sold_kw: float = float("inf")) -> Limits:
    """Limits of the battery's 5 kW and of a grid connection."""
    return Limits(5.0 * hours, 5.0 * hours, bought_kw * hours, sold_kw * hours)


grids = st.builds(
    limits_of, st.sampled_from([0.25, 1.0]), st.sampled_from([float("inf"), 3.0, 11.0]), st.sampled_from([0.0, 2.0])
)


@st.composite
def ordered_levels(draw: st.DrawFn) -> Levels:
    """Any levels in the order that `PolicySlot` demands."""
    low, middle_a, middle_b, high = sorted(draw(st.lists(st.floats(0, 10), min_size=4, max_size=4)))
    pair = (middle_a, middle_b) if draw(st.booleans()) else (middle_b, middle_a)
    return Levels(low, *pair, high)


def in_tiny_steps(soc: float, net_kwh: float, limits: Limits, levels: Levels, above_kwh: float) -> float:
    """What an inverter does that looks at the levels thousands of times in the slot."""
    net = net_kwh / STEPS
    into, out_of = BATTERY.charge_efficiency, 1 / BATTERY.discharge_efficiency
    charge, discharge = limits.charge_kwh / STEPS, limits.discharge_kwh / STEPS
    for _ in range(STEPS):
        room = min(max(limits.import_kwh / STEPS - net, 0), charge) * into
        peak = min(max(net - above_kwh / STEPS, 0), discharge) * out_of
        if soc < levels.grid_charge_to and room > 0:
            soc = min(soc + room, levels.grid_charge_to)
        elif soc > levels.export_floor:
            soc = max(soc - min(max(limits.export_kwh / STEPS + net, 0), discharge) * out_of, levels.export_floor)
        elif net < 0 and soc < levels.pv_charge_to:
            soc = min(soc + min(-net, charge) * into, levels.pv_charge_to)
        elif net > 0 and soc > levels.load_floor:
            soc = max(soc - min(net, discharge) * out_of, levels.load_floor)
        elif peak > 0 and levels.caps and soc > levels.caps[0].floor_kwh:
            soc = max(soc - peak, levels.caps[0].floor_kwh)
    return soc


@settings(max_examples=60, deadline=None)
@given(st.floats(0, 10), st.floats(-6, 6), ordered_levels(), grids)
def test_a_slot_ends_as_thousands_of_looks_would_end_it(soc: float, net: float, levels: Levels, limits: Limits) -> None:
    found = soc_after(soc, reach_of(BATTERY, limits, net), levels)
    assert found == pytest.approx(in_tiny_steps(soc, net, limits, levels, float("inf")), abs=0.01)


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 5), st.floats(0, 5), st.floats(0, 9))
def test_load_above_a_cap_is_covered_as_well(soc: float, floor: float, net: float) -> None:
    """Below the load floor throughout: what is left to cover is the top of the load."""
    limits = limits_of(bought_kw=4.0)
    levels = Levels(0.0, 10.0, 5.0, 10.0, (ImportCap(4.0, floor),))
    found = soc_after(soc, reach_of(BATTERY, limits, net, [4.0]), levels)
    assert found == pytest.approx(in_tiny_steps(soc, net, limits, levels, 4.0), abs=0.01)


def best_end(soc: float, reach: Reach, wanted: Levels) -> float:
    """The end of a slot when the levels are meant for its end, and the answer is perfect."""
    up = max(min(wanted.pv_charge_to, soc + reach.pv_charge), min(wanted.grid_charge_to, soc + reach.grid_charge))
    down = min(max(wanted.load_floor, soc - reach.load), max(wanted.export_floor, soc - reach.export), soc)
    return up if up > soc and (reach.pv_charge > 0 or soc < wanted.grid_charge_to) else down


@settings(max_examples=200, deadline=None)
@given(st.floats(0, 10), st.floats(-6, 6), ordered_levels(), grids)
def test_aiming_ends_the_slot_where_it_is_wanted(soc: float, net: float, wanted: Levels, limits: Limits) -> None:
    reach = reach_of(BATTERY, limits, net)
    levels = aimed(soc, reach, wanted, CAPACITY)
    selling = soc > wanted.export_floor
    stopped_by_capacity = levels.export_floor >= CAPACITY
    if selling and stopped_by_capacity:
        return
    assert soc_after(soc, reach, levels) == pytest.approx(best_end(soc, reach, wanted), abs=1e-9)


def just_in_time(soc: float, net_kwh: float, levels: Levels) -> float:
    """What an inverter does in an hour that buys and sells only when it must begin, with nothing but its own 5 kW."""
    net, power = net_kwh / STEPS, 5.0 / STEPS
    into, out_of = BATTERY.charge_efficiency, 1 / BATTERY.discharge_efficiency
    for step in range(STEPS):
        left = STEPS - step
        if soc < levels.grid_charge_to - (left - 1) * power * into:
            soc = min(soc + power * into, levels.grid_charge_to)
        elif soc > levels.export_floor + (left - 1) * power * out_of:
            soc = max(soc - power * out_of, levels.export_floor)
        elif net < 0 and soc < levels.pv_charge_to:
            soc = min(soc + min(-net, power) * into, levels.pv_charge_to)
        elif net > 0 and soc > levels.load_floor:
            soc = max(soc - min(net, power) * out_of, levels.load_floor)
    return soc


@settings(max_examples=60, deadline=None)
@given(st.floats(0, 10), st.floats(-6, 6), ordered_levels())
def test_what_is_late_ends_the_slot_as_beginning_just_in_time_would(soc: float, net: float, levels: Levels) -> None:
    reach = reach_of(BATTERY, limits_of(), net)
    late = replace(levels, buys_late=True, sells_late=True)
    found = soc_after(soc, reach, late)
    assert found == pytest.approx(just_in_time(soc, net, levels), abs=0.01)
    assert found == pytest.approx(best_end(soc, reach, levels), abs=1e-9)
    assert aimed(soc, reach, late, CAPACITY) == late


def test_bought_energy_leaves_room_for_the_load_below_the_fuse() -> None:
    limits = limits_of(bought_kw=4.0)
    assert reach_of(BATTERY, limits, 3.0).grid_charge == pytest.approx(0.95)
    assert reach_of(BATTERY, limits, 6.0).grid_charge == 0


def test_sold_energy_leaves_room_for_the_surplus() -> None:
    limits = limits_of(sold_kw=4.0)
    assert reach_of(BATTERY, limits, -3.0).export == pytest.approx(1 / 0.95)
    assert reach_of(BATTERY, limits, -6.0).export == 0


def test_losses_lie_between_battery_and_house() -> None:
    moved = [battery_kwh(BATTERY, 2.0, after) for after in (3.9, 0.1, 2.0)]
    assert moved == pytest.approx([2.0, -1.9 * 0.95, 0.0])


def test_battery_without_power_stays_where_it_is() -> None:
    levels = Levels(9.0, 9.0, 9.0, 10.0)
    for net in (-3.0, 3.0):
        reach = reach_of(BATTERY, Limits(0.0, 0.0, float("inf"), float("inf")), net)
        assert soc_after(5.0, reach, levels) == 5.0


def test_tapers_shorten_the_reach_near_full_and_empty_only() -> None:
    free = reach_of(TAPERED, limits_of(0.25), -9.0)
    assert tapered(TAPERED, free, 5.0, 0.25) == free
    assert tapered(TAPERED, free, 9.5, 0.25).pv_charge < 0.5 * free.pv_charge
    busy = reach_of(TAPERED, limits_of(0.25), 9.0, [4.0])
    assert tapered(TAPERED, busy, 5.0, 0.25) == busy
    slow = tapered(TAPERED, busy, 0.5, 0.25)
    assert slow.load < 0.5 * busy.load
    assert slow.peaks[0] <= slow.load


@settings(max_examples=100, deadline=None)
@given(st.floats(0, 10), st.floats(-9, 9), st.sampled_from([0.1, 0.25, 1.0]))
def test_tapered_power_is_never_more_than_the_line_allows(soc: float, net: float, hours: float) -> None:
    battery: BatteryRequest = TAPERED
    reach = tapered(battery, reach_of(battery, limits_of(hours), net), soc, hours)
    fastest_in = 5.0 if soc <= 8.0 else 5.0 - 4.0 * (soc - 8.0) / 2.0
    fastest_out = 5.0 if soc >= 2.0 else 0.5 + 4.5 * soc / 2.0
    assert 0 <= reach.grid_charge <= fastest_in * hours * 0.95 + 1e-9
    assert 0 <= reach.export <= fastest_out * hours / 0.95 + 1e-9
