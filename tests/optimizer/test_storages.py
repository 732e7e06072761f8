"""What storages can and want, one rule at a time, with money done by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from darkstar.optimizer.goals import targets_of
from darkstar.optimizer.model.build import build, relaxation
from darkstar.optimizer.plan import Plan, PlanStatus
from darkstar.optimizer.power_limits import empty_kwh, full_kwh, power_limits
from darkstar.optimizer.request import (
    BatteryRequest,
    GridRequest,
    LoadRequest,
    PlanRequest,
    SocGoal,
    Taper,
    ValueStep,
    VehicleRequest,
    Window,
)
from darkstar.optimizer.schedule import Reach, Schedule, within_limits
from darkstar.optimizer.solve import plan
from darkstar.simulation.planning_requests import full_home
from tests.optimizer.samples import BATTERY, START, day, heater, request_of, slots_of, summer

PLAIN = BatteryRequest(10.0, 0.0, 0.0, 10.0, 5.0, 5.0, 1.0, 1.0)
"""No losses, no wear, no value after the horizon."""
CAR = VehicleRequest(60.0, 20.0, 20.0, START, START + timedelta(hours=2), charge_efficiency=1.0, name="car")
"""Up to 11.04 kW, at least 4.14 kW."""
NEAR = 1e-4


def at(hours: float) -> timedelta:
    return timedelta(hours=hours)


def home(prices: Sequence[float], *batteries: BatteryRequest, load: float = 0.0, pv: float = 0.0) -> PlanRequest:
    """Whole hours; export earns 0.05."""
    count = len(prices)
    slots = slots_of([load] * count, [pv] * count, prices, [0.05] * count, hours=1.0)
    return replace(request_of(slots, *batteries), money_gap=1e-5)


def charged(planned: Plan, number: int = 0) -> list[float]:
    return [round(slot.batteries[number].charge_kwh, 3) for slot in planned.slots]


def driven(planned: Plan, number: int = 0) -> list[float]:
    """What the vehicle takes, less what it gives."""
    flows = [slot.vehicles[number] for slot in planned.slots]
    return [round(flow.charge_kwh - flow.discharge_kwh, 3) for flow in flows]


def kinds(request: PlanRequest) -> Counter[str]:
    """Binaries by the first two letters of their names."""
    return Counter(variable.name.rstrip("0123456789_")[:2] for variable in build(request).binaries)


# Minimum power


@pytest.mark.parametrize(
    ("least", "later", "cost"),
    [(0.0, 0.5, 0.2), (2.0, 0.5, 0.3), (2.0, 0.15, 0.25), (5.0, 0.8, 0.6), (6.0, 9.0, 9.1)],
)
def test_charging_is_zero_or_at_least_its_minimum(least: float, later: float, cost: float) -> None:
    """One kWh is needed later: more is bought where that still pays; above the maximum nothing goes."""
    battery = replace(PLAIN, min_charge_kw=least, discharge_to_grid=False)
    assert plan(home([0.1, later], battery, load=1.0)).cost == pytest.approx(cost, abs=NEAR)


def test_discharging_is_zero_or_at_least_its_minimum() -> None:
    battery = replace(PLAIN, initial_kwh=4.0, min_discharge_kw=2.0, end_value_per_kwh=0.1)
    planned = plan(home([0.3, 0.3], battery, load=1.0))
    # The second kWh of the hour is sold at 0.05: 0.3 + 0.05 is more than twice 0.1.
    assert [slot.discharge_kwh for slot in planned.slots] == pytest.approx([2.0, 2.0])
    assert planned.cost == pytest.approx(-0.1, abs=NEAR)
    resting = plan(home([0.1, 0.1], replace(battery, end_value_per_kwh=0.2), load=1.0))
    assert sum(slot.discharge_kwh for slot in resting.slots) == 0


def test_little_surplus_does_not_start_a_charger() -> None:
    battery = replace(PLAIN, min_charge_kw=2.0, charge_from_grid=False, end_value_per_kwh=1.0)
    assert charged(plan(home([0.3] * 2, battery, load=1.0, pv=2.5))) == [0.0, 0.0]
    assert charged(plan(home([0.3] * 2, battery, load=1.0, pv=3.5))) == [2.5, 2.5]


def test_minimum_counts_for_the_time_that_the_storage_is_there() -> None:
    battery = replace(PLAIN, min_charge_kw=2.0, end_value_per_kwh=1.0, available=(Window(START, START + at(0.25)),))
    (limits, _) = power_limits(battery, home([0.1, 0.1]).slots)
    assert (limits.hours, limits.charge_kwh, limits.least_charge_kwh) == (0.25, 1.25, 0.5)


def test_a_first_slot_of_seconds_is_no_trouble() -> None:
    slots = slots_of([0.5] * 5, [0.0] * 5, [0.1] * 5, [0.0] * 5, hours=1.0, first_hours=0.002)
    car = replace(CAR, needed_kwh=30.0)
    planned = plan(replace(request_of(slots, replace(BATTERY, min_charge_kw=1.0)), vehicles=(car,)))
    assert planned.status is PlanStatus.OPTIMAL
    assert planned.unmet == ()
    assert all(kwh == 0 or kwh >= 4.14 * slot.hours - 1e-6 for kwh, slot in zip(driven(planned), slots, strict=True))


def test_binaries_are_there_only_where_they_are_needed() -> None:
    request = replace(summer(), vehicles=(replace(CAR, needed_kwh=30.0),))
    # Eight quarters are plugged in; in them the battery may sell, or the car import.
    assert kinds(request) == {"pc": 8, "ov": 8}
    assert kinds(replace(request, batteries=(replace(BATTERY, discharge_to_grid=False),))) == {"pc": 8}
    assert kinds(replace(request, vehicles=(replace(CAR, min_current_a=0.0, from_home_battery=True),))) == {}
    assert kinds(replace(request, batteries=(replace(BATTERY, min_discharge_kw=1.0),)))["pd"] == 96


def test_a_large_price_of_wishes_leaves_the_plan_proven() -> None:
    """A battery without power that rests below its floor: the solver's digits are no loss of money."""
    slots = slots_of([0.0] * 9, [0.0] * 9, [0.0] * 9, [0.0] * 9)
    battery = replace(PLAIN, initial_kwh=1.8553478515803552, min_kwh=3.6, max_charge_kw=0.0, max_discharge_kw=0.0)
    assert plan(request_of(slots, battery)).status is PlanStatus.OPTIMAL


