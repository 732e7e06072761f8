"""No window of cheap hours has to be widened: dear slots are used when the cheap ones cannot reach the target.

The reference widens its cheap window by hand when a target needs more slots than are cheap. Here it falls out
of the optimizer: a goal has a price, so the next cheapest slots are taken until it is met or costs more.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from darkstar.optimizer.plan import Plan
from darkstar.optimizer.request import BatteryRequest, PlanRequest, RequestSlot, SocGoal
from darkstar.optimizer.solve import plan
from tests.strategy.samples import NOW

HOUR = timedelta(hours=1)
PRICES = (1.0, 0.2, 0.9, 0.2, 0.8, 1.1)
"""Two cheap hours, and dear ones of different height."""


def planned(target_kwh: float, price: float = 9.0) -> Plan:
    slots = tuple(RequestSlot(NOW + n * HOUR, 1.0, 0.0, 0.0, paid, 0.0) for n, paid in enumerate(PRICES))
    battery = BatteryRequest(
        capacity_kwh=20.0,
        initial_kwh=0.0,
        min_kwh=0.0,
        max_kwh=20.0,
        max_charge_kw=3.0,
        max_discharge_kw=3.0,
        charge_efficiency=1.0,
        discharge_efficiency=1.0,
        goals=(SocGoal(slots[-1].end, target_kwh, price),),
    )
    return plan(PlanRequest(NOW, "SEK", slots, (battery,)))


@pytest.mark.parametrize(
    ("target_kwh", "charged"),
    [
        (6.0, [0, 3, 0, 3, 0, 0]),
        (9.0, [0, 3, 0, 3, 3, 0]),
        (12.0, [0, 3, 3, 3, 3, 0]),
        (18.0, [3, 3, 3, 3, 3, 3]),
    ],
)
def test_the_next_cheapest_slots_are_taken_until_the_target_is_reached(target_kwh: float, charged: list[float]) -> None:
    found = planned(target_kwh)
    assert [slot.charge_kwh for slot in found.slots] == pytest.approx(charged, abs=1e-4)
    assert found.unmet == ()


def test_a_slot_dearer_than_the_targets_price_is_left_and_the_shortage_is_said() -> None:
    found = planned(12.0, price=0.85)
    assert [slot.charge_kwh for slot in found.slots] == pytest.approx([0, 3, 0, 3, 3, 0], abs=1e-4)
    assert len(found.unmet) == 1


def test_more_than_can_be_charged_takes_every_slot() -> None:
    found = planned(20.0)
    assert [slot.charge_kwh for slot in found.slots] == pytest.approx([3.0] * 6, abs=1e-4)
    assert len(found.unmet) == 1
