"""Which slot holds now."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from darkstar.control.lookup import current
from darkstar.home.slots import local_day, slots_between
from tests.control.samples import SLOT_START, sample_home, sample_plan, sample_plan_slot, sample_policy

HOME = sample_home()
QUARTER = timedelta(minutes=15)


def test_plan_and_policy_of_now() -> None:
    plan, policy = sample_plan(), sample_policy()
    held = current(plan, policy, HOME, SLOT_START + timedelta(minutes=7))
    assert (held.plan_slot, held.policy_slot) == (plan.slots[0], policy.slots[0])
    assert held.missing is None
    assert held.problems == ()


def test_end_of_a_slot_belongs_to_the_next() -> None:
    plan = sample_plan()
    assert current(plan, None, HOME, plan.slots[0].end).plan_slot == plan.slots[1]


def test_no_plan_is_a_problem_in_words() -> None:
    held = current(None, sample_policy(), HOME, SLOT_START)
    assert (held.plan_slot, held.policy_slot) == (None, None)
    assert held.missing == "there is no plan yet"
    assert [problem.problem_id for problem in held.problems] == ["no_valid_plan"]


@pytest.mark.parametrize("now", [SLOT_START - timedelta(seconds=1), SLOT_START + 2 * QUARTER])
def test_no_slot_for_now(now: datetime) -> None:
    held = current(sample_plan(slots=2), sample_policy(), HOME, now)
    assert held.plan_slot is None
    assert held.policy_slot is None
    assert held.missing is not None
    assert "has no slot for" in held.missing


def test_empty_plan() -> None:
    held = current(replace(sample_plan(), slots=()), None, HOME, SLOT_START)
    assert held.plan_slot is None
    assert held.missing is not None


@pytest.mark.parametrize(("minutes", "usable"), [(45, True), (45.1, False)])
def test_age_limit(minutes: float, usable: bool) -> None:
    plan = sample_plan(slots=40, created_at=SLOT_START)
    held = current(plan, None, HOME, SLOT_START + timedelta(minutes=minutes))
    assert (held.plan_slot is not None) is usable
    assert usable or "at most 45 are allowed (executor.max_plan_age_minutes)" in (held.missing or "")


@pytest.mark.parametrize(("interval", "slot", "minutes"), [(15, 15, 45), (15, 60, 90), (60, 30, 150)])
def test_the_default_age_is_two_intervals_and_a_slot(interval: int, slot: int, minutes: int) -> None:
    home = sample_home(planner={"interval_minutes": interval, "slot_minutes": slot})
    assert home.max_plan_age == timedelta(minutes=minutes)
    assert sample_home(executor={"max_plan_age_minutes": 480}).max_plan_age == timedelta(hours=8)


def test_policy_of_another_plan_is_not_used() -> None:
    held = current(sample_plan(), sample_policy("plan-0"), HOME, SLOT_START)
    assert held.plan_slot is not None
    assert held.policy_slot is None
    assert held.missing is None


@pytest.mark.parametrize(
    ("day", "count"), [(datetime(2026, 3, 29, tzinfo=UTC), 92), (datetime(2026, 10, 25, tzinfo=UTC), 100)]
)
def test_every_quarter_of_a_clock_change_day_has_its_own_slot(day: datetime, count: int) -> None:
    start, end = local_day(day.date(), HOME.zone)
    grid = slots_between(start, end)
    slots = tuple(sample_plan_slot(start=slot.start, hours=slot.hours) for slot in grid)
    plan = replace(sample_plan(), slots=slots)
    found = [current(replace(plan, created_at=slot.start), None, HOME, slot.start + QUARTER / 3) for slot in grid]
    assert len(grid) == count
    assert [held.plan_slot for held in found] == list(slots)
