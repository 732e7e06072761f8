"""The thresholds: their order, their money against the MILP, and what uncertainty does to them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from math import cos, pi, sin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar.forecast.bands import Scenarios
from darkstar.optimizer.ledger import Ledger, settle
from darkstar.optimizer.plan import Plan
from darkstar.optimizer.request import BatteryRequest, GridRequest, PlanRequest, Taper
from darkstar.optimizer.schedule import Schedule
from darkstar.optimizer.solve import plan
from darkstar.policy.commitments import commitments_of
from darkstar.policy.expected import expected_path
from darkstar.policy.recursion import build
from darkstar.policy.thresholds import Policy
from tests.optimizer.samples import (
    BATTERY,
    HOMES,
    above_the_ceiling,
    below_the_floor,
    day,
    export_above_import,
    flat,
    heater,
    homes,
    negative_noon,
    no_battery,
    request_of,
    slots_of,
    summer,
    two_batteries,
    winter,
    with_water,
)


def policy_of(request: PlanRequest, planned: Plan, scenarios: Scenarios = ()) -> Policy:
    """The policy that goes with a plan."""
    return build(request, commitments_of(request, planned), scenarios)


def assert_order(policy: Policy, battery: BatteryRequest) -> None:
    """The invariants that `PolicySlot` documents."""
    for slot in policy.slots:
        assert 0 <= slot.grid_charge_to_kwh <= slot.pv_charge_to_kwh <= slot.export_floor_kwh <= battery.capacity_kwh
        assert slot.grid_charge_to_kwh <= slot.load_floor_kwh <= slot.export_floor_kwh
        assert slot.pv_charge_to_kwh <= max(battery.max_kwh, 0) + 1e-9
        assert slot.load_floor_kwh >= min(max(battery.min_kwh, 0), battery.capacity_kwh) - 1e-9
        if not battery.charge_from_grid:
            assert slot.grid_charge_to_kwh == 0
        if not battery.discharge_to_grid:
            assert slot.export_floor_kwh == battery.capacity_kwh


def executed(request: PlanRequest, planned: Plan, policy: Policy) -> Ledger:
    """The account of the thresholds carried out on the expected net load; later batteries as planned."""
    battery = request.batteries[0]
    path = (battery.start_kwh, *expected_path(request, planned, policy))
    change = [after - before for before, after in pairwise(path)]
    charge = tuple(max(one, 0.0) / battery.charge_efficiency for one in change)
    discharge = tuple(max(-one, 0.0) * battery.discharge_efficiency for one in change)
    others = range(1, len(request.batteries))
    schedule = Schedule(
        (charge, *(tuple(slot.batteries[other].charge_kwh for slot in planned.slots) for other in others)),
        (discharge, *(tuple(slot.batteries[other].discharge_kwh for slot in planned.slots) for other in others)),
        tuple(tuple(slot.heaters_kwh[number] for slot in planned.slots) for number in range(len(request.heaters))),
    )
    return settle(request, schedule)


def loss(request: PlanRequest) -> float:
    """Money that the executed thresholds lose against the MILP, as part of what the load costs without battery."""
    planned = plan(request)
    ledger = executed(request, planned, policy_of(request, planned))
    bill = sum(max(slot.load_kwh, 0) * abs(slot.import_price) for slot in request.slots)
    return (ledger.objective - planned.objective) / max(bill, abs(planned.cost))


def random_home(seed: int) -> PlanRequest:
    """A battery home with two price peaks a day and noise on everything."""
    draw = random.Random(seed)
    count, hours = draw.choice([(24, 1.0), (48, 0.5), (96, 0.25)])
    first = draw.choice([hours, draw.uniform(0.1, 1.0) * hours])
    level = draw.choice([0.1, 1.0, 10.0])
    clock = [index * hours % 24 for index in range(count)]
    prices = [level * (1 + 0.6 * sin((hour - 10) / 12 * 2 * pi) + draw.uniform(-0.3, 0.3)) for hour in clock]
    slots = slots_of(
        [draw.uniform(0.1, 1.5) for _ in clock],
        [max(4 * cos((hour - 12) / 12 * pi), 0) * draw.random() for hour in clock],
        prices,
        [price * draw.uniform(0.2, 0.95) for price in prices],
        hours,
        first,
    )
    capacity = draw.uniform(2, 20)
    battery = BatteryRequest(
        capacity,
        draw.uniform(0.2, 0.8) * capacity,
        draw.uniform(0, 0.2) * capacity,
        draw.uniform(0.8, 1) * capacity,
        draw.uniform(1, 6),
        draw.uniform(1, 6),
        draw.uniform(0.85, 1),
        draw.uniform(0.85, 1),
        draw.choice([0, 0.05]) * level,
        draw.random() < 0.8,
        draw.random() < 0.8,
        draw.uniform(0, 1) * level,
    )
    grid = GridRequest(draw.choice([None, 8.0]), None, draw.random() < 0.8)
    return replace(request_of(slots, battery), grid=grid, money_gap=0.001 * level)


@pytest.mark.parametrize("seed", range(25))
def test_thresholds_cost_what_the_milp_costs(seed: int) -> None:
    assert -0.002 <= loss(random_home(seed)) <= 0.01


@pytest.mark.parametrize(
    "home", [winter, summer, flat, with_water, negative_noon, below_the_floor, above_the_ceiling, two_batteries]
)
def test_so_they_do_for_homes_with_a_story(home: Callable[[], PlanRequest]) -> None:
    assert loss(home()) <= 0.01


def test_export_above_import_costs_little_more() -> None:
    assert loss(export_above_import()) <= 0.03


@settings(max_examples=40, deadline=None)
@given(homes(), st.data())
def test_levels_are_ordered_for_any_home_and_scenarios(request_: PlanRequest, data: st.DataObject) -> None:
    planned = plan(request_, [])
    net = st.floats(-8, 8)
    count = len(request_.slots)
    rows = st.lists(st.lists(net, min_size=count, max_size=count).map(tuple), max_size=4).map(tuple)
    policy = policy_of(request_, planned, data.draw(rows))
    assert policy.plan_id == planned.plan_id
    if not request_.batteries:
        assert policy.slots == ()
        return
    battery = request_.batteries[0]
    assert [slot.start for slot in policy.slots] == [slot.start for slot in request_.slots]
    assert_order(policy, battery)
    for slot in policy.slots:
        assert 0 <= slot.value_per_kwh <= request_.price_level / battery.charge_efficiency


@pytest.mark.parametrize("home", HOMES)
def test_values_are_between_nothing_and_the_highest_price(home: Callable[[], PlanRequest]) -> None:
    request = home()
    for slot in policy_of(request, plan(request)).slots:
        assert 0 <= slot.value_per_kwh <= request.price_level / 0.85


@pytest.mark.parametrize("home", [winter, summer, flat, with_water, export_above_import, below_the_floor])
def test_values_are_positive_where_energy_is_never_free(home: Callable[[], PlanRequest]) -> None:
    request = home()
    assert all(slot.value_per_kwh > 0 for slot in policy_of(request, plan(request)).slots)


def test_no_battery_no_slots() -> None:
    request = no_battery()
    assert policy_of(request, plan(request)).slots == ()


def test_it_buys_what_the_dear_hour_needs() -> None:
    slots = slots_of([0.0, 2.0], [0.0, 0.0], [0.10, 0.50], [0.0, 0.0], hours=1.0)
    request = request_of(slots, replace(BATTERY, initial_kwh=1.0, end_value_per_kwh=0.0))
    first, second = policy_of(request, plan(request)).slots
    assert first.grid_charge_to_kwh == pytest.approx(1.0 + 2.0 / 0.95, abs=0.06)
    assert second.grid_charge_to_kwh <= 1.0
    assert second.load_floor_kwh == pytest.approx(1.0)


def test_it_keeps_what_the_dear_hour_needs() -> None:
    slots = slots_of([2.0, 2.0], [0.0, 0.0], [0.30, 0.50], [0.0, 0.0], hours=1.0)
    request = request_of(slots, replace(BATTERY, initial_kwh=4.0, end_value_per_kwh=0.0))
    first, second = policy_of(request, plan(request)).slots
    assert first.load_floor_kwh == pytest.approx(1.0 + 2.0 / 0.95, abs=0.06)
    assert second.load_floor_kwh == pytest.approx(1.0)


def test_it_sells_above_what_is_needed_later() -> None:
    slots = slots_of([0.0, 2.0], [0.0, 0.0], [0.60, 0.50], [0.40, 0.0], hours=1.0)
    request = request_of(slots, replace(BATTERY, initial_kwh=9.0, end_value_per_kwh=0.0))
    first = policy_of(request, plan(request)).slots[0]
    assert first.export_floor_kwh == pytest.approx(1.0 + 2.0 / 0.95, abs=0.06)


def test_flat_price_is_plain_self_consumption() -> None:
    request = replace(flat(), batteries=(replace(BATTERY, end_value_per_kwh=0.2),))
    for slot in policy_of(request, plan(request)).slots[:-8]:
        assert slot.grid_charge_to_kwh <= 1.0
        assert slot.pv_charge_to_kwh == pytest.approx(10.0)
        assert slot.load_floor_kwh == pytest.approx(1.0)


def test_planned_heat_is_load() -> None:
    slots = slots_of([0.2, 0.2], [0.0, 0.0], [0.10, 0.50], [0.0, 0.0], hours=1.0)
    request = request_of(slots, replace(BATTERY, initial_kwh=1.0, end_value_per_kwh=0.0))
    bare = policy_of(request, plan(request)).slots[0].grid_charge_to_kwh
    heated = replace(request, heaters=(heater(6.0),))
    planned = plan(heated)
    assert [slot.heater_kwh for slot in planned.slots] == [3.0, 3.0]
    assert policy_of(heated, planned).slots[0].grid_charge_to_kwh == pytest.approx(bare + 3.0 / 0.95, abs=0.1)


def test_many_equal_scenarios_are_one() -> None:
    request = summer()
    planned = plan(request)
    net = tuple(slot.load_kwh - slot.pv_kwh for slot in request.slots)
    one, many = policy_of(request, planned, (net,)), policy_of(request, planned, (net,) * 5)
    assert (one.scenario_count, many.scenario_count) == (1, 5)
    for single, several in zip(one.slots, many.slots, strict=True):
        assert several.grid_charge_to_kwh == pytest.approx(single.grid_charge_to_kwh, abs=0.051)
        assert several.load_floor_kwh == pytest.approx(single.load_floor_kwh, abs=0.051)
    assert policy_of(request, planned).slots == one.slots


def test_uncertain_sun_makes_it_buy_for_part_of_the_need() -> None:
    """Between none for the sunny and all for the dark scenario: the dear hour's price decides."""
    slots = slots_of([0.0, 4.0], [0.0, 0.0], [0.10, 0.50], [0.0, 0.0], hours=1.0)
    request = request_of(slots, replace(BATTERY, initial_kwh=1.0, end_value_per_kwh=0.0, max_discharge_kw=8.0))
    planned = plan(request)

    def bought(*needs: float) -> float:
        return policy_of(request, planned, tuple((0.0, need) for need in needs)).slots[0].grid_charge_to_kwh

    assert bought(4.0) == pytest.approx(1.0 + 4.0 / 0.95, abs=0.06)
    assert bought(0.0) <= 1.0
    assert bought(0.0, 4.0) == pytest.approx(1.0 + 4.0 / 0.95, abs=0.06)
    assert bought(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 4.0) <= 1.0
    assert bought(0.0, 2.0, 4.0) == pytest.approx(1.0 + 4.0 / 0.95, abs=0.06)
    assert bought(0.0, 0.0, 2.0, 2.0, 2.0, 4.0) == pytest.approx(1.0 + 2.0 / 0.95, abs=0.06)


