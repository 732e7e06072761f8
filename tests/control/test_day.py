"""A simulated day: decisions that change with slots, charge and PV, carried out tick by tick."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from darkstar.control.decide import decide
from darkstar.control.decision import NO_OVERRIDES, BatteryMode, Decision
from darkstar.control.dispatch.dispatcher import Dispatcher
from tests.control.fake_devices import FakeDevices
from tests.control.samples import (
    SLOT_START,
    sample_home,
    sample_plan_slot,
    sample_policy_slot,
    sample_readings,
)

TICK = timedelta(minutes=5)
POLICIES = {
    0: {"buy_to": 80.0, "load_floor": 80.0},
    6: {},
    9: {"store_to": 60.0},
    12: {},
    17: {"sell_to": 35.0},
    20: {"load_floor": 30.0},
}
"""Levels from an hour of the day on: buy by night, wait with PV, sell in the evening, keep the rest."""
SPEED_KW = {BatteryMode.GRID_CHARGE: 4.0, BatteryMode.EXPORT: -4.0}


def test_a_day_of_changing_decisions_writes_each_change_once() -> None:
    home, devices = sample_home(), FakeDevices()
    dispatcher = Dispatcher(devices, home, devices.sleep)
    soc = 40.0
    previous: Decision | None = None
    wanted: dict[str, str] = {}
    changes: Counter[str] = Counter()
    modes = set()
    for tick in range(288):
        now = SLOT_START + TICK * tick
        hour = tick // 12
        slot_start = SLOT_START + timedelta(minutes=15) * (tick // 3)
        policy = sample_policy_slot(start=slot_start, **POLICIES[max(start for start in POLICIES if start <= hour)])
        plan = sample_plan_slot(start=slot_start, heater_kwh=0.75 if hour in (2, 3, 13) else 0.0)
        readings = replace(sample_readings(soc, load_kw=1.0, pv_kw=3.0 if 9 <= hour < 15 else 0.0), read_at=now)
        decision = decide(plan, policy, readings, NO_OVERRIDES, home, previous, now)
        assert decision.battery is not None
        modes.add(decision.battery.mode)
        for step in dispatcher.dispatch(decision, now, soc):
            changes[step.entity_id] += wanted.get(step.entity_id) != step.wanted
            wanted[step.entity_id] = step.wanted
        battery = decision.battery
        rest_kw = min(2.0, battery.charge_kw) if 9 <= hour < 15 else -min(1.0, battery.discharge_kw)
        soc = min(max(soc + SPEED_KW.get(battery.mode, rest_kw) / 12 * 10, 0.0), 100.0)
        previous = decision
    assert modes == set(BatteryMode)
    writes = Counter(data["entity_id"] for _, data in devices.calls)
    assert all(writes[entity_id] <= changes[entity_id] for entity_id in writes)
    assert sum(writes.values()) < 60
