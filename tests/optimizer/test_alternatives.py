"""What else could be done in a slot, and what it costs more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from darkstar.optimizer.alternatives import alternatives
from darkstar.optimizer.plan import Action, Alternative, Plan
from darkstar.optimizer.request import GridRequest, LoadRequest, PlanRequest, VehicleRequest
from darkstar.optimizer.solve import plan
from tests.optimizer.samples import BATTERY, START, day, heater, request_of, slots_of, winter


def of(found: tuple[Alternative, ...], device: str, action: str) -> Alternative:
    """The alternative of a device that begins with `action`."""
    return next(one for one in found if one.device == device and one.action.startswith(action))


def slot_with(planned: Plan, action: Action) -> int:
    return next(index for index, slot in enumerate(planned.slots) if slot.action is action)


def test_holding_instead_of_the_only_dear_slot_costs_what_the_battery_earns_there() -> None:
    slots = slots_of([1.0, 1.0, 1.0], [0.0] * 3, [0.2, 1.0, 0.2], [0.0] * 3, hours=1.0)
    battery = replace(BATTERY, initial_kwh=2.0, end_value_per_kwh=0.0, wear_cost_per_kwh=0.0, charge_from_grid=False)
    request = request_of(slots, battery)
    planned = plan(request)
    hold = of(alternatives(request, planned, slots[1].start), "battery", "hold")
    # 1 kWh above the floor gives 0.95 kWh: worth 1.00 there, 0.20 before or after.
    assert hold.extra_cost == pytest.approx(0.95 * (1.0 - 0.2), abs=0.01)
    assert hold.words == "hold: costs 0.76 EUR more"


def test_each_alternative_costs_no_less_than_the_plan() -> None:
    request = winter()
    planned = plan(request)
    for action in (Action.CHARGE, Action.DISCHARGE, Action.HOLD):
        found = alternatives(request, planned, planned.slots[slot_with(planned, action)].start)
        assert found
        for one in found:
            assert one.extra_cost is not None
            assert one.extra_cost >= -2 * request.money_gap
            assert one.words.startswith(f"{one.action}: ")


def test_what_the_slot_does_is_no_alternative() -> None:
    request = winter()
    planned = plan(request)
    charging = planned.slots[slot_with(planned, Action.CHARGE)]
    actions = {one.action.split()[0] for one in alternatives(request, planned, charging.start)}
    assert "charge" not in actions or charging.charge_kwh < 4.9 * charging.hours
    assert "hold" in actions


def test_a_battery_that_may_not_sell_or_buy_is_not_asked_to() -> None:
    battery = replace(BATTERY, charge_from_grid=False, discharge_to_grid=False)
    request = request_of(day(), battery)
    planned = plan(request)
    actions = {one.action for one in alternatives(request, planned, START + timedelta(hours=8))}
    assert not any("charge 5" in action or "sell" in action for action in actions)


def test_the_fuse_bounds_what_is_asked_for() -> None:
    request = replace(winter(), grid=GridRequest(max_import_kw=3.0))
    planned = plan(request)
    index = slot_with(planned, Action.DISCHARGE)
    slot = planned.slots[index]
    charge = of(alternatives(request, planned, slot.start), "battery", "charge")
    assert float(charge.action.split()[1]) <= 3.0 - slot.load_kwh / slot.hours + 0.06


@pytest.fixture(scope="module")
def full_home() -> tuple[PlanRequest, Plan]:
    """A home with everything."""
    car = VehicleRequest(50.0, 20.0, 30.0, START, START + timedelta(hours=23), name="car")
    wash = LoadRequest((1.0,) * 4, START, START + timedelta(hours=23), name="washing")
    request = replace(winter(), heaters=(heater(3.0),), vehicles=(car,), loads=(wash,))
    return request, plan(request)


def test_switching_off_what_runs(full_home: tuple[PlanRequest, Plan]) -> None:
    request, planned = full_home
    for device, action, runs in (
        ("water heater 1", "do not heat", [slot.heater_kwh for slot in planned.slots]),
        ("car", "do not charge", [slot.vehicle_kwh for slot in planned.slots]),
        ("washing", "do not run", [slot.deferrable_kwh for slot in planned.slots]),
    ):
        index = next(at for at, kwh in enumerate(runs) if kwh > 0.05)
        one = of(alternatives(request, planned, planned.slots[index].start), device, action)
        assert one.extra_cost is not None
        assert one.extra_cost >= -2 * request.money_gap


def test_switching_on_what_rests_in_the_dearest_slot(full_home: tuple[PlanRequest, Plan]) -> None:
    request, planned = full_home
    dear = max(planned.slots, key=lambda slot: (slot.import_price, slot.start))
    assert (dear.heater_kwh, dear.vehicle_kwh, dear.deferrable_kwh) == (0.0, 0.0, 0.0)
    found = alternatives(request, planned, dear.start)
    for device, action in (("water heater 1", "heat"), ("car", "charge"), ("washing", "run")):
        one = of(found, device, action)
        assert one.extra_cost is not None
        assert one.extra_cost > 0.05
        assert one.words == f"{one.action}: costs {one.extra_cost:.2f} EUR more"


def test_without_time_nothing_is_known(full_home: tuple[PlanRequest, Plan]) -> None:
    request, planned = full_home
    with pytest.raises(ValueError, match="no solver answers"):
        alternatives(request, planned, START, time_limit_s=0.0)


def test_a_time_outside_the_plan_is_refused() -> None:
    request = winter()
    with pytest.raises(ValueError, match=r"2026-01-20.* is in no slot of the plan"):
        alternatives(request, plan(request), START + timedelta(days=5))
