"""What a battery and a grid can wish for, seen by the thresholds: tapers, goals, end values, limits, peaks."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar.forecast.bands import Scenarios
from darkstar.optimizer.request import (
    BatteryRequest,
    GridRequest,
    MeteringInterval,
    PlanRequest,
    PowerTariffRequest,
    SocGoal,
    Taper,
    ValueStep,
    Window,
)
from darkstar.policy import expected
from darkstar.policy.commitments import Commitments, no_commitments
from darkstar.policy.power import charging, discharging
from darkstar.policy.recursion import build
from darkstar.policy.soc_grid import SocGrid
from darkstar.policy.stage import Stage
from darkstar.policy.sweep import look_back
from darkstar.policy.thresholds import Policy
from tests.optimizer.samples import BATTERY, START, day, homes, request_of, slots_of, summer, winter

HOUR = timedelta(hours=1)
TAPERED = replace(BATTERY, charge_taper=Taper(7.0, 10.0, 1.0), discharge_taper=Taper(3.0, 1.0, 1.0))


def policy_of(request: PlanRequest, scenarios: Scenarios = (), caps_kw: tuple[float, ...] = ()) -> Policy:
    """The policy of a home that is committed to nothing but caps."""
    return build(request, replace(no_commitments(request, "plan-1"), caps_kw=caps_kw), scenarios)


def path_of(request: PlanRequest, policy: Policy, caps: tuple[float, ...] = ()) -> tuple[float, ...]:
    """SoC at the ends of the slots."""
    return expected.path_of(request, replace(no_commitments(request, "plan-1"), caps_kw=caps), policy)


@st.composite
def wishful_homes(draw: st.DrawFn) -> PlanRequest:
    """Homes whose first battery, grid and slots wish for anything."""
    request = draw(homes(max_batteries=1, max_heaters=0).filter(lambda one: bool(one.batteries)))
    battery = request.batteries[0]
    capacity, end = battery.capacity_kwh, request.end
    part = st.floats(0, 1)
    steps = ValueStep(0.5 * capacity, 0.4), ValueStep(capacity, draw(st.sampled_from([0.0, 0.2])))
    wishful = replace(
        battery,
        charge_taper=draw(
            st.sampled_from([None, Taper(0.6 * capacity, capacity, 0.5), Taper(capacity, capacity, 0.0)])
        ),
        discharge_taper=draw(st.sampled_from([None, Taper(0.3 * capacity, 0.0, 0.0)])),
        end_value_steps=draw(st.sampled_from([(), steps])),
        goals=draw(st.sampled_from([(), (SocGoal(START + (end - START) * draw(part), draw(part) * capacity, 1.0),)])),
        available=draw(st.sampled_from([(), (Window(START, START + (end - START) * draw(part)),)])),
    )
    hours = tuple(MeteringInterval(slot.start, slot.hours, "2026-01-15") for slot in request.slots)
    grid = replace(
        request.grid,
        soft_import_kw=draw(st.sampled_from([None, 2.0])),
        soft_import_price=0.3,
        power_tariffs=draw(st.sampled_from([(), (PowerTariffRequest(hours, price_per_kw=20.0, count=3),)])),
    )
    limits = st.sampled_from([None, 0.0, 2.5])
    slots = tuple(replace(slot, max_import_kw=draw(limits), max_export_kw=draw(limits)) for slot in request.slots)
    return replace(request, slots=slots, batteries=(wishful,), grid=grid)


@settings(max_examples=80, deadline=None)
@given(wishful_homes(), st.data())
def test_thresholds_are_ordered_numbers_whatever_is_wished(request_: PlanRequest, data: st.DataObject) -> None:
    count = len(request_.slots)
    rows = st.lists(st.lists(st.floats(-8, 8), min_size=count, max_size=count).map(tuple), max_size=3).map(tuple)
    caps = tuple(data.draw(st.sampled_from([0.0, 2.0, 5.0])) for _ in request_.grid.power_tariffs)
    policy = policy_of(request_, data.draw(rows), caps)
    battery = request_.batteries[0]
    for slot in policy.slots:
        numbers = [getattr(slot, field.name) for field in fields(slot) if field.name.endswith("_kwh")]
        assert all(math.isfinite(number) for number in numbers)
        assert 0 <= slot.grid_charge_to_kwh <= slot.pv_charge_to_kwh <= slot.export_floor_kwh <= battery.capacity_kwh
        assert slot.grid_charge_to_kwh <= slot.load_floor_kwh <= slot.export_floor_kwh
        assert list(slot.caps) == sorted(slot.caps, key=lambda cap: (cap.import_kw, -cap.floor_kwh))
        assert all(math.isfinite(cap.floor_kwh) for cap in slot.caps)
    assert all(math.isfinite(soc) and 0 <= soc <= battery.capacity_kwh for soc in path_of(request_, policy, caps=caps))


@settings(max_examples=60, deadline=None)
@given(wishful_homes())
def test_the_expected_path_asks_no_more_than_power_allows(request_: PlanRequest) -> None:
    battery = request_.batteries[0]
    before = battery.start_kwh
    for slot, soc in zip(request_.slots, path_of(request_, policy_of(request_)), strict=True):
        assert soc <= max(before, charging(battery, slot.hours)(before)) + 1e-9
        assert soc >= min(before, discharging(battery, slot.hours)(before)) - 1e-9
        before = soc


def test_a_tapered_battery_begins_earlier() -> None:
    """With half the power near full, filling up takes more of the cheap hours."""
    prices = [0.30] * 4 + [0.10, 0.11, 0.12, 0.13] + [0.60] * 4
    load = [0.2] * 8 + [3.0] * 4
    request = request_of(slots_of(load, [0.0] * 12, prices, [0.0] * 12, hours=0.5), replace(BATTERY, initial_kwh=1.0))
    slow = replace(request, batteries=(replace(TAPERED, initial_kwh=1.0, end_value_per_kwh=0.0),))
    fast = replace(request, batteries=(replace(BATTERY, initial_kwh=1.0, end_value_per_kwh=0.0),))
    third = 6
    assert policy_of(slow).slots[third].grid_charge_to_kwh >= policy_of(fast).slots[third].grid_charge_to_kwh
    assert path_of(slow, policy_of(slow))[7] == pytest.approx(path_of(fast, policy_of(fast))[7], abs=1.0)


def test_a_goal_is_bought_for_when_its_price_is_worth_it() -> None:
    request = request_of(
        slots_of([0.5] * 8, [0.0] * 8, [0.3] * 8, [0.0] * 8, hours=0.5), replace(BATTERY, initial_kwh=2.0)
    )

    def stored(price: float) -> float:
        goal = SocGoal(START + 2 * HOUR, 6.0, price)
        battery = replace(request.batteries[0], end_value_per_kwh=0.0, goals=(goal,))
        asked = replace(request, batteries=(battery,))
        return path_of(asked, policy_of(asked))[3]

    assert stored(1.0) == pytest.approx(6.0, abs=0.11)
    assert stored(0.1) < 2.1


def test_the_first_kwh_kept_are_worth_more_than_the_last() -> None:
    request = request_of(slots_of([0.0] * 4, [0.0] * 4, [0.3] * 4, [0.0] * 4), replace(BATTERY, initial_kwh=2.0))
    steps = ValueStep(6.0, 0.5), ValueStep(10.0, 0.1)
    asked = replace(request, batteries=(replace(request.batteries[0], end_value_steps=steps),))
    assert policy_of(asked).slots[-1].grid_charge_to_kwh == pytest.approx(6.0, abs=0.11)


def test_a_battery_that_is_away_neither_charges_nor_discharges() -> None:
    away = replace(BATTERY, available=(Window(START + 6 * HOUR, START + 24 * HOUR),))
    request = request_of(day(pv_kw=6.0, hours=1.0, slots=24), away)
    path = path_of(request, policy_of(request))
    assert path[:6] == (5.0,) * 6
    assert len(set(path[6:])) > 6


def test_the_limits_of_a_slot_replace_those_of_the_grid() -> None:
    cheap = slots_of([1.0] * 2, [0.0] * 2, [0.1, 0.9], [0.0] * 2, hours=1.0)
    empty = replace(BATTERY, initial_kwh=1.0, end_value_per_kwh=0.5)
    open_, tight = cheap[0], replace(cheap[0], max_import_kw=2.0)
    grid = GridRequest(max_import_kw=11.0)
    free = replace(request_of((open_, cheap[1]), empty), grid=grid)
    limited = replace(free, slots=(tight, cheap[1]))
    assert path_of(free, policy_of(free))[0] == pytest.approx(1.0 + 5 * 0.95)
    assert path_of(limited, policy_of(limited))[0] == pytest.approx(1.0 + 1 * 0.95)
    sunny = slots_of([0.0] * 2, [6.0] * 2, [0.3] * 2, [0.2] * 2, hours=1.0)
    curtailed = request_of((replace(sunny[0], max_export_kw=1.0), sunny[1]), replace(BATTERY, end_value_per_kwh=0.05))
    levels = policy_of(curtailed).slots
    assert levels[0].pv_charge_to_kwh > 5.0 > levels[1].pv_charge_to_kwh


def peak_home(cap_kw: float | None) -> tuple[PlanRequest, tuple[float, ...]]:
    """A cheap night, then an evening whose last hour has a load of 6 kW; with a power tariff where there is a cap."""
    load = [1.0] * 8 + [2.0] * 4 + [6.0] * 4
    prices = [0.2] * 4 + [0.15] * 4 + [0.5] * 4 + [0.3] * 4
    slots = slots_of(load, [0.0] * 16, prices, [0.0] * 16)
    battery = replace(BATTERY, initial_kwh=3.0, min_kwh=0.0, end_value_per_kwh=0.0, max_discharge_kw=6.0)
    request = request_of(slots, replace(battery, charge_from_grid=cap_kw is None or cap_kw > 2))
    if cap_kw is None:
        return request, ()
    hours = tuple(MeteringInterval(START + number * HOUR, 1.0, "2026-01-15") for number in range(4))
    tariff = PowerTariffRequest(hours, price_per_kw=60.0, count=3)
    return replace(request, grid=GridRequest(power_tariffs=(tariff,))), (cap_kw,)


def test_what_is_stored_is_kept_for_the_peak() -> None:
    free, _ = peak_home(None)
    free = replace(free, batteries=(replace(free.batteries[0], charge_from_grid=False),))
    capped, caps = peak_home(2.0)
    drained = path_of(free, policy_of(free))
    kept = path_of(capped, policy_of(capped, caps_kw=caps), caps=caps)
    assert drained[11] == pytest.approx(3.0 - 2.0 / 0.95, abs=0.2)
    assert kept[11] == pytest.approx(3.0, abs=0.11)
    assert kept[-1] == pytest.approx(0.0, abs=0.11)


def test_the_load_above_the_cap_goes_before_the_load_below_it() -> None:
    capped, caps = peak_home(2.0)
    for slot in policy_of(capped, caps_kw=caps).slots[8:12]:
        assert slot.load_floor_kwh >= 2.9
        assert [cap.import_kw for cap in slot.caps] == pytest.approx([2.0, 2.7])
        near, far = slot.caps
        assert near.floor_kwh >= far.floor_kwh == pytest.approx(0.0)


def test_grid_charging_stays_below_the_cap() -> None:
    capped, caps = peak_home(2.5)
    policy = policy_of(capped, caps_kw=caps)
    path = (3.0, *path_of(capped, policy, caps=caps))
    for slot, before, after in zip(capped.slots, path, path[1:], strict=False):
        charged = max(after - before, 0.0) / BATTERY.charge_efficiency
        assert charged == 0 or slot.load_kwh + charged <= 2.5 * 0.25 + 1e-9
    assert max(path) > 4.0


def test_the_thresholds_of_a_slot_do_not_know_its_net_load() -> None:
    request = summer()
    heavy = replace(request, slots=(replace(request.slots[0], load_kwh=1.2), *request.slots[1:]))
    calm, busy = policy_of(request).slots[0], policy_of(heavy).slots[0]
    assert busy.pv_charge_to_kwh == calm.pv_charge_to_kwh
    assert busy.load_floor_kwh == calm.load_floor_kwh
    assert busy.caps == calm.caps


def test_levels_do_not_hang_on_the_reading_of_the_soc() -> None:
    """A reading in whole percents moves the start; what is stored is worth the same."""
    for home in (winter, summer):
        policies = [
            policy_of(replace(home(), batteries=(replace(BATTERY, initial_kwh=soc),))).slots
            for soc in (4.96, 5.0, 5.04)
        ]
        for low, middle, high in zip(*policies, strict=True):
            assert low.pv_charge_to_kwh == middle.pv_charge_to_kwh == high.pv_charge_to_kwh
            assert low.load_floor_kwh == middle.load_floor_kwh == high.load_floor_kwh


@settings(max_examples=40, deadline=None)
@given(homes(max_batteries=1, max_heaters=0).filter(lambda one: bool(one.batteries)), st.floats(1.0, 2.0))
def test_more_capacity_never_lowers_the_value(request_: PlanRequest, factor: float) -> None:
    """Without a fuse, whose breach costs so much that a step of the grid shows.

    And where no sale earns more than a purchase costs: there the order of the levels forbids to rest the battery.
    """
    small = replace(request_.batteries[0], initial_kwh=0.5 * request_.batteries[0].capacity_kwh)
    large = replace(small, capacity_kwh=small.capacity_kwh * factor, max_kwh=small.max_kwh * factor)
    slots = tuple(replace(slot, export_price=min(slot.import_price, slot.export_price)) for slot in request_.slots)
    free = replace(request_, slots=slots, grid=replace(request_.grid, max_import_kw=None))
    values = [first_value(replace(free, batteries=(one,)), small.initial_kwh) for one in (small, large)]
    assert values[1] >= values[0] - 0.005 * free.price_level * small.capacity_kwh


def first_value(request: PlanRequest, soc_kwh: float) -> float:
    """What an SoC is worth at the end of the first slot, on the expected net load."""
    stages = [Stage.of(request, index, ()) for index in range(len(request.slots))]
    grid = SocGrid.of(request.batteries[0])
    nets = np.array([[slot.load_kwh - slot.pv_kwh for slot in request.slots]])
    return float(np.interp(soc_kwh, grid.nodes, look_back(request, grid, stages, nets).value[0]))


def test_commitments_are_load() -> None:
    request = winter()
    committed = Commitments("plan-1", (0.5, *(0.0,) * 95))
    heavier = replace(
        request, slots=(replace(request.slots[0], load_kwh=request.slots[0].load_kwh + 0.5), *request.slots[1:])
    )
    assert build(request, committed, ()).slots == policy_of(heavier).slots


def test_batteries_of_any_size_are_welcome() -> None:
    tiny = BatteryRequest(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.9, 0.9)
    slots = policy_of(request_of(day(), tiny)).slots
    assert all(slot.export_floor_kwh == 0 for slot in slots)
