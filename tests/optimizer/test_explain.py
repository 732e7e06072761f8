"""Reasons: every number in them is in the plan."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings

from darkstar.optimizer.plan import Action, Plan
from darkstar.optimizer.request import (
    GridRequest,
    LoadRequest,
    MeteringInterval,
    PlanRequest,
    PowerTariffRequest,
    SocGoal,
    VehicleRequest,
)
from darkstar.optimizer.solve import plan
from tests.optimizer.samples import (
    BATTERY,
    HOMES,
    START,
    day,
    heater,
    homes,
    load_above_fuse,
    negative_noon,
    no_battery,
    request_of,
    slots_of,
    summer,
    two_batteries,
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
        net = slot.load_kwh + slot.heater_kwh - slot.pv_kwh
        energies = (
            *(battery.charge_kwh for battery in slot.batteries),
            *(battery.discharge_kwh for battery in slot.batteries),
            slot.import_kwh,
            slot.export_kwh,
            slot.curtailed_kwh,
            slot.heater_kwh,
            min(slot.export_kwh, slot.discharge_kwh),
            min(slot.import_kwh, slot.charge_kwh),
            max(slot.discharge_kwh - max(net, 0), 0),
            max(slot.import_kwh - 7 * slot.hours, 0),
        )
        own = {f"{kwh / slot.hours:.{digits}f}" for kwh in energies for digits in (1, 2)} | {"7", "1"}
        assert set(re.findall(r"(\d+(?:\.\d+)?) kW(?!h)", slot.reason)) <= own, slot.reason
        named = re.search(r"(?:from the grid at|would cost|sold at|from the battery at) (-?[\d.]+)", slot.reason)
        if named:
            assert float(named[1]) == pytest.approx(slot.import_price, abs=0.006) or float(named[1]) == pytest.approx(
                slot.export_price, abs=0.006
            )


def test_clock_times_are_those_of_the_home() -> None:
    here, there = (plan(replace(winter(), time_zone=zone)) for zone in ("UTC", "Europe/Stockholm"))
    times = [re.findall(r"(\d\d):(\d\d)", " ".join(slot.reason for slot in one.slots)) for one in (here, there)]
    assert times[0]
    assert [(f"{(int(hour) + 1) % 24:02d}", minute) for hour, minute in times[0]] == times[1]


def test_another_day_is_named() -> None:
    request = replace(request_of(day(), replace(BATTERY, end_value_per_kwh=0.2)), time_zone="Asia/Tokyo")
    charging = next(slot.reason for slot in plan(request).slots if slot.start == START + timedelta(hours=2))
    assert re.search(r"from Fri \d\d:\d\d to Fri \d\d:\d\d", charging)


def test_charging_names_price_and_time_of_what_it_saves() -> None:
    planned = plan(request_of(day(), replace(BATTERY, end_value_per_kwh=0.2)))
    prices = {f"{slot.start:%H:%M}": slot.import_price for slot in planned.slots}
    told = 0
    for slot in planned.slots:
        found = re.search(
            r"charges .* at ([\d.]+): saves (?:([\d.]+) to )?([\d.]+) (?:at|from) (?:\w{3} )?(\d\d:\d\d)"
            r"(?: to (?:\w{3} )?(\d\d:\d\d))?, ([\d.]+) per kWh after losses and wear",
            slot.reason,
        )
        if slot.action is not Action.CHARGE or "kept beyond the horizon" in slot.reason:
            continue
        assert found, slot.reason
        paid, low, high, first, last, gain = found.groups()
        lowest, highest = float(low or high), float(high)
        assert float(paid) == pytest.approx(slot.import_price, abs=0.001)
        assert lowest - 0.001 <= prices[first] <= highest + 0.001
        assert last is None or lowest - 0.001 <= prices[last] <= highest + 0.001
        # 0.95 each way, 0.02 of wear per kWh discharged.
        least, most = (0.95 * 0.95 * (price - 0.02) - slot.import_price for price in (lowest, highest))
        assert least - 0.002 <= float(gain) <= most + 0.002
        told += 1
    assert told


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


def test_a_vehicle_names_need_departure_and_the_price_of_its_window() -> None:
    car = VehicleRequest(50.0, 20.0, 30.0, START, START + timedelta(hours=18), name="the Kia")
    planned = plan(replace(winter(), vehicles=(car,), time_zone="Europe/Stockholm"))
    charging = [slot.reason for slot in planned.slots if slot.vehicle_kwh > 0.1]
    window = [slot.import_price for slot in planned.slots if slot.start < car.departure]
    mean = f"{sum(window) / len(window):.3f}"
    assert charging
    assert re.search(
        rf"charges the Kia with \d+\.\d kW at 0\.\d+: 10\.0 kWh more needed by .*07:00 \(mean .* {mean}\)", charging[0]
    )


def test_a_load_names_its_price_and_when_it_is_due() -> None:
    wash = LoadRequest((1.0,) * 4, START, START + timedelta(hours=12), name="washing")
    optional = LoadRequest((2.0,) * 4, START, START + timedelta(hours=12), worth_per_kwh=0.9)
    planned = plan(replace(winter(), loads=(wash, optional)))
    words = "; ".join(slot.reason for slot in planned.slots if slot.deferrable_kwh > 0)
    assert re.search(r"runs washing with 1\.0 kW .*due by Fri 00:00", words)
    assert re.search(r"runs load 2 with 2\.0 kW .*worth 0\.900", words)


def test_a_goal_is_the_reason_to_charge() -> None:
    goal = SocGoal(START + timedelta(hours=8), 9.0, 2.0)
    planned = plan(request_of(day(bought_at=[0.3] * 96), replace(BATTERY, goals=(goal,), end_value_per_kwh=0.0)))
    charging = reasons(planned, Action.CHARGE)
    assert charging
    assert all("9.0 kWh are wished for at 20:00" in reason for reason in charging)


def test_a_peak_names_what_a_kw_more_costs() -> None:
    hours = tuple(MeteringInterval(START + timedelta(hours=hour), 1.0, "2026-01-15") for hour in range(12))
    tariff = PowerTariffRequest(hours, price_per_kw=60.0, count=3)
    planned = plan(replace(winter(), grid=GridRequest(power_tariffs=(tariff,))))
    held = [slot.reason for slot in planned.slots if "a kW more would cost" in slot.reason]
    assert held
    assert all(
        re.search(rf"mean import at {planned.peaks[0].billed_kw * 3:.1f} kW: a kW more would cost 20\.00", one)
        for one in held
    )


def test_a_soft_contract_is_named() -> None:
    grid = GridRequest(soft_import_kw=1.0, soft_import_price=0.5)
    planned = plan(replace(request_of(day(load_kw=1.5), replace(BATTERY, max_discharge_kw=0.1)), grid=grid))
    words = [slot.reason for slot in planned.slots if slot.import_kwh > 1.05 * slot.hours]
    assert words
    assert all("above the contract of 1 kW cost 0.500 more per kWh" in reason for reason in words)


def test_several_batteries_speak_one_by_one() -> None:
    words = "; ".join(slot.reason for slot in plan(two_batteries()).slots)
    assert re.search(r"battery 1 (charges|stores|covers)", words)
    assert re.search(r"battery 2 (stores|covers)", words)


def test_values_are_bounded_by_the_prices() -> None:
    for home in HOMES:
        request = home()
        for slot in plan(request).slots:
            assert 0 <= slot.value_per_kwh <= request.price_level / 0.95 + 1e-9


def test_no_battery_has_no_value() -> None:
    assert {slot.value_per_kwh for slot in plan(no_battery()).slots} == {0.0}