def test_surplus_beyond_the_export_limit_is_stored() -> None:
    slots = slots_of([0.0] * 4, [6.0] * 4, [0.3] * 4, [0.2] * 4, hours=0.5)
    request = request_of(slots, replace(BATTERY, end_value_per_kwh=0.05))
    assert policy_of(request, plan(request)).slots[0].pv_charge_to_kwh < 5.0
    limited = replace(request, grid=GridRequest(max_export_kw=1.0))
    assert policy_of(limited, plan(limited)).slots[0].pv_charge_to_kwh > 5.0


def test_load_above_the_fuse_opens_the_battery() -> None:
    slots = slots_of([1.0, 9.0, 1.0], [0.0] * 3, [0.3, 0.1, 0.9], [0.0] * 3, hours=0.5)
    request = request_of(slots, BATTERY)
    assert policy_of(request, plan(request)).slots[1].load_floor_kwh > 1.0
    fused = replace(request, grid=GridRequest(max_import_kw=7.0))
    assert policy_of(fused, plan(fused)).slots[1].load_floor_kwh == pytest.approx(1.0)


def test_deep_shortage_is_bought_back_at_once() -> None:
    request = request_of(day(), replace(BATTERY, initial_kwh=0.0, min_kwh=3.0))
    policy = policy_of(request, plan(request))
    assert policy.slots[0].grid_charge_to_kwh >= 2.6


