"""The net load that the first battery answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from darkstar.optimizer.solve import plan
from darkstar.policy.netload import expected_net, scenario_nets
from tests.optimizer.samples import heater, request_of, slots_of, two_batteries, winter


def test_heaters_are_load() -> None:
    slots = slots_of([1.0] * 4, [0.4] * 4, [0.3] * 4, [0.1] * 4, hours=1.0)
    request = replace(request_of(slots), heaters=(heater(12.0),))
    assert expected_net(request, plan(request)) == pytest.approx([3.6] * 4)
    assert scenario_nets(request, plan(request), ((0.1, 0.2, 0.3, 0.4),))[0] == pytest.approx([3.1, 3.2, 3.3, 3.4])


def test_other_batteries_are_load() -> None:
    request = two_batteries()
    planned = plan(request)
    for slot, net in zip(planned.slots, expected_net(request, planned), strict=True):
        second = slot.batteries[1]
        bare = slot.load_kwh - slot.pv_kwh
        assert net == pytest.approx(bare + second.charge_kwh - second.discharge_kwh)


def test_without_scenarios_the_expectation_is_the_only_one() -> None:
    request = winter()
    planned = plan(request, [])
    nets = scenario_nets(request, planned, ())
    assert nets.shape == (1, 96)
    assert nets[0] == pytest.approx(expected_net(request, planned))
