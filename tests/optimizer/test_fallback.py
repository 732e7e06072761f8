"""Self-consumption without any solver."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings

from darkstar.optimizer.fallback import self_consumption, walked_values
from darkstar.optimizer.ledger import settle
from darkstar.optimizer.request import GridRequest, PlanRequest
from darkstar.optimizer.schedule import within_limits
from darkstar.optimizer.solve import plan
from tests.optimizer.samples import BATTERY, HOMES, day, heater, homes, request_of, slots_of, summer
from tests.optimizer.test_solve import assert_grid_limits, assert_physics


@settings(max_examples=60, deadline=None)
@given(homes())
def test_any_home_gets_a_sound_fallback(request_: PlanRequest) -> None:
    planned = plan(request_, [])
    assert_physics(request_, planned)
    assert_grid_limits(request_, planned)
    schedule = self_consumption(request_)
    assert within_limits(request_, schedule) == schedule


def test_surplus_goes_in_and_load_comes_out() -> None:
    slots = slots_of([1.0, 1.0, 3.0], [4.0, 0.0, 0.0], [0.3] * 3, [0.1] * 3, hours=1.0)
    schedule = self_consumption(request_of(slots, BATTERY))
    assert schedule.charge_kwh[0] == pytest.approx((3.0, 0.0, 0.0))
    assert schedule.discharge_kwh[0] == pytest.approx((0.0, 1.0, 3.0))


def test_it_stops_at_floor_and_ceiling() -> None:
    slots = slots_of([9.0] * 4 + [0.0] * 4, [0.0] * 4 + [9.0] * 4, [0.3] * 8, [0.1] * 8, hours=1.0)
    ledger = settle(request := request_of(slots, replace(BATTERY, max_kwh=8.0)), self_consumption(request))
    assert min(ledger.stored_kwh[0]) == pytest.approx(1.0)
    assert max(ledger.stored_kwh[0]) == pytest.approx(8.0)


def test_heat_goes_to_the_cheapest_slots_below_the_fuse() -> None:
    load = [1.0] * 4 + [6.0] * 4 + [1.0] * 4
    slots = slots_of(load, [0.0] * 12, [0.5] * 4 + [0.1] * 4 + [0.3] * 4, [0.0] * 12)
    request = replace(request_of(slots), heaters=(heater(3.0),), grid=GridRequest(max_import_kw=8.0))
    assert self_consumption(request).heaters_kwh[0] == (0.0,) * 8 + (0.75,) * 4


def test_heat_prefers_surplus_that_earns_little() -> None:
    slots = slots_of([0.0] * 8, [0.0] * 4 + [5.0] * 4, [0.2] * 4 + [0.5] * 4, [0.05] * 8)
    request = replace(request_of(slots), heaters=(heater(3.0),))
    assert self_consumption(request).heaters_kwh[0] == (0.0,) * 4 + (0.75,) * 4


@pytest.mark.parametrize("home", HOMES)
def test_values_are_money_per_kwh(home: Callable[[], PlanRequest]) -> None:
    request = home()
    ledger = settle(request, self_consumption(request))
    values = walked_values(request, ledger)
    assert [len(row) for row in values] == [len(request.slots)] * len(request.storages)
    assert all(-request.price_level <= value <= request.price_level / 0.85 for row in values for value in row)


def test_value_is_the_import_that_it_replaces() -> None:
    slots = slots_of([2.0] * 4, [0.0] * 4, [0.2, 0.2, 0.2, 0.6], [0.1] * 4, hours=1.0)
    request = request_of(slots, replace(BATTERY, initial_kwh=1.0))
    (values,) = walked_values(request, settle(request, self_consumption(request)))
    assert values[0] == pytest.approx(0.95 * (0.2 - 0.02))
    assert values[2] == pytest.approx(0.95 * (0.6 - 0.02))
    assert values[3] == pytest.approx(0.5)


def test_value_of_a_full_battery_is_the_sale_that_it_displaces() -> None:
    slots = slots_of([0.0] * 3, [5.0] * 3, [0.3] * 3, [0.19] * 3, hours=1.0)
    request = request_of(slots, replace(BATTERY, initial_kwh=10.0))
    (values,) = walked_values(request, settle(request, self_consumption(request)))
    assert values[0] == pytest.approx(0.2)


def test_fallback_says_what_the_slots_do() -> None:
    planned = plan(replace(summer(), slots=day(pv_kw=6.0)), [])
    assert any("PV surplus" in slot.reason for slot in planned.slots)
