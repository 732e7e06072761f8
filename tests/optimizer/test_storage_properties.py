"""Properties of plans for any home with batteries and vehicles of any kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise, permutations

import pulp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar.optimizer.fallback import self_consumption
from darkstar.optimizer.ledger import Ledger, settle
from darkstar.optimizer.model.build import build
from darkstar.optimizer.plan import Plan, PlanStatus
from darkstar.optimizer.request import BatteryRequest, GridRequest, PlanRequest, RequestSlot, Taper, VehicleRequest
from darkstar.optimizer.schedule import Schedule, within_limits
from darkstar.optimizer.solve import plan
from darkstar.optimizer.solvers import Cbc, Highs
from tests.optimizer.storage_samples import storing_homes

NEAR = 1e-6
CBC = Cbc(pulp.PULP_CBC_CMD.pulp_cbc_path)


def hours_there(storage: BatteryRequest, slot: RequestSlot) -> float:
    """How long a storage is there in a slot, minute by minute."""
    if not storage.available:
        return slot.hours
    edges = sorted(
        {
            slot.start,
            slot.end,
            *(min(max(t, slot.start), slot.end) for w in storage.available for t in (w.start, w.end)),
        }
    )
    spans = pairwise(edges)
    there = [b - a for a, b in spans if any(w.start <= a and b <= w.end for w in storage.available)]
    return sum(there, timedelta()) / timedelta(hours=1)


def line_kw(taper: Taper, max_kw: float, stored_kwh: float) -> float:
    """Power that a taper leaves at a SoC."""
    share = (stored_kwh - taper.from_kwh) / (taper.to_kwh - taper.from_kwh)
    return max_kw if max_kw <= taper.end_kw else min(max_kw, max_kw - share * (max_kw - taper.end_kw))


def assert_storages(request: PlanRequest, ledger: Ledger) -> None:
    """All that binds storages: balance, power, availability, minimum, taper, SoC, own use."""
    schedule = ledger.schedule
    stored = [one.start_kwh for one in request.storages]
    for index, (slot, flow) in enumerate(zip(request.slots, ledger.flows, strict=True)):
        charge = [row[index] for row in schedule.charge_kwh]
        discharge = [row[index] for row in schedule.discharge_kwh]
        devices = sum(row[index] for row in schedule.heaters_kwh) + sum(row[index] for row in schedule.loads_kwh)
        used = slot.load_kwh + devices + sum(charge) + flow.export_kwh + flow.curtailed_kwh
        assert used == pytest.approx(slot.pv_kwh + sum(discharge) + flow.import_kwh, abs=NEAR)
        for number, (one, taken, given_kwh) in enumerate(zip(request.storages, charge, discharge, strict=True)):
            hours, before, after = hours_there(one, slot), stored[number], ledger.stored_kwh[number][index]
            assert min(taken, given_kwh) == 0
            assert 0 <= taken <= one.max_charge_kw * hours + NEAR
            assert 0 <= given_kwh <= one.max_discharge_kw * hours + NEAR
            assert taken == 0 or taken >= one.min_charge_kw * hours - NEAR
            assert given_kwh == 0 or given_kwh >= one.min_discharge_kw * hours - NEAR
            gained = one.charge_efficiency * taken - given_kwh / one.discharge_efficiency
            assert after == pytest.approx(before + gained, abs=NEAR)
            assert -NEAR <= after <= max(min(one.max_kwh, one.capacity_kwh), before) + NEAR
            if one.charge_taper and taken > NEAR:
                assert taken <= hours * line_kw(one.charge_taper, one.max_charge_kw, (before + after) / 2) + 2 * NEAR
            if one.discharge_taper and given_kwh > NEAR:
                limit = line_kw(one.discharge_taper, one.max_discharge_kw, (before + after) / 2)
                assert given_kwh <= hours * limit + 2 * NEAR
            if given_kwh > NEAR:
                assert after >= one.discharge_floor_kwh - NEAR
            stored[number] = after
        assert_own_use(request, slot.load_kwh + devices - slot.pv_kwh, charge, discharge, flow.import_kwh)


def assert_own_use(
    request: PlanRequest, net: float, charge: list[float], discharge: list[float], imported: float
) -> None:
    """Who may take from whom, at a net load without storages."""
    own = len(request.batteries)
    pv_only = sum(kwh for one, kwh in zip(request.storages, charge, strict=True) if not one.charge_from_grid)
    assert pv_only <= max(-net, 0) + NEAR
    assert sum(discharge[own:]) <= max(net, 0) + NEAR
    fed = sum(kwh for one, kwh in zip(request.vehicles, charge[own:], strict=True) if one.from_home_battery)
    unsold = sum(kwh for one, kwh in zip(request.storages, discharge, strict=True) if not one.discharge_to_grid)
    assert unsold <= max(net + fed, 0) + NEAR
    not_fed = sum(kwh for one, kwh in zip(request.vehicles, charge[own:], strict=True) if not one.from_home_battery)
    assert not_fed <= imported + max(-net, 0) + 2 * NEAR


def assert_grid(request: PlanRequest, ledger: Ledger) -> None:
    """Import and export limits; what cannot be put off may breach the first."""
    for index, (slot, flow) in enumerate(zip(request.slots, ledger.flows, strict=True)):
        devices = (*ledger.schedule.heaters_kwh, *ledger.schedule.loads_kwh)
        must = slot.load_kwh - slot.pv_kwh + sum(row[index] for row in devices)
        if request.grid.max_import_kw is not None:
            assert flow.import_kwh <= max(request.grid.max_import_kw * slot.hours, must) + 2 * NEAR
        if not request.grid.export_allowed:
            assert flow.export_kwh == pytest.approx(0, abs=NEAR)
        elif request.grid.max_export_kw is not None:
            assert flow.export_kwh <= request.grid.max_export_kw * slot.hours + NEAR


def account(request: PlanRequest, planned: Plan) -> Ledger:
    """The account of a plan."""
    return settle(
        request,
        Schedule(
            tuple(tuple(slot.batteries[n].charge_kwh for slot in planned.slots) for n in range(len(request.batteries)))
            + tuple(tuple(slot.vehicles[n].charge_kwh for slot in planned.slots) for n in range(len(request.vehicles))),
            tuple(
                tuple(slot.batteries[n].discharge_kwh for slot in planned.slots) for n in range(len(request.batteries))
            )
            + tuple(
                tuple(slot.vehicles[n].discharge_kwh for slot in planned.slots) for n in range(len(request.vehicles))
            ),
            tuple(tuple(slot.heaters_kwh[n] for slot in planned.slots) for n in range(len(request.heaters))),
            tuple(tuple(slot.loads_kwh[n] for slot in planned.slots) for n in range(len(request.loads))),
            tuple(slot.curtailed_kwh for slot in planned.slots),
        ),
    )


def slack(request: PlanRequest) -> float:
    """Twice the gap, and what the tie-breaks may cost."""
    moved = sum(one.max_charge_kw + one.max_discharge_kw for one in request.storages) * sum(
        slot.hours for slot in request.slots
    )
    return 2 * request.money_gap + request.price_level * (1e-4 + 3e-5 * moved)


@settings(max_examples=80, deadline=None)
@given(storing_homes())
def test_any_home_gets_a_sound_plan(request_: PlanRequest) -> None:
    planned = plan(request_)
    ledger = account(request_, planned)
    assert_storages(request_, ledger)
    assert_grid(request_, ledger)
    assert planned.status is PlanStatus.OPTIMAL
    assert planned.objective == pytest.approx(ledger.objective, abs=1e-6)


@settings(max_examples=80, deadline=None)
@given(storing_homes())
def test_any_home_gets_a_sound_fallback(request_: PlanRequest) -> None:
    schedule = self_consumption(request_)
    ledger = settle(request_, schedule)
    assert_storages(request_, ledger)
    assert_grid(request_, ledger)
    assert within_limits(request_, schedule) == schedule
    assert plan(request_).objective <= ledger.objective + slack(request_)


@settings(max_examples=80, deadline=None)
@given(storing_homes(), st.data())
def test_any_schedule_becomes_one_that_keeps_the_limits(request_: PlanRequest, data: st.DataObject) -> None:
    count = len(request_.slots)
    flows = st.lists(st.floats(0, 10), min_size=count, max_size=count).map(tuple)
    plain = self_consumption(request_)
    wild = Schedule(
        tuple(data.draw(flows) for _ in request_.storages),
        tuple(data.draw(flows) for _ in request_.storages),
        plain.heaters_kwh,
        plain.loads_kwh,
    )
    cut = within_limits(request_, wild)
    assert within_limits(request_, cut) == cut
    ledger = settle(request_, cut)
    assert_storages(request_, ledger)
    assert_grid(request_, ledger)


@settings(max_examples=60, deadline=None)
@given(storing_homes(max_heaters=0))
def test_model_and_account_agree_on_the_money(request_: PlanRequest) -> None:
    model = build(request_)
    answer = CBC.solve(model.problem, 10.0, 0.0)
    schedule = model.schedule()
    kept = within_limits(request_, schedule)
    ledger = settle(request_, kept)
    assert ledger.objective == pytest.approx(answer.objective * request_.price_level, abs=slack(request_))


@settings(max_examples=40, deadline=None)
@given(storing_homes())
def test_both_solvers_agree_on_the_money(request_: PlanRequest) -> None:
    one, other = plan(request_, [CBC]), plan(request_, [Highs()])
    assert one.objective == pytest.approx(other.objective, abs=slack(request_))


@settings(max_examples=30, deadline=None)
@given(storing_homes(max_heaters=0))
def test_the_order_of_devices_changes_nothing(request_: PlanRequest) -> None:
    money = plan(request_).objective
    for batteries in permutations(request_.batteries):
        for vehicles in permutations(request_.vehicles):
            other = replace(request_, batteries=batteries, vehicles=vehicles)
            assert plan(other).objective == pytest.approx(money, abs=slack(request_))


def _bigger(one: BatteryRequest) -> BatteryRequest:
    return replace(one, capacity_kwh=2 * one.capacity_kwh, max_kwh=2 * one.max_kwh)


def _stronger(one: BatteryRequest) -> BatteryRequest:
    return replace(one, max_charge_kw=one.max_charge_kw + 2, max_discharge_kw=one.max_discharge_kw + 2)


def _freer(one: BatteryRequest) -> BatteryRequest:
    return replace(
        one,
        available=(),
        min_charge_kw=0.0,
        min_discharge_kw=0.0,
        charge_taper=None,
        discharge_taper=None,
        charge_from_grid=True,
        discharge_to_grid=True,
        discharge_floor_kwh=0.0,
    )


@settings(max_examples=40, deadline=None)
@given(storing_homes(max_heaters=0), st.sampled_from([_bigger, _stronger, _freer]))
def test_more_of_anything_never_costs_more(
    request_: PlanRequest, widen: Callable[[BatteryRequest], BatteryRequest]
) -> None:
    within = tuple(
        replace(
            one,
            initial_kwh=min(max(one.initial_kwh, one.min_kwh), one.max_kwh),
            goals=tuple(
                replace(goal, min_kwh=min(goal.min_kwh, one.capacity_kwh))
                for goal in one.goals
                if goal.at <= request_.end
            ),
        )
        for one in request_.batteries
    )
    narrow = replace(request_, batteries=within)
    wide = replace(narrow, batteries=tuple(widen(one) for one in within))
    # The soft prices of both are those of the same price level.
    assert wide.price_level == narrow.price_level
    assert plan(wide).objective <= plan(narrow).objective + slack(wide)


@settings(max_examples=40, deadline=None)
@given(storing_homes(max_batteries=0, max_heaters=0, max_vehicles=1))
def test_a_vehicle_gets_its_need_when_time_and_current_suffice(request_: PlanRequest) -> None:
    request_ = replace(request_, grid=GridRequest())
    for vehicle in request_.vehicles:
        vehicle = replace(vehicle, shortage_price_per_kwh=None)  # noqa: PLW2901 - the same car
        planned = plan(replace(request_, vehicles=(vehicle,)))
        storage = vehicle.as_battery(request_.price_level)
        due = [index for index, slot in enumerate(request_.slots) if slot.end >= vehicle.departure]
        if vehicle.departure <= request_.slots[0].start or not due:
            continue
        charged = sum(hours_there(storage, slot) for slot in request_.slots[: due[0] + 1]) * vehicle.max_charge_kw
        reach = storage.start_kwh + charged * vehicle.charge_efficiency * _can_run(vehicle)
        smallest = max(slot.hours for slot in request_.slots) * vehicle.min_charge_kw * vehicle.charge_efficiency
        lacking = min(vehicle.needed_kwh, vehicle.capacity_kwh) - planned.slots[due[0]].vehicles[0].soc_kwh
        near_full = vehicle.needed_kwh > vehicle.capacity_kwh - smallest
        possible = max(min(vehicle.needed_kwh, vehicle.capacity_kwh) - reach, 0.0)
        assert lacking <= possible + (smallest if near_full or reach < vehicle.needed_kwh + smallest else 0.0) + 1e-4


def _can_run(vehicle: VehicleRequest) -> float:
    return float(vehicle.max_current_a >= vehicle.min_current_a)
