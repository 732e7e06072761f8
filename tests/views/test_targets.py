from dataclasses import replace

import pytest

from darkstar.optimizer.plan import Action
from darkstar.policy.thresholds import PolicySlot
from darkstar.views.targets import soc_target_kwh
from tests.views.samples import NOON, sample

LEVELS = PolicySlot(NOON, 0.25, 1.0, 2.0, 3.0, 4.0, 1.0)


@pytest.mark.parametrize(
    ("action", "target"),
    [
        (Action.CHARGE, 1.0),
        (Action.STORE, 2.0),
        (Action.DISCHARGE, 3.0),
        (Action.EXPORT, 4.0),
    ],
)
def test_each_action_steers_towards_its_own_level(action: Action, target: float) -> None:
    plan = sample().plan
    assert plan is not None
    assert soc_target_kwh(replace(plan.slots[0], action=action), LEVELS) == target


def test_a_resting_battery_keeps_what_it_has() -> None:
    plan = sample().plan
    assert plan is not None
    slot = replace(plan.slots[0], action=Action.HOLD)
    assert soc_target_kwh(slot, LEVELS) == slot.soc_kwh