# Taper


def test_taper_takes_the_mean_of_the_slot() -> None:
    """4 kW up to 6 kWh, 0 at 10: from 7 kWh on `c = 4 - (7 + c / 2 - 6)`, so c = 2."""
    battery = replace(PLAIN, max_charge_kw=4.0, initial_kwh=7.0, charge_taper=Taper(6.0, 10.0, 0.0))
    planned = plan(home([0.1], replace(battery, end_value_per_kwh=1.0)))
    assert charged(planned) == [2.0]
    assert planned.cost == pytest.approx(0.2, abs=NEAR)
    # The other way round: `d = 4 - (4 - (3 - d / 2))`, so d = 2.
    emptying = replace(PLAIN, max_discharge_kw=4.0, initial_kwh=3.0, discharge_taper=Taper(4.0, 0.0, 0.0))
    assert plan(home([0.5], emptying, load=9.0)).slots[0].discharge_kwh == pytest.approx(2.0)


def test_taper_ends_above_the_floor_and_below_the_ceiling() -> None:
    battery = replace(PLAIN, charge_taper=Taper(5.0, 9.0, 0.0), discharge_taper=Taper(4.0, 1.0, 0.0))
    assert (full_kwh(battery), empty_kwh(battery)) == (9.0, 1.0)
    assert (full_kwh(PLAIN), empty_kwh(PLAIN)) == (10.0, 0.0)
    assert full_kwh(replace(battery, charge_taper=Taper(5.0, 9.0, 7.0))) == 10.0


