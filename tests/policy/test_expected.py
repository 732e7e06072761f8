"""The path that the owner is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings

from darkstar.optimizer.request import PlanRequest
from darkstar.optimizer.solve import plan
from darkstar.policy.expected import expected_path
from tests.optimizer.samples import BATTERY, flat, homes, no_battery, summer, winter, with_water
from tests.policy.test_recursion import policy_of


@settings(max_examples=40, deadline=None)
@given(homes(max_heaters=1))
def test_path_is_what_the_battery_can_do(request_: PlanRequest) -> None:
    planned = plan(request_, [])
    path = expected_path(request_, planned, policy_of(request_, planned))
    if not request_.batteries:
        assert path == ()
        return
    battery = request_.batteries[0]
    before = battery.start_kwh
    for slot, soc in zip(request_.slots, path, strict=True):
        assert 0 <= soc <= battery.capacity_kwh
        assert soc - before <= battery.max_charge_kw * slot.hours * battery.charge_efficiency + 1e-9
        assert before - soc <= battery.max_discharge_kw * slot.hours / battery.discharge_efficiency + 1e-9
        before = soc


@pytest.mark.parametrize("home", [winter, summer, flat, with_water])
def test_path_follows_the_plan(home: Callable[[], PlanRequest]) -> None:
    request = home()
    planned = plan(request)
    path = expected_path(request, planned, policy_of(request, planned))
    apart = [abs(soc - slot.soc_kwh) for soc, slot in zip(path, planned.slots, strict=True)]
    assert sum(apart) / len(apart) < 0.03 * BATTERY.capacity_kwh


def test_no_battery_has_no_path() -> None:
    request = no_battery()
    planned = plan(request)
    assert expected_path(request, planned, policy_of(request, planned)) == ()


def test_policy_of_another_request_is_refused() -> None:
    request = winter()
    planned = plan(request, [])
    policy = policy_of(request, planned)
    with pytest.raises(ValueError, match="has 96 slots, its request 95"):
        expected_path(replace(request, slots=request.slots[1:]), planned, policy)
