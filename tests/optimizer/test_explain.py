"""Reasons: every number in them is in the plan."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings

from darkstar.optimizer.plan import Action, GridRequest, Plan, PlanRequest
from darkstar.optimizer.solve import plan
from tests.optimizer.samples import (
    BATTERY,
    HOMES,
    day,
    heater,
    homes,
    load_above_fuse,
    negative_noon,
    no_battery,
    request_of,
    slots_of,
    summer,
    winter,
    with_water,
)


def reasons(planned: Plan, action: Action) -> list[str]:
    """The reasons of all slots with an action."""
    return [slot.reason for slot in planned.slots if slot.action is action]


@settings(max_examples=50, deadline=None)
@given(homes())
def test_actions_say_what_flows(request_: PlanRequest) -> None:
    for slot in plan(request_).slots:
        threshold = 0.01 * slot.hours
        net = slot.load_kwh + slot.heater_kwh - slot.pv_kwh
        if slot.action is Action.CHARGE:
            assert slot.charge_kwh > threshold
            assert slot.import_kwh > threshold
        elif slot.action is Action.STORE:
            assert slot.charge_kwh > threshold
            assert slot.import_kwh <= threshold
        elif slot.action is Action.DISCHARGE:
            assert slot.discharge_kwh > threshold
        elif slot.action is Action.EXPORT:
            assert slot.export_kwh > threshold
            assert slot.discharge_kwh > max(net, 0)
        else:
            assert max(slot.charge_kwh, slot.discharge_kwh) <= threshold


@pytest.mark.parametrize("home", HOMES)
def test_powers_and_prices_are_the_slots_own(home: Callable[[], PlanRequest]) -> None:
    for slot in plan(home()).slots:
        own = {
            f"{kwh / slot.hours:.1f}"
            for kwh in (
                slot.charge_kwh,
                slot.discharge_kwh,
                slot.import_kwh,
                slot.export_kwh,
                slot.curtailed_kwh,
                slot.heater_kwh,
                max(slot.discharge_kwh - max(slot.load_kwh + slot.heater_kwh - slot.pv_kwh, 0), 0),
                max(slot.import_kwh - 7 * slot.hours, 0),
            )
        } | {"7", "1"}
        assert set(re.findall(r"(\d+(?:\.\d+)?) kW(?!h)", slot.reason)) <= own, slot.reason
        named = re.search(r"(?:from the grid at|would cost|sold at|from the battery at) (-?[\d.]+)", slot.reason)
        if named:
            assert float(named[1]) == pytest.approx(slot.import_price, abs=0.006) or float(named[1]) == pytest.approx(
                slot.export_price, abs=0.006
            )


@pytest.mark.parametrize("home", HOMES)
def test_reasons_are_free_of_clock_times(home: Callable[[], PlanRequest]) -> None:
    assert not any(re.search(r"\d:\d\d|UTC", slot.reason) for slot in plan(home()).slots)


def test_charging_names_the_prices_it_avoids() -> None:
    planned = plan(winter())
    charging = next(index for index, slot in enumerate(planned.slots) if slot.action is Action.CHARGE)
    reason = planned.slots[charging].reason
    found = re.search(r"later replaces import at ([\d.]+) to ([\d.]+)", reason)
    assert found, reason
    following = planned.slots[charging + 1 :]
    avoided = [slot.import_price for slot in following if slot.action is Action.DISCHARGE]
    assert min(avoided) - 0.001 <= float(found[1]) <= float(found[2]) <= max(avoided) + 0.001


def test_discharging_is_compared_with_the_value_of_keeping() -> None:
    planned = plan(winter())
    for slot in planned.slots:
        found = re.search(r": ([\d.]+) per stored kWh, (more than|as much as) the ([\d.]+)", slot.reason)
        if slot.action is not Action.DISCHARGE or not found:
            continue
        assert float(found[1]) == pytest.approx(0.95 * (slot.import_price - 0.02), abs=0.001)
        assert float(found[1]) >= float(found[3]) - 0.003
    assert reasons(planned, Action.DISCHARGE)


def test_selling_is_named() -> None:
    slots = slots_of([0.2] * 8, [0.0] * 8, [0.9] * 8, [0.8] * 8)
    planned = plan(request_of(slots, BATTERY))
    assert all(
        re.match(r"sells \d\.\d kW from the battery at 0\.8", reason) for reason in reasons(planned, Action.EXPORT)
    )
    assert reasons(planned, Action.EXPORT)


def test_storing_names_the_sale_given_up() -> None:
    planned = plan(summer())
    assert all("PV surplus that would earn" in reason for reason in reasons(planned, Action.STORE))
    assert reasons(planned, Action.STORE)


def test_storing_what_cannot_be_sold() -> None:
    planned = plan(replace(summer(), grid=GridRequest(export_allowed=False)))
    assert all("cannot be sold" in reason for reason in reasons(planned, Action.STORE))


def test_recovery_is_named_as_such() -> None:
    planned = plan(request_of(day(), replace(BATTERY, initial_kwh=0.0, min_kwh=3.0)))
    assert "3.0 kWh below its floor" in planned.slots[0].reason


def test_home_without_battery_speaks_of_the_grid() -> None:
    assert all(slot.reason.startswith("no battery: ") for slot in plan(no_battery()).slots)


def test_heating_names_power_and_price_or_own_energy() -> None:
    planned = plan(replace(winter(), heaters=(heater(),)))
    heating = [slot.reason for slot in planned.slots if slot.heater_kwh > 0]
    assert len(heating) == 8
    assert all(
        re.search(r"heats water with 3\.0 kW (at 0\.\d+ \(mean of its day|of the home's own energy)", r)
        for r in heating
    )
    sunny = [slot.reason for slot in plan(with_water()).slots if slot.heater_kwh > 0]
    assert any("own energy" in reason for reason in sunny)


def test_curtailment_names_its_cause() -> None:
    paid = [slot.reason for slot in plan(negative_noon()).slots if slot.curtailed_kwh > 0.01]
    assert paid
    assert all("import is paid 0.05" in reason for reason in paid)
    full = replace(BATTERY, initial_kwh=10.0)
    for grid, words in (
        (GridRequest(export_allowed=False), "export is not allowed"),
        (GridRequest(max_export_kw=2.0), "the export limit is 2 kW"),
        (GridRequest(), "export would cost 0.10"),
    ):
        slots = slots_of([0.0], [5.0], [0.3], [-0.1 if grid == GridRequest() else 0.1])
        assert words in plan(replace(request_of(slots, full), grid=grid)).slots[0].reason


def test_breach_names_its_size() -> None:
    reason = plan(load_above_fuse()).slots[30].reason
    assert "load is 1.0 kW above the import limit of 7 kW" in reason


def test_values_are_bounded_by_the_prices() -> None:
    for home in HOMES:
        request = home()
        for slot in plan(request).slots:
            assert 0 <= slot.value_per_kwh <= request.price_level / 0.95 + 1e-9


def test_no_battery_has_no_value() -> None:
    assert {slot.value_per_kwh for slot in plan(no_battery()).slots} == {0.0}