def test_value_is_what_one_more_kwh_brings() -> None:
    request = replace(winter(), money_gap=1e-6)
    planned = plan(request)
    gains = []
    for change in (-0.2, 0.2):
        shifted = replace(request, batteries=(replace(BATTERY, initial_kwh=5.0 + change),))
        gains.append(plan(shifted).objective)
    gain = (gains[0] - gains[1]) / 0.4
    assert policy_of(request, planned).slots[0].value_per_kwh == pytest.approx(gain, rel=0.05)


def test_wrong_lengths_are_refused_in_words() -> None:
    request = winter()
    planned = plan(request, [])
    with pytest.raises(ValueError, match="a scenario has 3 slots, the request 96"):
        policy_of(request, planned, ((0.1, 0.2, 0.3),))
    with pytest.raises(ValueError, match="has 96 slots, its request 95"):
        policy_of(replace(request, slots=request.slots[1:]), planned)


def test_what_the_battery_alone_bounds_is_late_where_pv_or_load_may_come() -> None:
    """5 kW at 0.95: 4.75 kWh an hour in, 5.26 out."""
    free = summer()
    slots = policy_of(free, plan(free)).slots
    assert {one.load_kwh > one.pv_kwh for one in free.slots} == {True, False}
    for slot, asked in zip(slots, free.slots, strict=True):
        assert slot.buys_kwh_per_hour == pytest.approx(4.75 * (asked.load_kwh < asked.pv_kwh))
        assert slot.sells_kwh_per_hour == pytest.approx(5 / 0.95 * (asked.load_kwh > asked.pv_kwh))
    doubtful = tuple(tuple(pv * sign for _ in free.slots) for pv, sign in ((1.0, -1), (1.0, 1)))
    for slot in policy_of(free, plan(free), doubtful).slots:
        assert slot.buys_kwh_per_hour > 0 < slot.sells_kwh_per_hour


def test_a_limit_besides_the_battery_lets_nothing_wait() -> None:
    free = summer()
    fused = replace(free, grid=replace(free.grid, max_import_kw=3.0, max_export_kw=3.0))
    tapers = Taper(8.0, 10.0, 1.0), Taper(2.0, 0.0, 1.0)
    battery = replace(free.batteries[0], charge_taper=tapers[0], discharge_taper=tapers[1])
    for request in (fused, replace(free, batteries=(battery,))):
        for slot, asked in zip(policy_of(request, plan(request)).slots, request.slots, strict=True):
            assert slot.buys_kwh_per_hour == 0 or asked.pv_kwh - asked.load_kwh > 2.0 * asked.hours
            assert slot.sells_kwh_per_hour == 0 or asked.load_kwh - asked.pv_kwh > 2.0 * asked.hours
