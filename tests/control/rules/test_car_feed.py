"""The home battery covers the house while the car charges, and does not feed the car."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.control.decide import decide
from darkstar.control.decision import BatteryMode, BatterySettingsNow, Decision, Override, OverrideKind, Source
from darkstar.home.settings import HomeSettings
from darkstar.optimizer.plan import PlanSlot
from darkstar.policy.thresholds import PolicySlot
from tests.control.samples import NOW, acting, sample_home, sample_plan_slot, sample_policy_slot, sample_readings

CAR = {"capacity_kwh": 60.0}
HOME = sample_home(ev=CAR)
CHARGES = sample_plan_slot(ev_kwh=11 * 0.69 / 4)
RESTS = sample_plan_slot(ev_kwh=0.0)
COVERS = sample_policy_slot()
SELLS = sample_policy_slot(sell_to=30)


def choose(
    load_kw: float | None,
    ev_kw: float | None,
    *,
    pv_kw: float | None = 0.0,
    plan: PlanSlot | None = CHARGES,
    policy: PolicySlot | None = COVERS,
    home: HomeSettings = HOME,
    previous: Decision | None = None,
    kind: OverrideKind | None = None,
    soc: float = 50,
) -> Decision:
    action = None if kind is None else Override(kind, NOW, NOW + timedelta(hours=1))
    readings = sample_readings(soc, load_kw=load_kw, ev_kw=ev_kw, pv_kw=pv_kw, connected=True)
    return decide(plan, policy, readings, acting(action), home, previous, NOW)


def battery_of(decision: Decision) -> BatterySettingsNow:
    assert decision.battery is not None
    return decision.battery


@pytest.mark.parametrize(
    ("load_kw", "ev_kw", "pv_kw", "limit_kw"),
    [
        (9.0, 7.6, 0.0, 1.5),
        (9.2, 7.6, 0.0, 2.0),
        (9.1, 7.6, 0.0, 1.5),
        (9.0, 7.6, 1.0, 0.5),
        (9.0, 7.6, 5.0, 0.0),
        (9.0, 7.6, None, 1.5),
        (7.0, 7.6, 0.0, 0.0),
        (20.0, 7.6, 0.0, 5.0),
        (None, 7.6, 0.0, 0.0),
        (9.0, None, 0.0, 0.0),
    ],
)
def test_the_battery_covers_the_house_alone(
    load_kw: float | None, ev_kw: float | None, pv_kw: float | None, limit_kw: float
) -> None:
    settings = battery_of(choose(load_kw, ev_kw, pv_kw=pv_kw))
    assert (settings.mode, settings.discharge_kw) == (BatteryMode.SELF_USE, limit_kw)
    assert limit_kw == 5 or "ev.from_home_battery is false" in settings.reason


def test_a_car_that_is_not_in_the_load_is_not_taken_off_it() -> None:
    home = sample_home(ev=CAR, entities={"load_includes_ev": False})
    for ev_kw in (7.6, None):
        assert battery_of(choose(1.4, ev_kw, home=home)).discharge_kw == 1.5


def test_a_car_that_begins_now_counts_and_one_that_rests_does_not() -> None:
    assert battery_of(choose(1.2, 0.0)).discharge_kw == 1.5
    assert battery_of(choose(9.0, 7.6, plan=RESTS)).discharge_kw == 1.5
    assert battery_of(choose(1.2, 0.0, plan=RESTS)).discharge_kw == 5
    full = choose(1.2, 0.0)
    assert battery_of(choose(1.2, 0.3, previous=full)).discharge_kw == 5


def test_it_is_a_setting() -> None:
    home = sample_home(ev={**CAR, "from_home_battery": True})
    assert battery_of(choose(9.0, 7.6, home=home)).discharge_kw == 5
    assert battery_of(choose(9.0, 7.6, home=sample_home())).discharge_kw == 5


def test_nothing_is_sold_through_the_car() -> None:
    settings = battery_of(choose(9.0, 7.6, policy=SELLS))
    assert (settings.mode, settings.discharge_kw, settings.source) == (BatteryMode.SELF_USE, 1.5, Source.PLAN)
    assert "nothing is sold" in settings.reason
    assert battery_of(choose(9.0, 7.6, policy=SELLS, plan=RESTS)).mode is BatteryMode.SELF_USE
    assert battery_of(choose(1.0, 0.0, policy=SELLS, plan=RESTS)).mode is BatteryMode.EXPORT


def test_it_holds_without_a_plan_too() -> None:
    assert battery_of(choose(9.0, 7.6, plan=None, policy=None)).discharge_kw == 1.5


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        (OverrideKind.FORCE_EXPORT, BatteryMode.EXPORT),
        (OverrideKind.FORCE_CHARGE, BatteryMode.GRID_CHARGE),
        (OverrideKind.PAUSE, BatteryMode.SELF_USE),
    ],
)
def test_what_the_owner_forces_stays(kind: OverrideKind, mode: BatteryMode) -> None:
    settings = battery_of(choose(9.0, 7.6, kind=kind))
    assert (settings.mode, settings.discharge_kw) == (mode, 5)


def test_a_purchase_and_a_resting_battery_stay() -> None:
    charging = battery_of(choose(9.0, 7.6, policy=sample_policy_slot(buy_to=80)))
    assert (charging.mode, charging.discharge_kw) == (BatteryMode.GRID_CHARGE, 5)
    kept = battery_of(choose(9.0, 7.6, policy=sample_policy_slot(load_floor=80)))
    assert kept.discharge_kw == 0
    assert "from_home_battery" not in kept.reason


def test_the_limit_does_not_follow_every_watt() -> None:
    limits = []
    previous = None
    for load_kw in (9.0, 8.7, 8.62, 8.59, 9.05, 9.2, 8.3, 8.0, 7.6):
        previous = choose(load_kw, 7.6, previous=previous)
        limits.append(battery_of(previous).discharge_kw)
    assert limits == [1.5, 1.5, 1.5, 1.5, 1.5, 2.0, 1.0, 1.0, 0.0]


def test_grid_charging_leaves_room_for_the_car_below_the_main_fuse() -> None:
    buys = sample_policy_slot(buy_to=80)
    home = sample_home(ev=CAR, grid={"max_import_kw": 11.0})
    assert battery_of(choose(1.0, 0.0, policy=buys, home=home)).charge_kw == pytest.approx(10 - 11 * 0.69)
    running = choose(1.0, 0.0, policy=buys, home=home)
    measured = choose(8.6, 7.59, policy=buys, home=home, previous=running)
    assert battery_of(measured).charge_kw == pytest.approx(2.4)
    beside = sample_home(ev=CAR, grid={"max_import_kw": 11.0}, entities={"load_includes_ev": False})
    assert battery_of(choose(1.0, 7.0, policy=buys, home=beside, previous=running)).charge_kw == pytest.approx(3.0)
    assert battery_of(choose(1.0, None, policy=buys, home=beside, previous=running)).charge_kw == pytest.approx(2.41)


power = st.none() | st.floats(0, 15)


@given(power, power, power, st.booleans(), st.sampled_from([None, COVERS, SELLS]))
def test_a_limit_never_lets_the_battery_feed_the_car(
    load_kw: float | None, ev_kw: float | None, pv_kw: float | None, includes: bool, policy: PolicySlot | None
) -> None:
    home = sample_home(ev=CAR, entities={"load_includes_ev": includes})
    settings = battery_of(choose(load_kw, ev_kw, pv_kw=pv_kw, policy=policy, home=home))
    assert settings.mode is BatteryMode.SELF_USE
    if load_kw is None or (includes and ev_kw is None):
        assert settings.discharge_kw == 0
        return
    house_kw = max(0.0, load_kw - (ev_kw or 0.0 if includes else 0.0) - (pv_kw or 0.0))
    assert min(house_kw, 5.0) <= settings.discharge_kw + 1e-9
    assert settings.discharge_kw < house_kw + 0.5 + 1e-9
