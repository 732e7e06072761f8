"""PV surplus into water: when it begins, when it ends, and what it never disturbs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from darkstar.control.decide import decide
from darkstar.control.decision import Decision, HeaterMode, HeaterSettingsNow, Override, OverrideKind, Source
from darkstar.home.settings import HomeSettings
from darkstar.optimizer.plan import Action, PlanSlot
from darkstar.policy.thresholds import PolicySlot
from tests.control.samples import NOW, acting, sample_home, sample_plan_slot, sample_policy_slot, sample_readings

MINUTE = timedelta(minutes=1)
HOME = sample_home()
PLAN = sample_plan_slot(Action.STORE)
FEEDS_IN = sample_policy_slot(store_to=30)
"""PV surplus is not stored above 30 %."""


def choose(
    surplus_kw: float | None,
    *,
    soc: float | None = 50,
    pv_kw: float | None = 5.0,
    water: float | None = 60.0,
    vacation: bool | None = False,
    plan: PlanSlot | None = PLAN,
    policy: PolicySlot | None = FEEDS_IN,
    kind: OverrideKind | None = None,
    home: HomeSettings = HOME,
    previous: Decision | None = None,
    minutes: float = 0,
    ev_kw: float | None = None,
    connected: bool | None = None,
) -> Decision:
    now = NOW + minutes * MINUTE
    action = None if kind is None else Override(kind, now - MINUTE, now + 59 * MINUTE)
    readings = sample_readings(
        soc,
        pv_kw=pv_kw,
        surplus_kw=surplus_kw,
        water=water,
        vacation=vacation,
        ev_kw=ev_kw,
        connected=connected,
    )
    return decide(plan, policy, readings, acting(action), home, previous, now)


def heater_of(decision: Decision) -> HeaterSettingsNow:
    assert decision.heater is not None
    return decision.heater


def heats(decision: Decision) -> bool:
    heater = heater_of(decision)
    assert (heater.mode is HeaterMode.MAX) is (heater.source is Source.SURPLUS)
    return heater.mode is HeaterMode.MAX


@pytest.mark.parametrize(
    ("soc", "surplus_kw", "water", "expected"),
    [
        (50, 3.0, 60.0, True),
        (49, 3.0, 60.0, False),
        (50, 1.9, 60.0, False),
        (50, 2.0, 60.0, True),
        (50, 3.0, None, True),
        (50, 3.0, 85.0, False),
        (50, None, 60.0, False),
        (None, 3.0, 60.0, False),
    ],
)
def test_when_it_begins(soc: float | None, surplus_kw: float | None, water: float | None, expected: bool) -> None:
    assert heats(choose(surplus_kw, soc=soc, water=water)) is expected


def test_it_touches_the_heater_alone_and_says_why() -> None:
    with_surplus, without = choose(3.0), choose(None)
    assert with_surplus.battery == without.battery
    assert heater_of(with_surplus).reason == (
        "a PV surplus of 3.0 kW, which the battery does not take, heats water up to 85 °C"
    )
    assert "water heater heating on PV surplus" in with_surplus.summary


@pytest.mark.parametrize(
    ("soc", "policy", "plan"),
    [
        (50, sample_policy_slot(store_to=80), PLAN),
        (50, None, PLAN),
        (50, sample_policy_slot(buy_to=80), PLAN),
        (90, sample_policy_slot(store_to=30, sell_to=60), PLAN),
        (90, None, sample_plan_slot(Action.EXPORT, soc_kwh=5.0)),
        (50, None, sample_plan_slot(Action.CHARGE, soc_kwh=8.0)),
        (50, FEEDS_IN, None),
        (50, None, None),
    ],
)
def test_what_the_battery_takes_or_sells_is_not_disturbed(
    soc: float, policy: PolicySlot | None, plan: PlanSlot | None
) -> None:
    decision = choose(4.9, soc=soc, policy=policy, plan=plan)
    assert not heats(decision)
    assert decision == replace(choose(None, soc=soc, policy=policy, plan=plan), decided_at=decision.decided_at)


def test_surplus_beyond_what_the_battery_can_take_heats() -> None:
    stores = sample_policy_slot(store_to=80)
    assert not heats(choose(6.9, policy=stores, pv_kw=9.0))
    assert heats(choose(7.0, policy=stores, pv_kw=9.0))
    assert heats(choose(3.0, policy=None, soc=100))
    assert heats(choose(3.0, policy=stores, soc=100, kind=OverrideKind.FORCE_CHARGE))
    assert not heats(choose(3.0, policy=stores, soc=99, kind=OverrideKind.PAUSE))


def test_the_car_goes_first() -> None:
    home = sample_home(ev={"capacity_kwh": 60.0})
    car = sample_plan_slot(Action.STORE, ev_kwh=11 * 0.69 / 4)
    assert not heats(choose(9.5, plan=car, home=home, connected=True, pv_kw=10.0, ev_kw=0.0))
    assert heats(choose(2.0, plan=car, home=home, connected=True, pv_kw=10.0, ev_kw=7.6))


def test_no_surplus_heating_on_vacation_or_when_switched_off() -> None:
    assert not heats(choose(3.0, vacation=True))
    assert heats(choose(3.0, vacation=None))
    assert not heats(choose(3.0, home=sample_home(executor={"pv_surplus_kw": None})))
    assert not heats(choose(3.0, home=sample_home(executor={"pv_surplus_kw": 3.1})))
    assert choose(3.0, home=sample_home(water_heater=None)).heater is None


def test_a_cycle_against_legionella_is_not_displaced() -> None:
    cycle = replace(sample_plan_slot(Action.STORE, heater_kwh=0.75), hygiene=True)
    for decision in (choose(None, plan=cycle), choose(3.0, plan=cycle), choose(3.0, plan=cycle, vacation=True)):
        assert (heater_of(decision).mode, heater_of(decision).source) == (HeaterMode.HYGIENE, Source.PLAN)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        (OverrideKind.FORCE_HEAT, HeaterMode.BOOST),
        (OverrideKind.STOP_ALL, HeaterMode.OFF),
        (OverrideKind.PAUSE, HeaterMode.NORMAL),
    ],
)
def test_quick_actions_go_first(kind: OverrideKind, mode: HeaterMode) -> None:
    assert heater_of(choose(3.0, kind=kind)).mode is mode


def test_the_heaters_own_draw_does_not_end_it() -> None:
    begun = choose(2.5)
    assert heats(begun)
    assert heats(choose(2.5 - 3.0, previous=begun, minutes=20))
    assert heats(choose(-1.9, previous=begun, minutes=20))
    assert not heats(choose(-2.1, previous=begun, minutes=20))


def test_a_heater_that_the_load_meter_does_not_see_is_not_added() -> None:
    home = sample_home(entities={"load_includes_water_heater": False})
    begun = choose(2.5, home=home)
    assert heats(choose(1.0, previous=begun, minutes=20, home=home))
    assert not heats(choose(0.9, previous=begun, minutes=20, home=home))


def test_it_ends_when_the_sun_is_gone_though_the_thermostat_rests() -> None:
    begun = choose(2.5)
    assert not heats(choose(-1.0, pv_kw=0.9, previous=begun, minutes=20))


@pytest.mark.parametrize(("surplus_kw", "soc", "water"), [(-2.5, 50, 60.0), (2.0, 48.9, 60.0), (2.0, 50, 85.0)])
def test_it_ends_after_the_hold_time(surplus_kw: float, soc: float, water: float) -> None:
    begun = choose(3.0)
    soon = choose(surplus_kw, soc=soc, water=water, previous=begun, minutes=9.9)
    assert heats(soon)
    assert not heats(choose(surplus_kw, soc=soc, water=water, previous=soon, minutes=10))


def test_within_the_margins_it_goes_on() -> None:
    begun = choose(3.0)
    assert heats(choose(0.0, soc=49.1, water=84.9, previous=begun, minutes=60))


def test_what_it_must_not_disturb_ends_it_at_once() -> None:
    begun = choose(3.0, soc=90)
    assert not heats(choose(3.0, soc=90, previous=begun, minutes=1, policy=sample_policy_slot(sell_to=60)))
    assert not heats(choose(3.0, soc=90, previous=begun, minutes=1, vacation=True))
    assert not heats(choose(None, soc=90, previous=begun, minutes=1))
    assert not heats(choose(3.0, soc=90, previous=begun, minutes=1, plan=None))
    assert not heats(choose(3.0, soc=None, previous=begun, minutes=1))


@pytest.mark.parametrize("true_surplus_kw", [2.0, 2.5, 3.0, 4.0, 1.5])
def test_a_steady_surplus_does_not_flap(true_surplus_kw: float) -> None:
    previous = choose(3.0)
    seen = []
    for tick in range(60):
        draws_kw = 3.0 if heats(previous) else 0.0
        previous = choose(true_surplus_kw - draws_kw, previous=previous, minutes=5 * (tick + 1))
        seen.append(heats(previous))
    assert sum(one is not other for one, other in pairwise(seen)) == 0


@pytest.mark.parametrize(
    ("heater_kwh", "hygiene", "mode"),
    [(0.75, True, HeaterMode.HYGIENE), (0.75, False, HeaterMode.NORMAL), (0.0, False, HeaterMode.OFF)],
)
@pytest.mark.parametrize("vacation", [False, True])
def test_a_slot_of_a_cycle_commands_its_temperature(
    heater_kwh: float, hygiene: bool, mode: HeaterMode, vacation: bool
) -> None:
    slot = replace(sample_plan_slot(heater_kwh=heater_kwh), hygiene=hygiene)
    heater = heater_of(choose(None, plan=slot, vacation=vacation))
    assert (heater.mode, heater.source) == (mode, Source.PLAN)
    assert ("legionella" in heater.reason) is hygiene
