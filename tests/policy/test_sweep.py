"""One step of the recursion against trying every end of the slot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar.optimizer.request import (
    BatteryRequest,
    GridRequest,
    MeteringInterval,
    PlanRequest,
    PowerTariffRequest,
    SocGoal,
    Taper,
    ValueStep,
)
from darkstar.policy.peaks import peak_surcharges
from darkstar.policy.power import charging, discharging
from darkstar.policy.response import battery_kwh
from darkstar.policy.soc_grid import SocGrid
from darkstar.policy.stage import Stage
from darkstar.policy.sweep import look_back
from tests.optimizer.samples import BATTERY, request_of, slots_of

CONCAVE = replace(
    BATTERY,
    min_kwh=0.0,
    end_value_steps=(ValueStep(2.0, 0.9), ValueStep(5.0, 0.4), ValueStep(8.0, 0.2), ValueStep(10.0, 0.05)),
)
TAPERED = replace(CONCAVE, charge_taper=Taper(7.0, 10.0, 0.5), discharge_taper=Taper(3.0, 0.0, 0.5))
GRIDS = (
    GridRequest(),
    GridRequest(max_import_kw=4.0),
    GridRequest(max_import_kw=6.0, soft_import_kw=3.0, soft_import_price=0.15),
    GridRequest(export_allowed=False),
)


def home(battery: BatteryRequest, grid: GridRequest, load_kw: float, bought_at: float, sold_at: float) -> PlanRequest:
    """Two equal hours: the value at the end of the first is what the second makes of it."""
    slots = slots_of([load_kw] * 2, [0.0] * 2, [bought_at] * 2, [sold_at] * 2, hours=1.0)
    return replace(request_of(slots, battery), grid=grid)


def swept(request: PlanRequest, caps_kw: tuple[float, ...] = ()) -> tuple[SocGrid, Stage, np.ndarray]:
    """Grid, second stage and the value before it."""
    peaks = peak_surcharges(request, caps_kw)
    stages = [Stage.of(request, index, peaks[index]) for index in range(2)]
    grid = SocGrid.of(request.batteries[0])
    nets = np.array([[slot.load_kwh - slot.pv_kwh for slot in request.slots]])
    return grid, stages[1], look_back(request, grid, stages, nets).value[0]


def tried(request: PlanRequest, stage: Stage, soc: float) -> float:
    """The best of thousands of ends of the slot, by the slot's own account."""
    battery, net = stage.battery, stage.slot.load_kwh - stage.slot.pv_kwh
    lowest = max(discharging(battery, 1.0)(soc), 0.0)
    highest = min(charging(battery, 1.0)(soc), battery.max_kwh)
    best = -np.inf
    for end in np.append(np.linspace(lowest, highest, 3000), soc).tolist():
        moved = battery_kwh(battery, soc, end)
        too_much_in = moved > max(-net, 0.0) and net + moved > stage.limits.import_kwh + 1e-9
        too_much_out = -moved > max(net, 0.0) and -(net + moved) > stage.limits.export_kwh + 1e-9
        if not (too_much_in or too_much_out):
            best = max(best, battery.end_value(end) - stage.cost(net, moved))
    return best


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([CONCAVE, TAPERED, replace(CONCAVE, wear_cost_per_kwh=0.1)]),
    st.sampled_from(GRIDS),
    st.floats(-4, 9),
    st.floats(0.05, 1.0),
    st.floats(-0.1, 1.0),
    st.integers(0, 20),
)
def test_four_clamps_are_the_best_answer(
    battery: BatteryRequest, grid: GridRequest, load_kw: float, bought_at: float, share: float, half_kwh: int
) -> None:
    """Where nothing is sold dearer than bought and all surplus can be sold or is worthless."""
    request = home(battery, grid, load_kw, bought_at, share * bought_at)
    soc_grid, stage, value = swept(request)
    found = float(np.interp(half_kwh / 2, soc_grid.nodes, value))
    # Two of the ends tried are up to 0.0033 kWh apart.
    assert found == pytest.approx(tried(request, stage, half_kwh / 2), abs=4e-3)


