"""What the history keeps of the plan, and what the next slot would decide."""

from dataclasses import replace
from datetime import timedelta

import pytest

from darkstar.control.decision import NO_OVERRIDES, BatteryMode, Override, OverrideKind, Source
from darkstar.control.planned import planned_now
from darkstar.control.preview import next_decision
from darkstar.optimizer.plan import BatterySlot
from tests.control.samples import (
    NOW,
    SLOT_START,
    acting,
    sample_home,
    sample_plan,
    sample_plan_slot,
    sample_policy,
    sample_policy_slot,
    sample_readings,
)

QUARTER = timedelta(minutes=15)
HOME = sample_home()


def test_the_plan_of_the_slot_is_kept_as_mean_powers() -> None:
    slot = replace(
        sample_plan_slot(soc_kwh=4.0, heater_kwh=0.75, ev_kwh=1.0),
        batteries=(BatterySlot(1.0, 0.5, 4.0),),
        export_kwh=0.25,
    )
    planned = planned_now(slot, 10.0)
    assert planned is not None
    assert planned.slot_start == SLOT_START
    assert (planned.charge_kw, planned.discharge_kw, planned.export_kw) == (4.0, 2.0, 1.0)
    assert (planned.heater_kw, planned.ev_kw) == (3.0, 4.0)
    assert planned.soc_percent == pytest.approx(40)
    assert planned.action == "discharge"


def test_no_slot_and_no_capacity_are_none() -> None:
    assert planned_now(None, 10.0) is None
    planned = planned_now(sample_plan_slot(), 0.0)
    assert planned is not None
    assert planned.soc_percent is None


def test_the_next_slot_is_decided_with_the_soc_that_the_plan_has_there() -> None:
    plan = sample_plan()
    buys = sample_policy_slot(buy_to=80, start=SLOT_START + QUARTER)
    policy = replace(sample_policy(), slots=(sample_policy().slots[0], buys, *sample_policy().slots[2:]))
    decision = next_decision(plan, policy, sample_readings(90), NO_OVERRIDES, HOME, None, NOW)
    assert decision.decided_at == SLOT_START + QUARTER
    assert decision.battery is not None
    assert decision.battery.mode is BatteryMode.GRID_CHARGE  # from the planned 50 %, not from 90 %


def test_a_quick_action_that_ends_before_the_next_slot_does_not_count() -> None:
    plan, policy = sample_plan(), sample_policy()
    short = Override(OverrideKind.FORCE_CHARGE, NOW, NOW + timedelta(minutes=5), 100)
    long = replace(short, expires_at=NOW + timedelta(minutes=30))
    sources = []
    for override in (short, long):
        decision = next_decision(plan, policy, sample_readings(50), acting(override), HOME, None, NOW)
        assert decision.battery is not None
        sources.append(decision.battery.source)
    assert sources == [Source.PLAN, Source.OVERRIDE]


def test_without_a_plan_the_next_quarter_hour_is_self_use() -> None:
    decision = next_decision(None, None, sample_readings(50), NO_OVERRIDES, HOME, None, NOW)
    assert decision.decided_at == SLOT_START + QUARTER
    assert decision.battery is not None
    assert decision.battery.mode is BatteryMode.SELF_USE
