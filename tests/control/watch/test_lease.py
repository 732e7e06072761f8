"""The lease: what is left on the inverter, who may end it, and a heart that only beats while ticks succeed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from darkstar.control.decision import BatteryMode, Decision, ExecutionStep, StepResult
from darkstar.control.watch.lease import (
    Grip,
    Lease,
    beat_seconds,
    grip_after,
    grip_of,
    is_alive,
    left_forced,
    released,
)
from darkstar.home.ports import CallResult, EntityState
from tests.control.samples import NOW, decided, sample_home, sample_readings

HOME = sample_home()
SHADOW = sample_home(executor={"shadow_mode": True})
LEASE = HOME.entities.lease
CHARGE = decided(BatteryMode.GRID_CHARGE).battery
REST = decided().battery
HOLD = decided(discharge_kw=0.0).battery
HANDS_OFF = Decision(NOW, None, None, "off", hands_off="the automation is off")
assert CHARGE is not None
assert REST is not None
assert HOLD is not None


class Helper:
    """The lease helper alone."""

    def __init__(self, state: str | None) -> None:
        self.value = state
        self.calls: list[float] = []

    def state(self, entity_id: str) -> EntityState | None:
        assert entity_id == LEASE
        return None if self.value is None else EntityState(entity_id, self.value, {}, NOW)

    def call(self, service: str, **data: object) -> CallResult:
        assert (service, data["entity_id"]) == ("input_number/set_value", LEASE)
        self.calls.append(float(str(data["value"])))
        self.value = str(data["value"])
        return CallResult(ok=True)


def step(result: StepResult) -> ExecutionStep:
    return ExecutionStep("switch.x", "on", "off", result)


@pytest.mark.parametrize(
    ("mode", "discharge_kw", "grip"),
    [
        (BatteryMode.GRID_CHARGE, 5.0, Grip.FORCED),
        (BatteryMode.EXPORT, 5.0, Grip.FORCED),
        (BatteryMode.SELF_USE, 0.0, Grip.LIMITED),
        (BatteryMode.SELF_USE, 5.0, Grip.FREE),
    ],
)
def test_grip_says_how_far_the_inverter_is_from_working_by_itself(
    mode: BatteryMode, discharge_kw: float, grip: Grip
) -> None:
    settings = decided(mode, discharge_kw=discharge_kw).battery
    assert settings is not None
    assert grip_of(settings, HOME) is grip


@pytest.mark.parametrize(
    ("before", "result", "after"),
    [
        (Grip.FORCED, StepResult.WRITTEN, Grip.FREE),
        (Grip.FORCED, StepResult.UNCHANGED, Grip.FREE),
        (Grip.FORCED, StepResult.FAILED, Grip.FORCED),
        (Grip.FORCED, StepResult.UNREADABLE, Grip.FORCED),
        (Grip.LIMITED, StepResult.DEFERRED, Grip.LIMITED),
    ],
)
def test_the_grip_goes_only_when_everything_is_settled(before: Grip, result: StepResult, after: Grip) -> None:
    assert grip_after(before, REST, [step(result)], HOME) is after


def test_a_purchase_counts_as_begun_when_it_is_commanded() -> None:
    assert grip_after(Grip.FREE, CHARGE, [step(StepResult.FAILED)], HOME) is Grip.FORCED
    assert grip_after(Grip.FREE, CHARGE, [step(StepResult.SHADOW)], SHADOW) is Grip.FREE
    assert grip_after(Grip.FORCED, None, [], HOME) is Grip.FORCED


@pytest.mark.parametrize("grip", [Grip.FORCED, Grip.LIMITED])
def test_who_switches_the_automation_off_gets_self_use_back(grip: Grip) -> None:
    last = released(HANDS_OFF, grip, sample_readings(50, automation=False), HOME)
    assert last is not None
    assert grip_of(last, HOME) is Grip.FREE
    assert last.reason


@pytest.mark.parametrize(
    ("automation", "manual", "grip", "home"),
    [
        (False, False, Grip.FREE, HOME),
        (False, True, Grip.FORCED, HOME),
        (True, True, Grip.FORCED, HOME),
        (None, False, Grip.FORCED, HOME),
        (False, None, Grip.FORCED, HOME),
        (False, False, Grip.FORCED, SHADOW),
    ],
)
def test_nothing_is_released_by_hand_or_unread_or_in_shadow(
    automation: bool | None, manual: bool | None, grip: Grip, home: object
) -> None:
    readings = sample_readings(50, automation=automation, manual=manual)
    assert released(HANDS_OFF, grip, readings, HOME if home is HOME else SHADOW) is None


def test_while_darkstar_steers_nothing_is_released() -> None:
    steering = replace(HANDS_OFF, hands_off=None)
    assert released(steering, Grip.FORCED, sample_readings(50, automation=False), HOME) is None


def test_the_owner_is_told_of_a_purchase_that_hands_off_left_on() -> None:
    (problem,) = left_forced(HANDS_OFF, Grip.FORCED, NOW, HOME)
    assert "18:05" in problem.meaning
    assert LEASE in problem.remedy
    assert left_forced(HANDS_OFF, Grip.LIMITED, None, HOME) == ()
    assert left_forced(replace(HANDS_OFF, hands_off=None), Grip.FORCED, None, HOME) == ()


def test_a_renewal_grants_so_many_minutes_from_now_on() -> None:
    helper, lease = Helper("0.0"), Lease(HOME)
    lease.renew(helper, NOW)
    assert helper.calls == [NOW.timestamp() + 15 * 60]
    assert lease.until == NOW + timedelta(minutes=15)


@pytest.mark.parametrize("now", [datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)])
def test_the_hour_that_comes_twice_is_not_ambiguous(now: datetime) -> None:
    helper, lease = Helper("0.0"), Lease(HOME)
    lease.renew(helper, now)
    again = Lease(HOME)
    again.read(helper)
    assert again.until == lease.until == now + timedelta(minutes=15)


def test_the_end_is_written_once() -> None:
    helper, lease = Helper("1763800000.0"), Lease(HOME)
    lease.end(helper)
    lease.end(helper)
    assert helper.calls == [0]
    assert lease.is_ended(helper)


@pytest.mark.parametrize("state", [None, "unavailable", "unknown", "0.0", "-5", "1e300"])
def test_a_helper_that_says_nothing_grants_nothing(state: str | None) -> None:
    helper, lease = Helper(state), Lease(HOME)
    lease.read(helper)
    assert lease.until is None


def test_without_the_helper_nothing_is_called_and_nothing_promised() -> None:
    helper, lease = Helper(None), Lease(HOME)
    lease.renew(helper, NOW)
    lease.end(helper)
    assert helper.calls == []
    assert lease.until is None
    assert not lease.is_ended(helper)


@pytest.mark.parametrize(("minutes", "seconds"), [(1, 20), (3, 60), (15, 60), (120, 60)])
def test_two_signs_of_life_may_get_lost(minutes: float, seconds: float) -> None:
    assert beat_seconds(sample_home(executor={"lease_minutes": minutes})) == seconds


@pytest.mark.parametrize(("age_s", "alive"), [(0, True), (700, True), (800, False), (-800, False)])
def test_there_is_no_sign_of_life_while_ticks_fail(age_s: float, alive: bool) -> None:
    assert is_alive(NOW - timedelta(seconds=age_s), NOW, HOME) is alive
    assert not is_alive(None, NOW, HOME)