def test_a_peak_is_paid_for_and_what_is_stored_is_kept_for_it() -> None:
    battery = replace(BATTERY, min_kwh=0.0, end_value_per_kwh=0.05, wear_cost_per_kwh=0.0, charge_from_grid=False)
    request = home(battery, GridRequest(), 6.0, 0.3, 0.0)
    hours = tuple(MeteringInterval(slot.start, 1.0, "2026-01-15") for slot in request.slots)
    tariff = PowerTariffRequest(hours, price_per_kw=30.0, count=3)
    peaked = replace(request, grid=GridRequest(power_tariffs=(tariff,)))
    grid, _, plain = swept(request)
    _, stage, dear = swept(peaked, (4.0,))
    slope = np.diff(dear) / grid.step_kwh
    assert [(one.above_kwh, one.per_kwh) for one in stage.surcharges] == [(4.0, 2.0), (4.7, 3.0)]
    assert slope[:13] == pytest.approx([0.95 * 5.3] * 13, rel=0.01)
    assert slope[15:20] == pytest.approx([0.95 * 2.3] * 5, rel=0.01)
    assert slope[22:] == pytest.approx((np.diff(plain) / grid.step_kwh)[22:])
    assert dear[0] == pytest.approx(plain[0] - 2.0 * 2.0 - 1.3 * 3.0)


def test_a_goal_is_worth_its_price_below_it() -> None:
    request = home(replace(CONCAVE, max_charge_kw=0.0), GridRequest(export_allowed=False), 0.0, 0.3, 0.1)
    battery = replace(request.batteries[0], goals=(SocGoal(request.slots[0].end, 6.03, 2.0),))
    with_goal = replace(request, batteries=(battery,))
    grid, _, bare = swept(request)
    _, _, value = swept(with_goal)
    extra = np.diff(value - bare) / grid.step_kwh
    assert extra[:61] == pytest.approx([2.0] * 61)
    assert extra[61:] == pytest.approx([0.0] * (len(extra) - 61), abs=1e-9)


def test_a_goal_without_a_price_counts_a_price_level() -> None:
    request = home(CONCAVE, GridRequest(), 0.0, 0.3, 0.1)
    grid = SocGrid.of(request.batteries[0])
    priced = grid.goal_price(SocGoal(request.end, 5.0), request.price_level)
    assert priced[0] == pytest.approx(5.0 * request.price_level)
    assert priced[grid.count // 2 :] == pytest.approx([0.0] * (grid.count - grid.count // 2))


def test_goals_of_the_past_and_beyond_the_horizon_count_nothing() -> None:
    request = home(CONCAVE, GridRequest(), 0.0, 0.3, 0.1)
    goals = (SocGoal(request.slots[0].start, 9.0, 5.0), SocGoal(request.end.replace(year=2027), 9.0, 5.0))
    asked = replace(request, batteries=(replace(CONCAVE, goals=goals),))
    assert swept(asked)[2] == pytest.approx(swept(request)[2])


@given(st.floats(0.2, 20), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_floor_and_ceiling_lie_on_nodes(capacity: float, one: float, other: float, start: float) -> None:
    low, high = sorted((one * capacity, other * capacity))
    battery = replace(BATTERY, capacity_kwh=capacity, min_kwh=low, max_kwh=high, initial_kwh=start * capacity)
    grid = SocGrid.of(battery)
    nodes = grid.nodes
    assert nodes[grid.floor] == pytest.approx(low, abs=1e-9)
    if high - low > 0.01 * capacity:
        assert nodes[grid.top] == pytest.approx(high, abs=1e-9)
    assert -grid.step_kwh < nodes[0] <= 1e-9
    assert max(high, start * capacity) - 1e-9 <= nodes[-1]
    assert 2 <= grid.count <= 250
    assert 0 <= grid.kwh(0) <= grid.kwh(grid.count - 2) <= grid.kwh(grid.count - 1) == capacity


def test_a_shortage_that_was_there_waits() -> None:
    short = SocGrid.of(replace(BATTERY, initial_kwh=0.85))
    priced = short.band_price(1.0)
    slopes = -np.diff(priced) / short.step_kwh
    assert slopes[short.floor - 2 : short.floor] == pytest.approx([0.5, 0.5])
    assert slopes[short.floor - 3] == pytest.approx(10.0)
    assert slopes[short.floor :] == pytest.approx([0.0] * (short.count - 1 - short.floor))