@pytest.mark.parametrize("initial", [0.0, 0.3, 5.0, 9.7, 10.0])
def test_a_start_beyond_the_end_of_the_line_is_legal(initial: float) -> None:
    battery = replace(
        PLAIN,
        initial_kwh=initial,
        min_kwh=2.0,
        max_kwh=8.0,
        charge_taper=Taper(5.0, 9.0, 0.0),
        discharge_taper=Taper(4.0, 1.0, 0.0),
        min_charge_kw=0.5,
        goals=(SocGoal(START + at(2.0), 9.0, 0.01),),
    )
    planned = plan(home([0.2, 0.3, 0.1, 0.4, 0.2, 0.3], battery, load=2.0))
    assert planned.status is PlanStatus.OPTIMAL
    assert 2.0 - 1e-6 <= planned.slots[-1].soc_kwh <= 8.0 + 1e-6


def test_minimum_above_the_taper_means_no_charging() -> None:
    battery = replace(
        PLAIN, initial_kwh=9.0, max_discharge_kw=0.0, min_charge_kw=3.0, charge_taper=Taper(8.0, 10.0, 0.0)
    )
    planned = plan(home([0.1, 0.1], replace(battery, end_value_per_kwh=1.0)))
    assert planned.status is PlanStatus.OPTIMAL
    assert charged(planned) == [0.0, 0.0]


def test_reach_agrees_with_the_line() -> None:
    battery = replace(PLAIN, max_charge_kw=4.0, charge_taper=Taper(6.0, 10.0, 0.0), min_charge_kw=1.0)
    (limits,) = power_limits(battery, home([0.1]).slots)
    reach = Reach(battery)
    assert reach.most_charged(limits, 2.0) == 4.0
    assert reach.most_charged(limits, 7.0) == pytest.approx(2.0)
    assert reach.most_charged(limits, 9.0) == 0.0


# Windows


def test_nothing_flows_outside_the_windows_and_part_of_a_slot_counts_as_part() -> None:
    windows = (Window(START + at(0.5), START + at(1.0)), Window(START + at(2.0), START + at(3.0)))
    battery = replace(PLAIN, available=windows, end_value_per_kwh=1.0)
    planned = plan(home([0.1] * 4, battery))
    assert charged(planned) == [2.5, 0.0, 5.0, 0.0]
    assert planned.cost == pytest.approx(0.75, abs=NEAR)


def test_windows_that_overlap_count_once() -> None:
    windows = (Window(START + at(0.5), START + at(2.0)), Window(START, START + at(0.75)), Window(START, START))
    assert [one.hours for one in power_limits(replace(PLAIN, available=windows), home([0.1] * 3).slots)] == [1, 1, 0]


# Goals


def test_a_goal_is_met_in_the_cheapest_hour_before_it() -> None:
    battery = replace(PLAIN, initial_kwh=2.0, charge_efficiency=0.8, goals=(SocGoal(START + at(2.0), 6.0),))
    planned = plan(home([0.3, 0.1, 0.06], replace(battery, discharge_to_grid=False)))
    assert charged(planned) == [0.0, 5.0, 0.0]
    assert planned.cost == pytest.approx(0.5, abs=NEAR)
    assert planned.unmet == ()


def test_a_goal_within_a_slot_counts_at_its_end() -> None:
    battery = replace(PLAIN, goals=(SocGoal(START + at(1.5), 3.0),))
    assert charged(plan(home([0.3, 0.1, 0.05], battery))) == [0.0, 3.0, 0.0]


def test_a_goal_is_bought_up_to_its_price() -> None:
    battery = replace(PLAIN, goals=(SocGoal(START + at(2.0), 6.0, 0.2),), name="cellar")
    planned = plan(home([0.3, 0.25, 0.05], battery))
    assert charged(planned) == [0.0, 0.0, 0.0]
    assert planned.objective == pytest.approx(1.2, abs=NEAR)
    assert planned.unmet == ("cellar lacks 6.00 of 6.00 kWh in 2.0 h",)


