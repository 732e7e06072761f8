"""The running plan in the optimizer's words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from darkstar.optimizer.plan import PlanStatus
from darkstar.optimizer.solve import plan
from darkstar.strategy.running import running_slots
from tests.optimizer.samples import START, with_water


def test_powers_from_now_on() -> None:
    planned = plan(with_water())
    now = START + timedelta(minutes=20)
    rows = running_slots(planned, now)
    assert [row.start for row in rows] == [slot.start for slot in planned.slots[1:]]
    for row, slot in zip(rows, planned.slots[1:], strict=True):
        assert row.storage_kw == pytest.approx(((slot.charge_kwh - slot.discharge_kwh) / slot.hours,))
        assert row.heater_kw == pytest.approx((slot.heater_kwh / slot.hours,))
        assert row.load_kw == ()


def test_no_plan_and_a_makeshift_are_none() -> None:
    assert running_slots(None, START) == ()
    assert running_slots(replace(plan(with_water()), status=PlanStatus.FALLBACK), START) == ()
