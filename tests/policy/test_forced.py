"""The battery's thresholds where somebody has said what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from darkstar.optimizer.request import ForcedPower, GridRequest, PlanRequest
from darkstar.optimizer.solve import plan
from darkstar.policy.commitments import commitments_of
from darkstar.policy.expected import expected_path
from darkstar.policy.recursion import build
from darkstar.policy.thresholds import Policy
from tests.optimizer.samples import BATTERY, START, summer, winter

CHARGE = ForcedPower(
    START + timedelta(hours=6), START + timedelta(hours=8), 2.0, None, least_charge_kw=2.0, until_kwh=9.0
)
SALE = ForcedPower(
    START + timedelta(hours=6), START + timedelta(hours=8), None, 3.0, least_discharge_kw=3.0, until_kwh=4.0
)
HOLD = ForcedPower(START + timedelta(hours=6), START + timedelta(hours=8), 0.0, 0.0)
INSIDE = range(24, 32)


def answered(request: PlanRequest, force: ForcedPower) -> tuple[PlanRequest, Policy, tuple[float, ...], list[float]]:
    asked = replace(request, batteries=(replace(BATTERY, forced=(force,)),))
    made = plan(asked)
    policy = build(asked, commitments_of(asked, made), ())
    return asked, policy, expected_path(asked, made, policy), [slot.soc_kwh for slot in made.slots]


@pytest.mark.parametrize(
    ("request_", "force"), [(winter(), CHARGE), (summer(), SALE), (winter(), HOLD)], ids=["charge", "sale", "hold"]
)
def test_the_battery_goes_the_way_of_the_plan(request_: PlanRequest, force: ForcedPower) -> None:
    _, _, expected, planned = answered(request_, force)
    for index in (*INSIDE, INSIDE.stop):
        assert expected[index] == pytest.approx(planned[index], abs=0.3)


def test_the_levels_leave_no_choice() -> None:
    _, policy, _, _ = answered(winter(), CHARGE)
    inside = [policy.slots[index] for index in INSIDE]
    assert {slot.grid_charge_to_kwh for slot in inside} == {9.0}
    assert {slot.load_floor_kwh for slot in inside} == {slot.export_floor_kwh for slot in inside} == {10.0}
    _, policy, _, _ = answered(summer(), SALE)
    assert all(4.0 <= policy.slots[index].export_floor_kwh < 4.5 for index in INSIDE)
    assert {policy.slots[index].pv_charge_to_kwh for index in INSIDE} == {0.0}
    _, policy, _, _ = answered(winter(), HOLD)
    assert {policy.slots[index].grid_charge_to_kwh for index in INSIDE} == {0.0}
    assert {policy.slots[index].load_floor_kwh for index in INSIDE} == {10.0}


@pytest.mark.parametrize("force", [CHARGE, SALE, HOLD], ids=["charge", "sale", "hold"])
def test_fuse_soft_limit_and_power_tariff_are_no_trouble(force: ForcedPower) -> None:
    grid = GridRequest(max_import_kw=4.0, soft_import_kw=2.0, soft_import_price=0.1)
    asked, policy, expected, _ = answered(replace(winter(), grid=grid), force)
    assert len(policy.slots) == len(expected) == len(asked.slots)
    keeps = force is HOLD
    assert all(bool(policy.slots[index].caps) == keeps for index in INSIDE)


def test_before_the_time_nothing_is_hurried() -> None:
    free = build(winter(), commitments_of(winter(), plan(winter())), ())
    _, policy, _, _ = answered(winter(), CHARGE)
    for index in range(23):
        assert policy.slots[index].value_per_kwh == pytest.approx(free.slots[index].value_per_kwh, abs=1e-6)
