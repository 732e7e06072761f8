"""The net load that the first battery answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from darkstar.optimizer.plan import BatterySlot, PlannedPeak
from darkstar.optimizer.solve import plan
from darkstar.policy.commitments import commitments_of, needs_plan, no_commitments
from darkstar.policy.netload import expected_net, scenario_nets
from tests.optimizer.samples import heater, no_battery, request_of, slots_of, two_batteries, winter, with_water


def test_heaters_are_load() -> None:
    slots = slots_of([1.0] * 4, [0.4] * 4, [0.3] * 4, [0.1] * 4, hours=1.0)
    request = replace(request_of(slots), heaters=(heater(12.0),))
    commitments = commitments_of(request, plan(request))
    assert expected_net(request, commitments) == pytest.approx([3.6] * 4)
    assert scenario_nets(request, commitments, ((0.1, 0.2, 0.3, 0.4),))[0] == pytest.approx([3.1, 3.2, 3.3, 3.4])


def test_other_batteries_are_load() -> None:
    request = two_batteries()
    planned = plan(request)
    for slot, net in zip(planned.slots, expected_net(request, commitments_of(request, planned)), strict=True):
        second = slot.batteries[1]
        bare = slot.load_kwh - slot.pv_kwh
        assert net == pytest.approx(bare + second.charge_kwh - second.discharge_kwh)


def test_vehicles_and_deferrable_loads_are_load_and_v2h_is_a_source() -> None:
    request = winter()
    planned = plan(request, [])
    first, *rest = planned.slots
    busy = replace(first, vehicles=(BatterySlot(2.0, 0.0, 9.0), BatterySlot(0.0, 0.7, 4.0)), loads_kwh=(0.5, 0.25))
    load = commitments_of(request, replace(planned, slots=(busy, *rest))).load_kwh
    assert load[0] == pytest.approx(2.0 - 0.7 + 0.75)
    assert not any(load[1:])


def test_caps_come_from_the_plan() -> None:
    request = winter()
    planned = replace(plan(request, []), peaks=(PlannedPeak("", 4.0, 200.0, 3.5),))
    assert commitments_of(request, planned).caps_kw == (3.5,)


def test_without_scenarios_the_expectation_is_the_only_one() -> None:
    request = winter()
    commitments = no_commitments(request, "plan-1")
    nets = scenario_nets(request, commitments, ())
    assert nets.shape == (1, 96)
    assert nets[0] == pytest.approx(expected_net(request, commitments))


def test_only_what_a_plan_decides_besides_the_battery_needs_one() -> None:
    assert not needs_plan(winter())
    assert needs_plan(with_water())
    assert needs_plan(two_batteries())
    assert needs_plan(no_battery())


def test_a_plan_of_another_length_is_refused() -> None:
    request = winter()
    with pytest.raises(ValueError, match="has 96 slots, its request 95"):
        commitments_of(replace(request, slots=request.slots[1:]), plan(request, []))
