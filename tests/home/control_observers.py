"""What the rules of control do with given settings: PV surplus, main fuse, car, hold times."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from darkstar.control.decide import decide
from darkstar.control.decision import NO_OVERRIDES, Decision
from darkstar.control.rules.surplus import SurplusMeter
from darkstar.home.readings import Readings
from darkstar.home.settings import HomeSettings
from darkstar.inputs.snapshot import read_home
from darkstar.optimizer.plan import PlanSlot
from darkstar.policy.thresholds import PolicySlot
from tests.control.samples import sample_plan_slot, sample_policy_slot, sample_readings
from tests.inputs.fake_home_assistant import NOON, entity, having

MINUTE = timedelta(minutes=1)


def fuse_and_water_sensors(home: HomeSettings) -> object:
    """What the sensors of main fuse and hot water say."""
    states = [entity(f"sensor.phase_{number}", 10 + number, "A") for number in range(1, 4)]
    states += [entity("sensor.water", 55, "°C"), entity("sensor.other_water", 140, "°F")]
    got = read_home(having(*states), home, NOON)
    return [each and each.value for each in (*got.phase_currents_a, got.water_celsius)]


def surplus_heating(home: HomeSettings) -> object:
    """The water heater over two hours of rising and falling surplus, at several SoC."""
    plan, policy = sample_plan_slot(), sample_policy_slot(store_to=20)
    hour = [0.0, 1.0, 2.0, 3.0, 4.0, -1.0, -3.0]
    return [
        _course(home, [sample_readings(soc, surplus_kw=kw, pv_kw=6.0) for kw in hour], plan, policy) for soc in _SOCS
    ]


def at_the_fuse(home: HomeSettings) -> object:
    """All devices while a phase rises above 16 A and falls again."""
    plan, policy = sample_plan_slot(heater_kwh=0.75, ev_kwh=1.9), sample_policy_slot(buy_to=90)
    worst = [10.0, 15.0, 17.0, 21.0, 30.0, 16.5, 5.0, 3.0, 1.0]
    seen = [sample_readings(50, connected=True, phases_a=(amperes, 1.0, 2.0)) for amperes in worst]
    return _course(home, seen, plan, policy)


def surplus_mean(home: HomeSettings) -> object:
    """The mean surplus while PV rises from minute to minute."""
    meter = SurplusMeter(home.executor)
    means = []
    for minute in range(40):
        now = NOON + minute * MINUTE
        meter.add(now, sample_readings(50, pv_kw=minute / 10))
        means.append(meter.mean_kw(now))
    return means


_SOCS = (30.0, 50.0, 70.0)


def _course(home: HomeSettings, readings: list[Readings], plan: PlanSlot, policy: PolicySlot) -> list[Decision]:
    previous: Decision | None = None
    course = []
    for tick, seen in enumerate(readings):
        now = NOON + 5 * tick * MINUTE
        dated = tuple(each and replace(each, measured_at=now) for each in seen.phase_currents_a)
        at = replace(seen, read_at=now, phase_currents_a=dated)
        previous = decide(plan, policy, at, NO_OVERRIDES, home, previous, now)
        course.append(replace(previous, summary=""))
    return course
