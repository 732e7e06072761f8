"""The answer of a battery to four levels, against the same in tiny steps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar.optimizer.plan import GridRequest
from darkstar.policy.response import Levels, Limits, aimed, battery_kwh, best_end, limits_of, reach_of, soc_after
from tests.optimizer.samples import BATTERY

STEPS = 4000
CAPACITY = BATTERY.capacity_kwh


def levels_of(*kwh: float) -> Levels:
    """Levels from numbers."""
    return Levels(*(np.asarray(one) for one in kwh))


@st.composite
def ordered_levels(draw: st.DrawFn) -> Levels:
    """Any levels in the order that `PolicySlot` demands."""
    low, middle_a, middle_b, high = sorted(draw(st.lists(st.floats(0, 10), min_size=4, max_size=4)))
    pair = (middle_a, middle_b) if draw(st.booleans()) else (middle_b, middle_a)
    return levels_of(low, *pair, high)


def in_tiny_steps(soc: float, net_kwh: float, limits: Limits, levels: Levels) -> float:
    """What an inverter does that looks at the levels thousands of times in the slot."""
    buy_to, store_to, cover_to, sell_to = (
        float(one) for one in (levels.grid_charge_to, levels.pv_charge_to, levels.load_floor, levels.export_floor)
    )
    net = net_kwh / STEPS
    into, out_of = BATTERY.charge_efficiency, 1 / BATTERY.discharge_efficiency
    charge, discharge = limits.charge_kwh / STEPS, limits.discharge_kwh / STEPS
    for _ in range(STEPS):
        if soc < buy_to:
            soc = min(soc + min(max(limits.import_kwh / STEPS - net, 0), charge) * into, buy_to)
        elif soc > sell_to:
            soc = max(soc - min(max(limits.export_kwh / STEPS + net, 0), discharge) * out_of, sell_to)
        elif net < 0 and soc < store_to:
            soc = min(soc + min(-net, charge) * into, store_to)
        elif net > 0 and soc > cover_to:
            soc = max(soc - min(net, discharge) * out_of, cover_to)
    return soc


grids = st.builds(GridRequest, st.sampled_from([None, 3.0, 11.0]), st.sampled_from([None, 0.0, 2.0]), st.booleans())


@settings(max_examples=60, deadline=None)
@given(st.floats(0, 10), st.floats(-6, 6), ordered_levels(), grids, st.sampled_from([0.25, 1.0]))
def test_a_slot_ends_as_thousands_of_looks_would_end_it(
    soc: float, net_kw: float, levels: Levels, grid: GridRequest, hours: float
) -> None:
    limits = limits_of(BATTERY, grid, hours)
    net = net_kw * hours
    found = float(soc_after(np.asarray(soc), reach_of(BATTERY, limits, np.asarray(net)), levels))
    assert found == pytest.approx(in_tiny_steps(soc, net, limits, levels), abs=0.01)


@settings(max_examples=200, deadline=None)
@given(st.floats(0, 10), st.floats(-6, 6), ordered_levels(), grids)
def test_aiming_ends_the_slot_where_it_is_wanted(soc: float, net: float, wanted: Levels, grid: GridRequest) -> None:
    reach = reach_of(BATTERY, limits_of(BATTERY, grid, 1.0), np.asarray(net))
    best = float(best_end(np.asarray(soc), reach, wanted))
    levels = aimed(soc, reach, wanted, CAPACITY)
    selling = soc > float(wanted.export_floor)
    stopped_by_capacity = float(levels.export_floor) >= CAPACITY
    if selling and stopped_by_capacity:
        return
    assert float(soc_after(np.asarray(soc), reach, levels)) == pytest.approx(best, abs=1e-9)


def test_bought_energy_leaves_room_for_the_load_below_the_fuse() -> None:
    limits = limits_of(BATTERY, GridRequest(max_import_kw=4.0), 1.0)
    reach = reach_of(BATTERY, limits, np.asarray(3.0))
    assert float(reach.grid_charge) == pytest.approx(0.95)
    assert float(reach_of(BATTERY, limits, np.asarray(6.0)).grid_charge) == 0


def test_sold_energy_leaves_room_for_the_surplus() -> None:
    limits = limits_of(BATTERY, GridRequest(max_export_kw=4.0), 1.0)
    assert float(reach_of(BATTERY, limits, np.asarray(-3.0)).export) == pytest.approx(1 / 0.95)
    assert float(reach_of(BATTERY, limits, np.asarray(-6.0)).export) == 0


def test_no_export_means_none_from_the_battery() -> None:
    limits = limits_of(BATTERY, GridRequest(export_allowed=False), 1.0)
    assert float(reach_of(BATTERY, limits, np.asarray(0.0)).export) == 0


def test_losses_lie_between_battery_and_house() -> None:
    moved = battery_kwh(BATTERY, np.array([2.0, 2.0, 2.0]), np.array([3.9, 0.1, 2.0]))
    assert moved == pytest.approx([2.0, -1.9 * 0.95, 0.0])


def test_battery_without_power_stays_where_it_is() -> None:
    still = replace(BATTERY, max_charge_kw=0.0, max_discharge_kw=0.0)
    reach = reach_of(still, limits_of(still, GridRequest(), 1.0), np.asarray([-3.0, 3.0]))
    assert soc_after(np.asarray([5.0, 5.0]), reach, levels_of(9.0, 9.0, 9.0, 10.0)) == pytest.approx([5.0, 5.0])
