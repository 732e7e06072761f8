"""The fuse guard: who gives way, by how much, and when it comes back."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.control.decide import decide
from darkstar.control.decision import (
    BatteryMode,
    Decision,
    EvMode,
    HeaterMode,
    Override,
    OverrideKind,
    Source,
)
from darkstar.control.rules.fuse import exceeded
from darkstar.home.settings import HomeSettings
from darkstar.optimizer.plan import PlanSlot
from darkstar.policy.thresholds import PolicySlot
from tests.control.samples import NOW, acting, sample_home, sample_plan_slot, sample_policy_slot, sample_readings

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
PHASES = ["sensor.phase_1", "sensor.phase_2", "sensor.phase_3"]
FUSE_A = 20.0
KW = 0.69
"""Of one ampere on three phases."""
BUYS = sample_policy_slot(buy_to=90, load_floor=95)
ALL_ON = sample_plan_slot(heater_kwh=0.75, ev_kwh=11 * KW / 4)
"""Heater on, car at 11 A."""


def guarded_home(**grid: Any) -> HomeSettings:
    return sample_home(
        grid={"fuse_a": FUSE_A, **grid},
        ev={"capacity_kwh": 60.0, "from_home_battery": True},
        entities={"phase_currents": PHASES},
    )


HOME = guarded_home()
HEATER_A = 3.0 / KW
BATTERY_A = 5.0 / KW


def choose(
    *phases_a: float | None,
    previous: Decision | None = None,
    after: timedelta = timedelta(0),
    home: HomeSettings = HOME,
    plan: PlanSlot | None = ALL_ON,
    policy: PolicySlot | None = BUYS,
    kinds: tuple[OverrideKind, ...] = (),
    soc: float | None = 50,
    measured_after: timedelta | None = None,
    battery_kw: float | None = None,
    ev_kw: float | None = None,
) -> Decision:
    now = NOW + after
    at = now if measured_after is None else NOW + measured_after
    actions = acting(*(Override(kind, now - MINUTE, now + 59 * MINUTE) for kind in kinds))
    readings = sample_readings(soc, connected=True, phases_a=phases_a, at=at, battery_kw=battery_kw, ev_kw=ev_kw)
    return decide(plan, policy, readings, actions, home, previous, now)


def currents(decision: Decision) -> tuple[float, float, bool]:
    """Of the battery in kW, of the car in A, and whether the heater is on."""
    battery, ev, heater = decision.battery, decision.ev, decision.heater
    charge_kw = battery.charge_kw if battery is not None and battery.mode is BatteryMode.GRID_CHARGE else 0.0
    current_a = ev.current_a if ev is not None and ev.mode is EvMode.CHARGE else 0.0
    return charge_kw, current_a, heater is not None and heater.mode is not HeaterMode.OFF


RUNNING = choose(18, 17, 16, home=sample_home(ev={"capacity_kwh": 60.0}))


def test_what_runs_goes_on_below_the_fuse() -> None:
    assert currents(RUNNING) == (5, 11, True)
    for worst in (0.0, 12.0, 20.0):
        decision = choose(worst, 3, 4, previous=RUNNING)
        assert currents(decision) == (5, 11, True)
        assert "fuse" not in decision.summary


def test_without_a_fuse_setting_nothing_is_cut() -> None:
    home = sample_home(ev={"capacity_kwh": 60.0}, entities={"phase_currents": PHASES})
    assert currents(choose(90, 90, 90, previous=RUNNING, home=home)) == (5, 11, True)


@pytest.mark.parametrize(
    ("worst", "expected"),
    [
        (20.1, (7 * KW, 11, True)),
        (22.0, (5 * KW, 11, True)),
        (20.0 + BATTERY_A, (0, 11, True)),
        (20.0 + BATTERY_A + 0.5, (0, 10, True)),
        (20.0 + BATTERY_A + 5, (0, 6, True)),
        (20.0 + BATTERY_A + 5.5, (0, 0, True)),
        (20.0 + BATTERY_A + 11, (0, 0, True)),
        (20.0 + BATTERY_A + 11.1, (0, 0, False)),
        (90.0, (0, 0, False)),
    ],
)
def test_battery_then_car_then_heater(worst: float, expected: tuple[float, float, bool]) -> None:
    charge_kw, *others = currents(choose(5, worst, 6, previous=RUNNING))
    assert charge_kw == pytest.approx(expected[0])
    assert tuple(others) == expected[1:]


def test_the_order_is_a_setting() -> None:
    home = guarded_home(fuse_sacrifice=["heater", "ev", "battery"])
    assert currents(choose(21, 0, 0, previous=RUNNING, home=home)) == (5, 11, False)
    assert currents(choose(25, 0, 0, previous=RUNNING, home=home)) == (5, 10, False)
    spared = guarded_home(fuse_sacrifice=["ev"])
    assert currents(choose(90, 0, 0, previous=RUNNING, home=spared)) == (5, 0, True)


def test_the_reason_has_the_numbers_and_safety_is_the_source() -> None:
    decision = choose(5, 30, 6, previous=RUNNING)
    assert decision.battery is not None
    assert decision.ev is not None
    assert decision.heater is not None
    assert decision.battery.reason.endswith("; the fuse guard allows 0.0 of 5 kW: 30.0 A on sensor.phase_2, fuse 20 A")
    assert decision.ev.reason.endswith("; the fuse guard allows 8 A of 11 A: 30.0 A on sensor.phase_2, fuse 20 A")
    sources = (decision.battery.source, decision.ev.source, decision.heater.source)
    assert sources == (Source.SAFETY, Source.SAFETY, Source.PLAN)


@pytest.mark.parametrize("soc", [50, 5, None])
@pytest.mark.parametrize("plan", [ALL_ON, None])
@pytest.mark.parametrize("policy", [BUYS, None])
@pytest.mark.parametrize(
    "kinds",
    [(), (OverrideKind.FORCE_CHARGE, OverrideKind.FORCE_EV, OverrideKind.FORCE_HEAT), (OverrideKind.PAUSE,)],
)
def test_it_holds_with_and_without_plan_soc_and_quick_action(
    soc: float | None, plan: PlanSlot | None, policy: PolicySlot | None, kinds: tuple[OverrideKind, ...]
) -> None:
    previous = choose(10, 10, 10, soc=soc, plan=plan, policy=policy, kinds=kinds)
    decision = choose(99, 10, 10, soc=soc, plan=plan, policy=policy, kinds=kinds, previous=previous, after=MINUTE)
    assert currents(decision) == (0, 0, False)


def test_hands_off_is_hands_off() -> None:
    readings = sample_readings(50, manual=True, phases_a=(99, 99, 99))
    decision = decide(ALL_ON, BUYS, readings, acting(), HOME, RUNNING, NOW)
    assert (decision.battery, decision.ev, decision.heater) == (None, None, None)


def test_what_begins_gets_the_room_that_there_is() -> None:
    resting = choose(8, 8, 8, plan=sample_plan_slot(ev_kwh=0.0), policy=sample_policy_slot())
    assert currents(resting) == (0, 0, False)
    started = choose(4, 3, 2, previous=resting, after=15 * MINUTE)
    heater_and_car = 11 + HEATER_A
    room = int(16 - heater_and_car)
    assert currents(started)[0] == pytest.approx(room * KW)
    assert currents(started)[1:] == (11, True)


def test_a_feed_in_is_no_draw() -> None:
    decision = choose(-60, -40, 3, previous=RUNNING)
    assert currents(decision) == (5, 11, True)
    assert not exceeded(sample_readings(50, phases_a=(-60, -40, 3)), HOME)
    assert currents(choose(-60, -40, -30, previous=RUNNING)) == (5, 11, True)


def test_a_battery_that_has_not_begun_is_cut_from_what_it_was_told() -> None:
    assert currents(choose(22, 0, 0, previous=RUNNING, battery_kw=0.0))[0] == pytest.approx(5 * KW)


def test_what_a_device_gives_up_makes_room_for_another() -> None:
    home = guarded_home(fuse_sacrifice=["battery", "ev"])
    charging = choose(10, 0, 0, plan=sample_plan_slot(ev_kwh=0.0), home=home)
    assert currents(charging) == (5, 0, False)
    plan = sample_plan_slot(ev_kwh=8 * KW / 4)
    for battery_kw, current in ((5.0, 8), (None, 0)):
        swapped = choose(
            18,
            0,
            0,
            plan=plan,
            policy=sample_policy_slot(),
            previous=charging,
            after=15 * MINUTE,
            home=home,
            battery_kw=battery_kw,
        )
        assert currents(swapped) == (0, current, False)


@pytest.mark.parametrize(
    ("phases", "expected"),
    [((20.1, 0, 0), True), ((20, 20, 20), False), ((None, 21, 0), True), ((None, None, None), False), ((), False)],
)
def test_exceeded(phases: tuple[float | None, ...], expected: bool) -> None:
    assert exceeded(sample_readings(50, phases_a=phases), HOME) is expected
    assert not exceeded(sample_readings(50, phases_a=phases), sample_home())


def test_a_car_that_draws_less_than_allowed_is_cut_from_what_it_draws() -> None:
    home = guarded_home(fuse_sacrifice=["ev"])
    decision = choose(22, 0, 0, previous=RUNNING, home=home, ev_kw=9 * KW)
    assert currents(decision)[1] == 7


def test_the_same_reading_does_not_cut_twice() -> None:
    cut = choose(22, 0, 0, previous=RUNNING, after=MINUTE)
    assert currents(cut)[0] == pytest.approx(5 * KW)
    again = choose(22, 0, 0, previous=cut, after=MINUTE + SECOND, measured_after=MINUTE)
    assert currents(again)[0] == pytest.approx(5 * KW)
    still = choose(22, 0, 0, previous=again, after=MINUTE + 6 * SECOND)
    assert currents(still)[0] == pytest.approx(3 * KW)


def test_what_was_taken_comes_back_after_room_for_the_hold_time() -> None:
    cut = choose(22, 0, 0, previous=RUNNING)
    assert currents(cut)[0] == pytest.approx(5 * KW)
    roomy = choose(10, 0, 0, previous=cut, after=9 * MINUTE)
    assert currents(roomy)[0] == pytest.approx(5 * KW)
    tight = choose(20, 0, 0, previous=roomy, after=9.5 * MINUTE)
    waiting = choose(10, 0, 0, previous=tight, after=19 * MINUTE)
    assert currents(waiting)[0] == pytest.approx(5 * KW)
    back = choose(10, 0, 0, previous=waiting, after=19.5 * MINUTE)
    assert currents(back) == (5, 11, True)
    assert not [rule for rule in back.holding if rule.rule.startswith("fuse")]


def test_a_part_comes_back_where_there_is_no_room_for_the_whole() -> None:
    cut = choose(26, 0, 0, previous=RUNNING)
    assert currents(cut)[0] == pytest.approx(1 * KW)
    part = choose(16.5, 0, 0, previous=cut, after=10 * MINUTE)
    assert currents(part)[0] == pytest.approx(4 * KW)
    assert currents(choose(18, 0, 0, previous=part, after=15 * MINUTE))[0] == pytest.approx(4 * KW)
    assert currents(choose(18, 0, 0, previous=part, after=20 * MINUTE))[0] == pytest.approx(6 * KW)


def test_a_stopped_car_comes_back_only_with_its_smallest_current() -> None:
    home = guarded_home(fuse_sacrifice=["ev"])
    cut = choose(26, 0, 0, previous=RUNNING, home=home)
    assert currents(cut)[1] == 0
    assert currents(choose(14.1, 0, 0, previous=cut, after=30 * MINUTE, home=home))[1] == 0
    assert currents(choose(13, 0, 0, previous=cut, after=30 * MINUTE, home=home))[1] == 7


def test_a_phase_that_cannot_be_read_lets_the_plan_go_on_and_nothing_come_back() -> None:
    assert currents(choose(None, 12, 3, previous=RUNNING)) == (5, 11, True)
    assert currents(choose(None, 22, 3, previous=RUNNING))[0] == pytest.approx(5 * KW)
    cut = choose(22, 0, 0, previous=RUNNING)
    for phases in ((None, 0, 0), (None, None, None), ()):
        blind = choose(*phases, previous=cut, after=60 * MINUTE)
        assert currents(blind)[0] == pytest.approx(5 * KW)
        back = choose(0, 0, 0, previous=blind, after=69 * MINUTE)
        assert currents(back)[0] == pytest.approx(5 * KW)
        assert currents(choose(0, 0, 0, previous=back, after=70 * MINUTE)) == (5, 11, True)


def test_beyond_the_plan_nothing_is_bought_blindly() -> None:
    resting = choose(8, 8, 8, plan=sample_plan_slot(ev_kwh=0.0), policy=sample_policy_slot())
    kinds = (OverrideKind.FORCE_CHARGE, OverrideKind.FORCE_EV)
    forced = choose(None, 0, 0, previous=resting, kinds=kinds)
    assert currents(forced)[:2] == (0, 6)
    assert forced.battery is not None
    assert "a phase cannot be read" in forced.battery.reason.replace("another phase", "a phase")
    alone = choose(None, None, None, previous=resting, plan=None, policy=None)
    assert currents(alone) == (0, 6, True)
    empty = choose(None, 0, 0, previous=resting, soc=5, plan=None, policy=None)
    assert currents(empty)[0] == 5


def test_a_charger_that_is_left_alone_gives_way_too() -> None:
    readings = sample_readings(50, connected=None, phases_a=(24, 0, 0), ev_kw=11 * KW)
    decision = decide(sample_plan_slot(), sample_policy_slot(), readings, acting(), HOME, None, NOW)
    assert decision.ev is not None
    assert (decision.ev.mode, decision.ev.current_a, decision.ev.source) == (EvMode.CHARGE, 7, Source.SAFETY)


load_a = st.floats(0, 40)


@given(
    st.lists(st.tuples(load_a, load_a, load_a), min_size=1, max_size=12),
    st.permutations(["battery", "ev", "heater"]),
    st.sampled_from([10, 60, 300]),
    st.booleans(),
)
def test_in_closed_loop_the_fuse_holds_as_far_as_the_devices_can_help(
    loads: list[tuple[float, float, float]], order: list[str], seconds: int, meters: bool
) -> None:
    """Devices that draw what they are told; each load stays for two ticks, the first shows it."""
    home = guarded_home(fuse_sacrifice=order)
    previous = RUNNING
    after = timedelta(0)
    for base in loads:
        for tick in range(2):
            charge_kw, current_a, heats = currents(previous)
            own_a = charge_kw / KW + current_a + (HEATER_A if heats else 0.0)
            phases = tuple(each + own_a for each in base)
            powers = (charge_kw, current_a * KW) if meters else (None, None)
            after += seconds * SECOND
            previous = choose(*phases, previous=previous, after=after, home=home, battery_kw=powers[0], ev_kw=powers[1])
            charge_kw, current_a, heats = currents(previous)
            now_a = charge_kw / KW + current_a + (HEATER_A if heats else 0.0)
            assert max(base) + now_a <= max(FUSE_A, *base) + 1e-6, tick


@given(st.lists(st.floats(0, 12), min_size=20, max_size=40))
def test_a_jumping_load_makes_at_most_one_rise_in_the_hold_time(loads: list[float]) -> None:
    previous, after = RUNNING, timedelta(0)
    rises = []
    for base in loads:
        charge_kw, current_a, heats = currents(previous)
        own_a = charge_kw / KW + current_a + (HEATER_A if heats else 0.0)
        after += 30 * SECOND
        previous = choose(base + own_a, 0, 0, previous=previous, after=after)
        if currents(previous)[0] > charge_kw + 1e-9:
            rises.append(after)
    assert all(later - earlier >= 10 * MINUTE for earlier, later in pairwise(rises))
