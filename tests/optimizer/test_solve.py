"""The plan as a whole: physics, limits, money, and that there always is one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from math import cos
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import darkstar
from darkstar.optimizer.fallback import self_consumption
from darkstar.optimizer.heat.blocks import starts
from darkstar.optimizer.ledger import settle
from darkstar.optimizer.plan import Plan, PlanStatus
from darkstar.optimizer.request import GridRequest, HeatDay, HeaterRequest, PlanRequest, RequestSlot
from darkstar.optimizer.solve import plan
from tests.optimizer.samples import (
    BATTERY,
    HOMES,
    START,
    day,
    flat,
    heater,
    homes,
    request_of,
    slots_of,
    summer,
    winter,
)

CENT = 0.002
"""Twice the gap that the samples allow, and the tie-breaks."""


def assert_physics(request: PlanRequest, planned: Plan) -> None:
    """Balances, bounds and exclusivity of every slot."""
    assert len(planned.slots) == len(request.slots)
    stored = [battery.start_kwh for battery in request.batteries]
    for given_slot, slot in zip(request.slots, planned.slots, strict=True):
        assert (slot.start, slot.hours) == (given_slot.start, given_slot.hours)
        used = slot.load_kwh + slot.heater_kwh + slot.charge_kwh + slot.export_kwh + slot.curtailed_kwh
        assert used == pytest.approx(slot.pv_kwh + slot.discharge_kwh + slot.import_kwh, abs=1e-6)
        assert min(slot.import_kwh, slot.export_kwh) == 0
        assert 0 <= slot.curtailed_kwh <= slot.pv_kwh + 1e-9
        for number, (battery, flow) in enumerate(zip(request.batteries, slot.batteries, strict=True)):
            assert min(flow.charge_kwh, flow.discharge_kwh) == 0
            assert 0 <= flow.charge_kwh <= battery.max_charge_kw * slot.hours + 1e-6
            assert 0 <= flow.discharge_kwh <= battery.max_discharge_kw * slot.hours + 1e-6
            gained = battery.charge_efficiency * flow.charge_kwh - flow.discharge_kwh / battery.discharge_efficiency
            assert flow.soc_kwh == pytest.approx(stored[number] + gained, abs=1e-6)
            assert 0 <= flow.soc_kwh <= battery.capacity_kwh
            assert flow.soc_kwh <= max(battery.max_kwh, battery.start_kwh) + 1e-6
            stored[number] = flow.soc_kwh


def assert_grid_limits(request: PlanRequest, planned: Plan) -> None:
    """Import and export limits, own-use batteries."""
    for slot in planned.slots:
        net = slot.load_kwh + slot.heater_kwh - slot.pv_kwh
        if request.grid.max_import_kw is not None:
            bound = max(request.grid.max_import_kw * slot.hours, slot.load_kwh - slot.pv_kwh)
            assert slot.import_kwh <= bound + 1e-6 or slot.heater_kwh > 0
        if not request.grid.export_allowed:
            assert slot.export_kwh == pytest.approx(0, abs=1e-6)
        elif request.grid.max_export_kw is not None:
            assert slot.export_kwh <= request.grid.max_export_kw * slot.hours + 1e-6
        flows = list(zip(request.batteries, slot.batteries, strict=True))
        own = sum(flow.charge_kwh for battery, flow in flows if not battery.charge_from_grid)
        assert own <= max(-net, 0) + 1e-6
        unsold = sum(flow.discharge_kwh for battery, flow in flows if not battery.discharge_to_grid)
        assert unsold <= max(net, 0) + 1e-6


@settings(max_examples=60, deadline=None)
@given(homes())
def test_any_home_gets_a_sound_plan(request_: PlanRequest) -> None:
    planned = plan(request_)
    assert_physics(request_, planned)
    assert_grid_limits(request_, planned)
    assert planned.money_gap is not None
    # Blocks of heating are tried as far as they are worth it: the rest is a stated gap.
    assert planned.status is PlanStatus.OPTIMAL or (request_.heaters and planned.status is PlanStatus.FEASIBLE)
    assert planned.cost == pytest.approx(sum(slot.cost for slot in planned.slots))
    assert all(slot.reason for slot in planned.slots)


@settings(max_examples=40, deadline=None)
@given(homes())
def test_never_worse_than_self_consumption(request_: PlanRequest) -> None:
    plain = settle(request_, self_consumption(request_))
    assert plan(request_).objective <= plain.objective + CENT * request_.price_level + CENT


def restless_home() -> PlanRequest:
    """48 h of prices that jump from slot to slot, and a water heater."""
    prices = [0.3 + 0.05 * cos(index / 9) + 0.1 * ((index * 7919) % 97) / 97 for index in range(192)]
    days = tuple(HeatDay(START + timedelta(days=one), START + timedelta(days=one + 1), 6.0) for one in range(2))
    request = request_of(day(pv_kw=2.0, bought_at=prices, slots=192), BATTERY)
    return replace(request, heaters=(HeaterRequest(3.0, days),))


def test_a_start_cost_makes_fewer_blocks_and_stays_out_of_the_money() -> None:
    request = restless_home()
    (heater,) = request.heaters
    level = request.price_level
    free = plan(replace(request, heaters=(replace(heater, start_cost=0.0),)))
    calm = plan(replace(request, heaters=(replace(heater, start_cost=0.02 * level),)))

    def blocks(planned: Plan) -> int:
        return starts(tuple(slot.heater_kwh > 0 for slot in planned.slots), on_at_start=heater.on_at_start)

    assert blocks(calm) < blocks(free)
    assert calm.status is not PlanStatus.FALLBACK
    assert calm.cost == pytest.approx(sum(slot.cost for slot in calm.slots))
    assert calm.cost >= free.cost - 2 * request.money_gap - CENT * level


@pytest.mark.parametrize(
    ("on", "before", "count"),
    [((), False, 0), ((True, True), False, 1), ((True, True), True, 0), ((False, True, False, True), True, 2)],
)
def test_starts_are_counted(on: tuple[bool, ...], before: bool, count: int) -> None:
    assert starts(on, on_at_start=before) == count


def test_cheap_parts_of_slots_may_add_up_to_a_little_more_than_the_day_needs() -> None:
    lengths, prices = (0.05, 0.25, 0.25, 0.25), (0.0, 0.0, 1.0, 0.0)
    starts = [START + timedelta(hours=sum(lengths[:index])) for index in range(len(lengths))]
    slots = tuple(
        RequestSlot(start, hours, 0.0, 0.0, price, 0.0)
        for start, hours, price in zip(starts, lengths, prices, strict=True)
    )
    day = HeatDay(START, START + timedelta(minutes=46, seconds=30), 0.5)
    request = PlanRequest(START, "EUR", slots, heaters=(HeaterRequest(1.0, (day,)),), money_gap=0.001)
    assert plan(request).cost == pytest.approx(0)


@settings(max_examples=25, deadline=None)
@given(homes(max_heaters=1), st.sampled_from(["capacity", "power", "grid"]))
def test_more_of_anything_never_costs_more(request_: PlanRequest, what: str) -> None:
    if what == "grid":
        wider = replace(request_, grid=GridRequest())
    elif what == "power":
        stronger = tuple(
            replace(one, max_charge_kw=2 * one.max_charge_kw + 1, max_discharge_kw=2 * one.max_discharge_kw + 1)
            for one in request_.batteries
        )
        wider = replace(request_, batteries=stronger)
    else:
        inside = tuple(
            replace(one, initial_kwh=min(max(one.initial_kwh, one.min_kwh), one.max_kwh)) for one in request_.batteries
        )
        request_ = replace(request_, batteries=inside)
        bigger = tuple(replace(one, capacity_kwh=2 * one.capacity_kwh, max_kwh=2 * one.max_kwh) for one in inside)
        wider = replace(request_, batteries=bigger)
    assert plan(wider).objective <= plan(request_).objective + CENT * request_.price_level + CENT


@pytest.mark.parametrize("home", HOMES)
def test_prices_scale_the_money(home: Callable[[], PlanRequest]) -> None:
    request = home()
    slots = tuple(
        replace(slot, import_price=11 * slot.import_price, export_price=11 * slot.export_price)
        for slot in request.slots
    )
    batteries = tuple(
        replace(one, wear_cost_per_kwh=11 * one.wear_cost_per_kwh, end_value_per_kwh=11 * one.end_value_per_kwh)
        for one in request.batteries
    )
    scaled = replace(request, slots=slots, batteries=batteries, money_gap=11 * request.money_gap)
    assert plan(scaled).objective == pytest.approx(11 * plan(request).objective, abs=11 * CENT)


@pytest.mark.parametrize("home", HOMES)
def test_same_request_same_plan(home: Callable[[], PlanRequest]) -> None:
    assert plan(home()) == plan(home())


# Money of the plans; a change of these numbers is a change of what owners pay.
GOLDEN: dict[str, float] = {
    "winter": -0.2538,
    "summer": -7.1124,
    "flat": -4.9439,
    "negative_noon": -4.4360,
    "export_above_import": -5.9044,
    "no_battery": 1.6120,
    "with_water": -6.7037,
    "two_batteries": -6.2541,
    "below_the_floor": 1.4411,
    "above_the_ceiling": -5.5792,
    "no_export": -4.3993,
    "load_above_fuse": 103.4442,
}


@pytest.mark.parametrize("home", HOMES)
def test_golden_money(home: Callable[[], PlanRequest]) -> None:
    request = home()
    planned = plan(request)
    assert planned.status is PlanStatus.OPTIMAL
    assert planned.objective == pytest.approx(GOLDEN[home.__name__], abs=CENT)
    assert_physics(request, planned)


def test_horizon_without_slots_is_an_empty_plan() -> None:
    assert plan(request_of((), BATTERY)).slots == ()


@pytest.mark.parametrize("initial", [-3.0, 0.0, 0.4, 9.9, 10.0, 14.0])
def test_soc_outside_its_limits_is_legal_and_recovers(initial: float) -> None:
    request = request_of(day(), replace(BATTERY, initial_kwh=initial, min_kwh=1.0, max_kwh=9.0))
    planned = plan(request)
    assert_physics(request, planned)
    assert planned.status is PlanStatus.OPTIMAL
    assert 1.0 - 1e-6 <= planned.slots[-1].soc_kwh <= 9.0 + 1e-6


def test_deep_shortage_recovers_at_full_power() -> None:
    request = request_of(day(), replace(BATTERY, initial_kwh=0.0, min_kwh=3.0))
    charged = [slot.charge_kwh for slot in plan(request).slots]
    assert charged[0] == pytest.approx(5.0 * 0.25)
    assert charged[1] == pytest.approx(5.0 * 0.25)


def test_small_shortage_waits_for_a_fair_price() -> None:
    slots = slots_of([1.0] * 8, [0.0] * 8, [1.0] + [0.1] * 7, [0.0] * 8)
    request = request_of(slots, replace(BATTERY, initial_kwh=0.9))
    planned = plan(request)
    assert planned.slots[0].charge_kwh == 0
    assert planned.slots[1].soc_kwh >= 1.0 - 1e-6


def test_floor_is_not_sold_for_a_price_peak() -> None:
    prices = [0.1, 5.0, 0.1, 0.1]
    request = request_of(slots_of([4.0] * 4, [0.0] * 4, prices, prices), replace(BATTERY, initial_kwh=1.0))
    assert min(slot.soc_kwh for slot in plan(request).slots) >= 1.0 - 1e-6


def test_ceiling_is_not_passed_again_once_left() -> None:
    prices = [2.0] * 4 + [0.01] * 8 + [2.0] * 8
    slots = slots_of([4.0] * 20, [0.0] * 20, prices, [0.0] * 20)
    planned = plan(request_of(slots, replace(BATTERY, initial_kwh=10.0, max_kwh=8.0)))
    stored = [10.0, *(slot.soc_kwh for slot in planned.slots)]
    left = next(index for index, soc in enumerate(stored) if soc <= 8.0 + 1e-6)
    assert max(stored[left:]) <= 8.0 + 1e-3


def test_unmeetable_fuse_is_said_with_amounts() -> None:
    slots = slots_of([1.0, 9.0, 1.0], [0.0] * 3, [0.3] * 3, [0.1] * 3)
    planned = plan(replace(request_of(slots), grid=GridRequest(max_import_kw=7.0)))
    assert planned.slots[1].import_kwh == pytest.approx(9 * 0.25)
    assert any("7 kW" in words and "0.50 kWh" in words for words in planned.unmet)


def test_battery_spares_the_fuse_even_from_its_reserve() -> None:
    slots = slots_of([1.0, 9.0, 1.0, 1.0], [0.0] * 4, [0.3] * 4, [0.1] * 4)
    request = replace(request_of(slots, replace(BATTERY, initial_kwh=1.0)), grid=GridRequest(max_import_kw=7.0))
    planned = plan(request)
    assert planned.slots[1].import_kwh <= 7 * 0.25 + 1e-6
    assert not any("exceeded" in words for words in planned.unmet)


def test_surplus_that_may_not_be_sold_is_curtailed() -> None:
    slots = slots_of([0.0] * 4, [8.0] * 4, [0.3] * 4, [0.2] * 4)
    request = replace(request_of(slots, replace(BATTERY, initial_kwh=10.0)), grid=GridRequest(export_allowed=False))
    planned = plan(request)
    assert sum(slot.curtailed_kwh for slot in planned.slots) == pytest.approx(8.0)
    assert sum(slot.export_kwh for slot in planned.slots) == 0


def test_negative_export_price_is_not_paid() -> None:
    slots = slots_of([0.0] * 4, [8.0] * 4, [0.3] * 4, [-0.2] * 4)
    assert plan(request_of(slots)).cost == pytest.approx(0.0)


def test_paid_import_fills_the_battery_but_burns_nothing() -> None:
    slots = slots_of([0.5] * 12, [0.0] * 12, [-0.5] * 12, [-1.0] * 12)
    planned = plan(request_of(slots, replace(BATTERY, wear_cost_per_kwh=0.0, end_value_per_kwh=0.0)))
    assert max(slot.soc_kwh for slot in planned.slots) == pytest.approx(10.0, abs=1e-6)
    assert all(min(slot.charge_kwh, slot.discharge_kwh) == 0 for slot in planned.slots)


def test_two_batteries_do_not_feed_each_other_where_burning_pays() -> None:
    slots = slots_of([0.5] * 8, [0.0] * 8, [-0.5] * 8, [-1.0] * 8)
    planned = plan(request_of(slots, BATTERY, replace(BATTERY, initial_kwh=9.0)))
    for slot in planned.slots:
        assert min(slot.charge_kwh, slot.discharge_kwh) == 0


def test_export_paid_better_than_import_trades_only_through_the_battery() -> None:
    slots = slots_of([0.5] * 8, [0.0] * 8, [0.1] * 8, [0.3] * 8)
    planned = plan(request_of(slots, replace(BATTERY, end_value_per_kwh=0.0)))
    assert sum(slot.export_kwh for slot in planned.slots) > 1
    assert sum(slot.export_kwh for slot in planned.slots) <= sum(slot.discharge_kwh for slot in planned.slots)


def test_flat_price_is_calm() -> None:
    request = flat()
    planned = plan(request)
    plain = settle(request, self_consumption(request))
    cycled = sum(slot.discharge_kwh for slot in planned.slots)
    assert cycled <= sum(plain.schedule.discharge_kwh[0]) + 1e-3


def test_night_without_reason_rests() -> None:
    battery = replace(BATTERY, end_value_per_kwh=0.2)
    request = request_of(slots_of([0.0] * 12, [0.0] * 12, [0.3] * 12, [0.1] * 12), battery)
    assert all(slot.charge_kwh == slot.discharge_kwh == 0 for slot in plan(request).slots)


@pytest.mark.parametrize("energy", [0.5, 3.0, 6.0, 6.3])
@pytest.mark.parametrize("paid_slots", [0, 20])
def test_heat_is_delivered_and_not_much_more(energy: float, paid_slots: int) -> None:
    slots = [
        replace(slot, import_price=-0.1, export_price=-0.2) if index < paid_slots else slot
        for index, slot in enumerate(day(pv_kw=2.0))
    ]
    heat = plan(replace(request_of(slots, BATTERY), heaters=(heater(energy),)))
    delivered = sum(slot.heater_kwh for slot in heat.slots)
    assert energy - 0.05 * 0.75 <= delivered < energy + 0.75
    assert heat.unmet == ()


def test_heat_goes_where_it_is_cheapest() -> None:
    prices = [0.5] * 40 + [0.1] * 8 + [0.5] * 48
    planned = plan(replace(request_of(day(bought_at=prices)), heaters=(heater(6.0),)))
    assert [slot.heater_kwh > 0 for slot in planned.slots] == [40 <= index < 48 for index in range(96)]


def test_heat_that_does_not_fit_is_said() -> None:
    slots = slots_of([1.0] * 4, [0.0] * 4, [0.3] * 4, [0.1] * 4)
    planned = plan(replace(request_of(slots), heaters=(heater(6.0),)))
    assert all(slot.heater_kwh == pytest.approx(0.75) for slot in planned.slots)
    assert any("3.00 of 6.00 kWh" in words for words in planned.unmet)


def test_heater_avoids_the_fuse() -> None:
    load = [5.0] * 8 + [1.0] * 8
    slots = slots_of(load, [0.0] * 16, [0.1] * 8 + [0.4] * 8, [0.0] * 16)
    planned = plan(replace(request_of(slots), heaters=(heater(3.0),), grid=GridRequest(max_import_kw=7.0)))
    assert [slot.heater_kwh > 0 for slot in planned.slots[:8]] == [False] * 8
    assert sum(slot.heater_kwh for slot in planned.slots) == pytest.approx(3.0)


def test_heater_rests_where_no_heat_is_owed() -> None:
    days = (HeatDay(START + timedelta(hours=6), START + timedelta(hours=12), 3.0),)
    slots = [replace(slot, import_price=-1.0) for slot in day()]
    planned = plan(replace(request_of(slots), heaters=(HeaterRequest(3.0, days),)))
    heated = [index for index, slot in enumerate(planned.slots) if slot.heater_kwh > 0]
    assert len(heated) == 4
    assert all(24 <= index < 48 for index in heated)


def test_running_heater_goes_on_at_equal_money() -> None:
    slots = day(bought_at=[0.3] * 96)
    planned = plan(replace(request_of(slots), heaters=(heater(3.0, on_at_start=True),)))
    assert [slot.heater_kwh > 0 for slot in planned.slots] == [True] * 4 + [False] * 92


def test_equal_prices_give_one_block_of_heat() -> None:
    prices = [0.3 if index % 96 < 70 else 0.2 for index in range(96)]
    planned = plan(replace(request_of(day(bought_at=prices)), heaters=(heater(6.0),)))
    on = [slot.heater_kwh > 0 for slot in planned.slots]
    assert sum(now and not before for before, now in zip([False, *on], on, strict=False)) == 1


def test_short_first_slot_is_not_worth_a_further_one() -> None:
    slots = slots_of([1.0] * 13, [0.0] * 13, [0.1] * 4 + [0.5] * 9, [0.0] * 13, first_hours=0.248)
    planned = plan(replace(request_of(slots), heaters=(heater(3.0),)))
    assert [slot.heater_kwh > 0 for slot in planned.slots] == [True] * 4 + [False] * 9


@pytest.mark.parametrize("home", [summer, winter])
def test_request_notes_are_kept(home: Callable[[], PlanRequest]) -> None:
    assert plan(replace(home(), notes=("vacation",))).notes == ("vacation",)


def test_export_limit_curtails_or_stores_the_rest() -> None:
    request = replace(summer(), grid=GridRequest(max_export_kw=1.0))
    planned = plan(request)
    assert_physics(request, planned)
    assert max(slot.export_kwh / slot.hours for slot in planned.slots) <= 1.0 + 1e-6


def test_48_hours_of_quarters_with_heater_are_solved_closely_and_say_how_closely() -> None:
    prices = [0.3 + 0.2 * ((index * 7919) % 97) / 97 for index in range(192)]
    days = tuple(HeatDay(START + timedelta(days=one), START + timedelta(days=one + 1), 6.0) for one in range(2))
    slots = day(pv_kw=4.0, bought_at=prices, slots=192)
    planned = plan(replace(request_of(slots, BATTERY), heaters=(HeaterRequest(3.0, days),)))
    assert planned.money_gap is not None
    assert planned.money_gap <= CENT * abs(planned.objective)
    assert sum(slot.heater_kwh for slot in planned.slots) == pytest.approx(12.0)


def test_without_pulp_there_is_still_a_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("darkstar.optimizer.m")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pulp", None)
    planned = plan(winter())
    assert planned.status is PlanStatus.FALLBACK
    assert any("PuLP is not installed" in note for note in planned.notes)


def test_import_alone_loads_no_solver() -> None:
    code = "import sys, darkstar.optimizer.solve; print({'pulp', 'highspy', 'scipy', 'appdaemon'} & set(sys.modules))"
    apps = Path(darkstar.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=apps, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
