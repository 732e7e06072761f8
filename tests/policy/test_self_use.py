"""Plain self-use as thresholds."""

from __future__ import annotations

from dataclasses import replace

from darkstar.policy.commitments import no_commitments
from darkstar.policy.recursion import build
from darkstar.policy.self_use import self_use
from tests.optimizer.samples import BATTERY, request_of, winter


def test_it_never_buys_or_sells_and_leaves_the_rest_as_it_is() -> None:
    battery = replace(BATTERY, max_kwh=9.0, min_kwh=1.5)
    request = request_of(winter().slots, battery)
    policy = build(request, no_commitments(request, "plan-1"), ())
    plain = self_use(policy, battery)
    assert (plain.plan_id, plain.created_at) == (policy.plan_id, policy.created_at)
    assert [(slot.start, slot.hours, slot.value_per_kwh) for slot in plain.slots] == [
        (slot.start, slot.hours, slot.value_per_kwh) for slot in policy.slots
    ]
    levels = {
        (slot.grid_charge_to_kwh, slot.pv_charge_to_kwh, slot.load_floor_kwh, slot.export_floor_kwh, slot.caps)
        for slot in plain.slots
    }
    assert levels == {(0.0, 9.0, 1.5, 10.0, ())}
