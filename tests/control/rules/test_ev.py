"""The car: what the plan asks of its charger, and what holds without plan or plug sensor."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from darkstar.control.decide import decide
from darkstar.control.decision import Decision, EvMode, EvSettingsNow, Override, OverrideKind, Source
from darkstar.home.settings import HomeSettings
from darkstar.optimizer.plan import PlanSlot
from tests.control.samples import NOW, acting, sample_home, sample_plan_slot, sample_policy_slot, sample_readings

MINUTE = timedelta(minutes=1)
CAR = {"capacity_kwh": 60.0}
HOME = sample_home(ev=CAR)
MIN_KW, MAX_KW = 6 * 0.69, 16 * 0.69


def charge_at(kw: float) -> PlanSlot:
    return sample_plan_slot(ev_kwh=kw / 4)


def choose(
    plan: PlanSlot | None = None,
    *,
    connected: bool | None = True,
    home: HomeSettings = HOME,
    kind: OverrideKind | None = None,
    previous: Decision | None = None,
    minutes: float = 0,
    soc: float | None = 50,
) -> Decision:
    now = NOW + minutes * MINUTE
    action = None if kind is None else Override(kind, now - MINUTE, now + 59 * MINUTE)
    readings = sample_readings(soc, connected=connected)
    return decide(plan, sample_policy_slot(), readings, acting(action), home, previous, now)


def ev_of(decision: Decision) -> EvSettingsNow:
    assert decision.ev is not None
    return decision.ev


def test_a_home_without_car_has_no_car_settings() -> None:
    decision = choose(charge_at(5), home=sample_home(), kind=OverrideKind.FORCE_EV)
    assert decision.ev is None
    assert "car" not in decision.summary


@pytest.mark.parametrize(
    ("kw", "current"),
    [
        (0.0, 0),
        (MIN_KW / 2 - 0.01, 0),
        (MIN_KW / 2 + 0.01, 6),
        (MIN_KW, 6),
        (7 * 0.69 - 0.01, 6),
        (7 * 0.69, 7),
        (MAX_KW, 16),
        (22.0, 16),
    ],
)
def test_current_for_a_planned_power(kw: float, current: float) -> None:
    settings = ev_of(choose(charge_at(kw)))
    assert settings.current_a == current
    assert settings.mode is (EvMode.CHARGE if current else EvMode.STOP)
    assert settings.source is Source.PLAN


@pytest.mark.parametrize("phases", [1, 2, 3])
def test_rounding_takes_no_ampere(phases: int) -> None:
    home = sample_home(ev={**CAR, "phases": phases, "max_current_a": 32.0})
    for current in range(6, 33):
        for kw in (current * phases * 0.23, current * phases * 0.23 - 1e-9):
            assert ev_of(choose(charge_at(kw), home=home)).current_a == current


@example(kw=30.0, phases=3, least=4.999999999999998, more=0.0)
@given(st.floats(0, 30), st.sampled_from([1, 2, 3]), st.floats(4, 10), st.floats(0, 30))
def test_a_planned_current_is_one_that_the_car_takes(kw: float, phases: int, least: float, more: float) -> None:
    home = sample_home(ev={**CAR, "phases": phases, "min_current_a": least, "max_current_a": least + more})
    settings = ev_of(choose(charge_at(kw), home=home))
    if settings.mode is EvMode.STOP:
        assert settings.current_a == 0
        assert kw < least * phases * 0.23 / 2 + 1e-9
    else:
        assert least <= settings.current_a <= least + more
        assert settings.current_a * phases * 0.23 <= max(kw, least * phases * 0.23) + 1e-5
        assert settings.current_a in {least, least + more, round(settings.current_a)}


def test_the_reason_has_amounts() -> None:
    decision = choose(charge_at(5.6))
    assert ev_of(decision).reason == "1.40 kWh planned for this slot at 1.00 SEK/kWh: 8 A"
    assert decision.summary.endswith("; car charging: 1.40 kWh planned for this slot at 1.00 SEK/kWh: 8 A.")


@pytest.mark.parametrize("plan", [None, sample_plan_slot()])
def test_without_a_plan_for_the_car_it_charges(plan: PlanSlot | None) -> None:
    settings = ev_of(choose(plan))
    assert (settings.mode, settings.current_a, settings.source) == (EvMode.CHARGE, 16, Source.FALLBACK)
    assert "plan" in settings.reason


@pytest.mark.parametrize("plan", [None, sample_plan_slot(), charge_at(8)])
def test_no_car_no_command(plan: PlanSlot | None) -> None:
    assert choose(plan, connected=False).ev is None


@pytest.mark.parametrize("plan", [None, sample_plan_slot(), charge_at(8)])
def test_an_unreadable_plug_leaves_the_charger_alone(plan: PlanSlot | None) -> None:
    assert choose(plan, connected=None).ev is None
    charging = choose(charge_at(8))
    assert choose(plan, connected=None, previous=charging).ev is None


@pytest.mark.parametrize("connected", [True, False, None])
@pytest.mark.parametrize("soc", [50, 5, None])
@pytest.mark.parametrize(
    ("kind", "mode", "current"),
    [
        (OverrideKind.FORCE_EV, EvMode.CHARGE, 16),
        (OverrideKind.PAUSE, EvMode.CHARGE, 16),
        (OverrideKind.STOP_ALL, EvMode.STOP, 0),
    ],
)
def test_the_owner_first(
    kind: OverrideKind, mode: EvMode, current: float, connected: bool | None, soc: float | None
) -> None:
    settings = ev_of(choose(charge_at(4.2), connected=connected, kind=kind, soc=soc))
    assert (settings.mode, settings.current_a, settings.source) == (mode, current, Source.OVERRIDE)
    assert "until 19:04" in settings.reason


@pytest.mark.parametrize("kind", [OverrideKind.FORCE_CHARGE, OverrideKind.FORCE_EXPORT, OverrideKind.FORCE_HEAT])
def test_other_actions_leave_the_car_to_the_plan(kind: OverrideKind) -> None:
    assert choose(charge_at(8), kind=kind).ev == choose(charge_at(8)).ev


def test_a_charge_that_has_just_begun_goes_on_for_the_hold_time() -> None:
    begun = choose(charge_at(8))
    soon = choose(charge_at(0), previous=begun, minutes=9)
    assert (ev_of(soon).mode, ev_of(soon).current_a) == (EvMode.CHARGE, 6)
    assert "executor.min_hold_minutes" in ev_of(soon).reason
    over = choose(charge_at(0), previous=soon, minutes=10)
    assert ev_of(over).mode is EvMode.STOP
    again = choose(charge_at(8), previous=over, minutes=15)
    assert ev_of(again).mode is EvMode.STOP
    assert ev_of(choose(charge_at(8), previous=again, minutes=20)).mode is EvMode.CHARGE


def test_a_charger_is_not_switched_at_every_tick() -> None:
    previous: Decision | None = None
    modes = []
    for tick in range(48):
        previous = choose(charge_at(8 if tick % 2 else 0), previous=previous, minutes=5 * tick)
        modes.append(ev_of(previous).mode)
    runs = "".join("c" if mode is EvMode.CHARGE else "s" for mode in modes)
    assert "scs" not in runs[1:]
    assert "csc" not in runs[1:]


def test_hold_times_do_not_hold_against_plug_or_owner() -> None:
    begun = choose(charge_at(8))
    assert choose(charge_at(8), connected=False, previous=begun, minutes=1).ev is None
    assert ev_of(choose(charge_at(8), kind=OverrideKind.STOP_ALL, previous=begun, minutes=1)).mode is EvMode.STOP
    rests = choose(charge_at(0))
    forced = choose(charge_at(0), kind=OverrideKind.FORCE_EV, previous=rests, minutes=1)
    assert ev_of(forced).mode is EvMode.CHARGE
    assert ev_of(choose(charge_at(0), previous=forced, minutes=2)).mode is EvMode.STOP
    away = choose(charge_at(0), connected=False, previous=rests, minutes=1)
    assert ev_of(choose(charge_at(8), previous=away, minutes=2)).mode is EvMode.CHARGE


def test_a_plan_that_comes_takes_over_at_once() -> None:
    alone = choose(None)
    assert ev_of(choose(charge_at(0), previous=alone, minutes=1)).mode is EvMode.STOP


def test_a_clock_that_was_set_back_holds_no_longer_than_the_hold_time() -> None:
    begun = choose(charge_at(8), minutes=600)
    first = choose(charge_at(0), previous=begun, minutes=0)
    assert ev_of(first).mode is EvMode.CHARGE
    assert ev_of(choose(charge_at(0), previous=first, minutes=10)).mode is EvMode.STOP


def test_one_phase() -> None:
    home = sample_home(ev={**CAR, "phases": 1, "max_current_a": 32.0})
    settings = ev_of(choose(charge_at(3.7), home=home))
    assert settings.current_a == 16
    assert replace(settings, reason="") == EvSettingsNow(EvMode.CHARGE, 16, Source.PLAN, "")