def test_what_a_goal_lacks_is_said_with_the_amount() -> None:
    battery = replace(PLAIN, goals=(SocGoal(START + at(1.0), 8.0),), discharge_to_grid=False)
    planned = plan(home([0.2, 0.3], battery))
    assert planned.unmet == ("battery 1 lacks 3.00 of 8.00 kWh in 1.0 h",)
    assert planned.objective == pytest.approx(5 * 0.2 + 3 * 0.3, abs=NEAR)


def test_a_goal_above_the_capacity_is_clipped_and_said() -> None:
    battery = replace(PLAIN, initial_kwh=8.0, goals=(SocGoal(START + at(1.0), 14.0, 0.4),))
    planned = plan(home([0.3], battery))
    assert charged(planned) == [2.0]
    assert planned.unmet == (
        "battery 1 cannot store the 14.00 kWh that are wished for in 1.0 h: its capacity is 10.00 kWh",
    )


@pytest.mark.parametrize("hours", [-5.0, 0.0])
def test_a_goal_in_the_past_is_over(hours: float) -> None:
    battery = replace(PLAIN, goals=(SocGoal(START + at(hours), 8.0, 100.0),))
    assert plan(home([0.3], battery)).objective == pytest.approx(0.0, abs=NEAR)


def test_after_the_horizon_only_what_cannot_be_charged_later_is_due() -> None:
    """15 kWh are missing an hour after the horizon: 3.96 are due, and up to 15 are worth the mean price of 0.3."""
    car = replace(CAR, needed_kwh=35.0, departure=START + at(3.0))
    planned = plan(replace(home([0.2, 0.4]), vehicles=(car,)))
    assert driven(planned) == [11.04, 0.0]
    assert planned.cost == pytest.approx(11.04 * 0.2, abs=NEAR)
    dear = plan(replace(home([0.4, 0.4, 0.1]), vehicles=(replace(car, plugged_in=START, departure=START + at(5.0)),)))
    assert driven(dear) == [0.0, 0.0, 11.04]
    late = plan(replace(home([0.4, 0.4]), vehicles=(replace(car, needed_kwh=59.0),)))
    assert driven(late) == [11.04, 11.04]
    assert late.unmet == ("car cannot have 59.00 kWh at departure: 5.88 kWh less",)


def test_a_goal_after_the_horizon_adds_nothing_to_a_high_end_value() -> None:
    goal = SocGoal(START + at(9.0), 6.0, 2.0)
    (target,) = targets_of(home([0.3, 0.3]), replace(PLAIN, goals=(goal,), end_value_per_kwh=0.1))
    assert (target.kwh, target.goal) == (6.0, None)
    assert target.price == pytest.approx(0.2)
    (valued,) = targets_of(home([0.3, 0.3]), replace(PLAIN, goals=(goal,), end_value_per_kwh=0.5))
    assert valued.price == 0.0


# Value after the horizon


def test_falling_values_are_bought_as_far_as_they_pay() -> None:
    battery = replace(PLAIN, end_value_steps=(ValueStep(3.0, 0.5), ValueStep(5.0, 0.25), ValueStep(10.0, 0.1)))
    planned = plan(home([0.2], battery))
    assert charged(planned) == [5.0]
    assert planned.objective == pytest.approx(5 * 0.2 - 3 * 0.5 - 2 * 0.25, abs=NEAR)
    assert charged(plan(home([0.3], battery))) == [3.0]


def test_what_is_above_the_last_step_is_worth_nothing() -> None:
    battery = replace(PLAIN, initial_kwh=8.0, end_value_steps=(ValueStep(3.0, 0.5),))
    planned = plan(home([0.2], battery))
    assert planned.objective == pytest.approx(-5 * 0.05 - 1.5, abs=NEAR)


