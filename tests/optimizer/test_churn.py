"""How far a plan is from the running one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from darkstar.optimizer.churn import churn_of, running_energies
from darkstar.optimizer.request import PlanRequest, RunningSlot
from darkstar.optimizer.schedule import Schedule
from tests.optimizer.samples import BATTERY, START, heater, request_of, slots_of

QUARTER = timedelta(minutes=15)
FLAT = ([0.5] * 4, [0.0] * 4, [0.3] * 4, [0.1] * 4)


def request(*running: RunningSlot, first_hours: float | None = None) -> PlanRequest:
    """Four quarters with a battery and a heater."""
    slots = slots_of(*FLAT, first_hours=first_hours)
    return replace(request_of(slots, BATTERY), heaters=(heater(),), running=running)


def running(*powers: float, heat_kw: float = 0.0, start_minutes: float = 0.0) -> tuple[RunningSlot, ...]:
    """Quarters with these battery powers."""
    start = START + timedelta(minutes=start_minutes)
    return tuple(RunningSlot(start + at * QUARTER, 0.25, (kw,), (heat_kw,)) for at, kw in enumerate(powers))


def schedule(charge: list[float], discharge: list[float], heat: list[float]) -> Schedule:
    """Battery and heater, in kWh."""
    return Schedule((tuple(charge),), (tuple(discharge),), (tuple(heat),))


def test_powers_become_energies_of_the_slots() -> None:
    rows = running_energies(request(*running(2.0, -1.0, 0.0, 0.0, heat_kw=3.0)))
    assert [row.storages if row else None for row in rows] == [(0.5,), (-0.25,), (0.0,), (0.0,)]
    assert {row.heaters for row in rows if row} == {(0.75,)}


def test_a_short_first_slot_has_its_part() -> None:
    rows = running_energies(request(*running(2.0, 1.0, start_minutes=-9.0), first_hours=0.1))
    assert rows[0] is not None
    assert rows[0].storages == pytest.approx((0.2,))
    assert rows[1] is not None
    assert rows[1].storages == pytest.approx((0.25,))
    assert rows[2] is None


def test_other_slot_lengths_are_averaged() -> None:
    hour = RunningSlot(START - timedelta(minutes=30), 1.0, (4.0,), (0.0,))
    rows = running_energies(request(hour, *running(2.0, 1.0, start_minutes=30.0)))
    assert [row.storages[0] if row else None for row in rows] == [1.0, 1.0, 0.5, 0.25]


def test_a_plan_of_yesterday_is_no_running_plan() -> None:
    assert running_energies(request(*running(2.0, 2.0, start_minutes=-60.0))) == ()
    assert churn_of(request(*running(2.0, start_minutes=-60.0)), schedule([0] * 4, [0] * 4, [0] * 4)) is None
    assert running_energies(request()) == ()


def test_devices_that_the_running_plan_does_not_know_are_left_out() -> None:
    known = RunningSlot(START, 1.0, storage_kw=(2.0,))
    two = replace(request(known), batteries=(BATTERY, BATTERY))
    rows = running_energies(two)
    assert rows[0] is not None
    assert (rows[0].storages, rows[0].heaters, rows[0].loads) == ((0.5,), (), ())


def test_churn_counts_slots_with_another_action_and_all_energy_moved() -> None:
    asked = request(*running(2.0, -1.0, 0.0, 0.0, heat_kw=3.0))
    same = schedule([0.5, 0, 0, 0], [0, 0.25, 0, 0], [0.75] * 4)
    nothing = churn_of(asked, same)
    assert nothing is not None
    assert (nothing.slots, nothing.changed_actions, nothing.moved_kwh, nothing.share) == (4, 0, 0.0, 0.0)
    other = schedule([0.4, 0.3, 0, 0.01], [0, 0, 0, 0], [0.75, 0.75, 0, 0.75])
    churn = churn_of(asked, other)
    assert churn is not None
    # 2: charges instead of discharging; 3: the heater is off. 4: 40 W are no action.
    assert churn.changed_actions == 2
    assert churn.moved_kwh == pytest.approx(0.1 + 0.55 + 0.75 + 0.01)
    assert churn.share == 0.5