@pytest.mark.parametrize(
    ("battery", "words"),
    [
        (replace(PLAIN, end_value_steps=(ValueStep(3.0, 0.2), ValueStep(10.0, 0.5))), "end_value_steps.*must fall"),
        (replace(PLAIN, end_value_steps=(ValueStep(3.0, -0.2),)), "end_value_steps.*up to the capacity"),
        (replace(PLAIN, charge_taper=Taper(9.0, 8.0, 1.0)), "charge_taper: from_kwh 9 must be below to_kwh 8"),
        (replace(PLAIN, discharge_taper=Taper(1.0, 2.0, 1.0)), "discharge_taper: from_kwh 1 must be above to_kwh 2"),
    ],
)
def test_curves_the_wrong_way_round_are_refused(battery: BatteryRequest, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        plan(home([0.2], battery))


# Several batteries and own use


def test_two_batteries_do_not_pump_where_it_pays_nothing() -> None:
    good = replace(PLAIN, initial_kwh=5.0, end_value_per_kwh=0.1)
    worse = replace(good, charge_efficiency=0.8, discharge_efficiency=0.8)
    planned = plan(home([0.3] * 4, good, worse))
    assert all(slot.charge_kwh == slot.discharge_kwh == 0 for slot in planned.slots)


def test_a_battery_helps_another_that_must_be_full_where_import_is_dearer() -> None:
    """Energy from one battery that is worth nothing after the horizon costs nothing."""
    full = replace(PLAIN, initial_kwh=5.0, discharge_to_grid=True)
    goal = replace(PLAIN, goals=(SocGoal(START + at(1.0), 4.0),))
    assert plan(home([0.3], full, goal)).cost == pytest.approx(-0.05, abs=NEAR)


def test_own_use_counts_a_deferrable_load() -> None:
    """2 kW of surplus: the load takes them in the one hour with sun, so that the battery has none."""
    battery = replace(PLAIN, charge_from_grid=False, end_value_per_kwh=0.1)
    load = LoadRequest((2.0,), START, START + at(1.0), 1.0)
    request = replace(home([0.3, 0.3], battery, load=1.0, pv=3.0), loads=(load,))
    planned = plan(request)
    assert charged(planned) == [0.0, 2.0]
    assert planned.slots[0].import_kwh == 0


@pytest.mark.parametrize("devices", [1, 3])
def test_own_use_counts_heaters_however_many(devices: int) -> None:
    battery = replace(PLAIN, initial_kwh=10.0, discharge_to_grid=False)
    slots = slots_of([1.0] * 8, [4.0] * 4 + [0.0] * 4, [0.3] * 8, [0.29] * 8)
    request = replace(request_of(slots, battery), heaters=(heater(1.5),) * devices)
    for slot in plan(request).slots:
        assert slot.discharge_kwh <= max(slot.load_kwh + slot.heater_kwh - slot.pv_kwh, 0) + 1e-6


def test_burning_is_excluded_for_what_can_do_both() -> None:
    slots = slots_of([0.5] * 8, [0.0] * 8, [-0.5] * 8, [-1.0] * 8)
    request = request_of(slots, replace(BATTERY, wear_cost_per_kwh=0.3))
    car = replace(CAR, min_current_a=0.0, wear_cost_per_kwh=0.0, from_home_battery=True)
    assert kinds(replace(request, batteries=(), vehicles=(car,))) == {}
    assert kinds(request) == {}
    # A car that only charges makes no cycle, so its losses and its missing wear are no matter.
    assert kinds(replace(request, vehicles=(car,))) == {}
    assert kinds(replace(request, vehicles=(replace(car, max_discharge_kw=5.0),)))["b"] == 8


def test_a_car_takes_paid_energy_only_up_to_its_capacity() -> None:
    slots = slots_of([0.0] * 8, [0.0] * 8, [-0.5] * 8, [-1.0] * 8, hours=1.0)
    car = replace(CAR, departure=START + at(8.0))
    planned = plan(replace(request_of(slots), vehicles=(car,)))
    assert planned.cost == pytest.approx(-0.5 * 40, abs=1e-3)


# Vehicles


def test_a_car_charges_in_the_cheapest_hours_of_its_session() -> None:
    car = replace(CAR, needed_kwh=38.0, charge_efficiency=0.9, plugged_in=START + at(1.0), departure=START + at(4.0))
    planned = plan(replace(home([0.1, 0.4, 0.2, 0.3, 0.05]), vehicles=(car,)))
    # 18 kWh stored are 20 kWh of electricity: 11.04 at 0.2, the rest at 0.3.
    assert driven(planned) == [0.0, 0.0, 11.04, 8.96, 0.0]
    assert planned.cost == pytest.approx(11.04 * 0.2 + 8.96 * 0.3, abs=NEAR)
    assert [round(slot.vehicles[0].soc_kwh, 3) for slot in planned.slots] == [20.0, 20.0, 29.936, 38.0, 38.0]


def test_smallest_current_and_phases() -> None:
    """1 kWh is missing: with three phases an hour takes at least 4.14 kWh, with one 1.38 kWh."""
    car = replace(CAR, needed_kwh=21.0)
    assert driven(plan(replace(home([0.1, 0.2]), vehicles=(car,)))) == [4.14, 0.0]
    assert driven(plan(replace(home([0.1, 0.2]), vehicles=(replace(car, phases=1),)))) == [1.38, 0.0]
    assert driven(plan(replace(home([0.1, 0.2]), vehicles=(replace(car, min_current_a=0.0),)))) == [1.0, 0.0]


def test_what_a_car_lacks_at_departure_is_said() -> None:
    planned = plan(replace(home([0.1, 0.2]), vehicles=(replace(CAR, needed_kwh=50.0),)))
    assert planned.unmet == ("car lacks 7.92 of 50.00 kWh at departure",)


def test_a_cheap_shortage_is_taken() -> None:
    car = replace(CAR, needed_kwh=31.04, shortage_price_per_kwh=0.15)
    planned = plan(replace(home([0.2, 0.2]), vehicles=(car,)))
    assert driven(planned) == [0.0, 0.0]
    assert planned.objective == pytest.approx(11.04 * 0.15, abs=NEAR)


def test_a_car_above_its_need_rests() -> None:
    assert driven(plan(replace(home([0.2, 0.2]), vehicles=(replace(CAR, initial_kwh=59.0),)))) == [0.0, 0.0]


def test_energy_above_the_need_is_bought_below_its_value() -> None:
    car = replace(CAR, needed_kwh=25.0, value_per_kwh=0.15)
    assert driven(plan(replace(home([0.1, 0.2]), vehicles=(car,)))) == [11.04, 0.0]


@pytest.mark.parametrize("plugged", [(-5.0, -1.0), (-5.0, 0.0), (2.0, 9.0), (3.0, 9.0), (1.0, 1.0), (1.5, 0.5)])
def test_a_car_that_is_not_there_is_nothing(plugged: tuple[float, float]) -> None:
    begin, end = plugged
    request = home([0.1, 0.2], PLAIN, load=1.0)
    car = replace(CAR, needed_kwh=50.0, plugged_in=START + at(begin), departure=START + at(end))
    planned = plan(replace(request, vehicles=(car,)))
    assert planned.objective == pytest.approx(plan(request).objective, abs=NEAR)
    assert (driven(planned), planned.unmet) == ([0.0, 0.0], ())


def test_the_home_battery_keeps_out_of_the_car() -> None:
    """An hour of 1 kWh of load and 5 kWh into the car at 0.5, with a full battery that is worth 0.1 per kWh."""
    battery = replace(PLAIN, initial_kwh=10.0, max_discharge_kw=10.0, end_value_per_kwh=0.1)
    car = replace(CAR, needed_kwh=25.0, departure=START + at(1.0))
    request = replace(home([0.5], battery, load=1.0), vehicles=(car,))
    apart = plan(request)
    assert (apart.slots[0].discharge_kwh, apart.slots[0].import_kwh) == pytest.approx((1.0, 5.0))
    assert apart.cost == pytest.approx(2.5, abs=NEAR)
    fed = plan(replace(request, vehicles=(replace(car, from_home_battery=True),)))
    assert fed.slots[0].discharge_kwh == pytest.approx(6.0)
    assert fed.cost == pytest.approx(0.0, abs=NEAR)


def test_a_battery_may_sell_only_while_the_car_does_not_import() -> None:
    """Export is paid 0.6: the battery sells in the hour in which the car rests, although both hours are paid."""
    slots = slots_of([1.0] * 2, [0.0] * 2, [0.7, 0.7], [0.6, 0.6], hours=1.0)
    battery = replace(PLAIN, initial_kwh=10.0, max_discharge_kw=5.0)
    car = replace(CAR, needed_kwh=30.0)
    planned = plan(replace(request_of(slots, battery), vehicles=(car,)))
    for slot, taken in zip(planned.slots, driven(planned), strict=True):
        assert slot.discharge_kwh <= (1.0 if taken > 0 else 5.0) + 1e-6
    assert planned.cost == pytest.approx(10 * 0.7 - 4 * 0.6, abs=0.002)


def test_a_car_charges_from_the_sun_while_the_battery_sells() -> None:
    slots = slots_of([1.0], [7.0], [0.7], [0.6], hours=1.0)
    request = replace(
        request_of(slots, replace(PLAIN, initial_kwh=10.0)),
        vehicles=(replace(CAR, needed_kwh=26.0, departure=START + at(1.0)),),
    )
    planned = plan(request)
    assert planned.slots[0].discharge_kwh == pytest.approx(5.0)
    assert planned.cost == pytest.approx(-3.0, abs=NEAR)


def test_v2h_covers_load_down_to_its_floor_and_never_sells() -> None:
    car = replace(CAR, initial_kwh=26.0, needed_kwh=20.0, min_kwh=24.0, max_discharge_kw=5.0, discharge_efficiency=0.8)
    slots = slots_of([1.0] * 3, [0.0] * 3, [0.4, 0.5, 0.6], [0.9] * 3, hours=1.0)
    planned = plan(replace(request_of(slots), vehicles=(car,)))
    # 2 kWh above the floor give 1.6 kWh while it is plugged in: the dearer hour first.
    assert driven(planned) == [-0.6, -1.0, 0.0]
    assert planned.cost == pytest.approx(0.4 * 0.4 + 0.6, abs=0.002)


def test_v2h_that_arrives_below_its_floor_rests_there() -> None:
    car = replace(CAR, initial_kwh=8.0, needed_kwh=0.0, min_kwh=15.0, max_discharge_kw=5.0)
    planned = plan(replace(home([0.5, 0.6], load=2.0), vehicles=(car,)))
    assert driven(planned) == [0.0, 0.0]
    charging = plan(replace(home([0.01, 0.9], load=2.0), vehicles=(replace(car, min_current_a=0.0),)))
    # 7.5 kWh at 0.01 lift it over the floor: 0.5 kWh are enough to see it give.
    assert charging.slots[1].vehicles[0].discharge_kwh == pytest.approx(2.0)


def test_two_cars_that_give() -> None:
    cars = (replace(CAR, initial_kwh=30.0, max_discharge_kw=3.0, discharge_efficiency=1.0),) * 2
    planned = plan(replace(home([0.5, 0.5], load=4.0), vehicles=cars))
    assert planned.cost == pytest.approx(0.0, abs=NEAR)
    assert all(slot.vehicle_kwh == pytest.approx(-4.0) for slot in planned.slots)


def test_equal_cars_each_keep_their_bounds() -> None:
    """Two columns that are equal: with its preprocessing CBC gave one of them twice its power."""
    slots = slots_of([0.0, 0.0], [0.0, 3.0], [0.0, 1.0], [0.0, 0.0], hours=0.5, first_hours=0.05)
    car = replace(CAR, initial_kwh=0.0, needed_kwh=0.0, departure=START + at(0.1), phases=1, value_per_kwh=0.2)
    car = replace(car, min_current_a=0.0, charge_efficiency=0.9)
    load = LoadRequest((2.0,), START, START + at(6.0), uninterruptible=False)
    request = replace(request_of(slots), vehicles=(car, car), loads=(load,), grid=GridRequest(export_allowed=False))
    planned = plan(request)
    assert planned.status is PlanStatus.OPTIMAL
    assert planned.objective == pytest.approx(-4 * 0.184 * 0.9 * 0.2, abs=1e-3)


def test_the_fuse_goes_before_the_departure() -> None:
    request = replace(home([0.1, 0.2], load=1.0), grid=GridRequest(max_import_kw=7.0))
    planned = plan(replace(request, vehicles=(replace(CAR, needed_kwh=40.0),)))
    assert driven(planned) == [6.0, 6.0]
    assert planned.unmet == ("car lacks 8.00 of 40.00 kWh at departure",)


def test_without_a_solver_the_car_charges_in_its_cheapest_hours() -> None:
    car = replace(CAR, needed_kwh=38.0, departure=START + at(4.0))
    battery = replace(PLAIN, initial_kwh=8.0, goals=(SocGoal(START + at(3.0), 6.0),))
    planned = plan(replace(home([0.4, 0.2, 0.5, 0.3], battery, load=1.0), vehicles=(car,)), [])
    assert planned.status is PlanStatus.FALLBACK
    assert driven(planned) == [0.0, 11.04, 0.0, 6.96]
    assert planned.slots[2].soc_kwh == pytest.approx(6.0)
    assert planned.unmet == ()


def test_without_a_solver_a_goal_is_charged_for() -> None:
    battery = replace(PLAIN, initial_kwh=1.0, goals=(SocGoal(START + at(3.0), 8.0),))
    planned = plan(home([0.4, 0.2, 0.3, 0.1], battery, load=1.0), [])
    assert charged(planned) == [0.0, 5.0, 2.0, 0.0]


# Cutting


def cut(request: PlanRequest, charge: Sequence[float], discharge: Sequence[float]) -> tuple[list[float], list[float]]:
    """What is left in the only slot, per storage."""
    kept = within_limits(request, Schedule(tuple((one,) for one in charge), tuple((one,) for one in discharge)))
    return [row[0] for row in kept.charge_kwh], [row[0] for row in kept.discharge_kwh]


def test_what_falls_below_its_minimum_is_dropped() -> None:
    request = replace(home([0.3], replace(PLAIN, min_charge_kw=2.0), load=1.0), grid=GridRequest(max_import_kw=2.5))
    assert cut(request, [3.0], [0.0]) == ([0.0], [0.0])
    assert cut(replace(request, grid=GridRequest(max_import_kw=3.0)), [3.0], [0.0])[0] == pytest.approx([2.0])


def test_a_battery_is_cut_to_the_load_while_the_car_imports() -> None:
    battery = replace(PLAIN, initial_kwh=10.0)
    request = replace(home([0.3], battery, load=1.0), vehicles=(CAR,))
    assert cut(request, [0.0, 5.0], [4.0, 0.0])[1] == pytest.approx([1.0, 0.0])
    fed = replace(request, vehicles=(replace(CAR, from_home_battery=True),))
    assert cut(fed, [0.0, 5.0], [4.0, 0.0])[1] == pytest.approx([4.0, 0.0])
    sunny = replace(request, slots=day(pv_kw=9.0, load_kw=0.0)[:1])
    assert cut(sunny, [0.0, 1.5], [1.0, 0.0])[1] == pytest.approx([1.0, 0.0])


def test_a_car_that_gives_is_cut_to_the_load() -> None:
    car = replace(CAR, initial_kwh=40.0, max_discharge_kw=5.0)
    request = replace(home([0.3], load=1.5), vehicles=(car,))
    assert cut(request, [0.0], [4.0])[1] == pytest.approx([1.5])


def _own_use_binaries(number: int) -> set[str]:
    return {one.name for one in relaxation(full_home(number).request).own_use}


def test_a_heater_that_is_on_or_off_needs_no_binary_for_the_surplus() -> None:
    """What is left of PV lies on a straight line between off and on."""
    assert not any(name.startswith(("ou", "of")) for number in range(12) for name in _own_use_binaries(number))


def test_a_vehicle_that_cannot_stay_within_the_surplus_needs_no_binary_for_import() -> None:
    small = 0
    for request in (full_home(number).request for number in range(24)):
        model = relaxation(request)
        named = {one.name for one in model.own_use}
        for index, (slot, limit) in enumerate(zip(request.slots, model.storages.limits[1], strict=True)):
            if 0 < slot.pv_kwh - slot.load_kwh < limit.least_charge_kwh:
                small += 1
                assert f"ov{index}" not in named
    assert small > 0
