"""Writes per local day: who may still write, and that a day is the home's own."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.control.dispatch.budget import Urgency, WriteCounts

NOW = datetime(2026, 1, 15, 11, 0, tzinfo=UTC)
DAY = date(2026, 1, 15)
SWITCH = "switch.grid_charging"


@pytest.mark.parametrize(
    ("count", "urgency", "allowed"),
    [
        (0, Urgency.ROUTINE, True),
        (179, Urgency.ROUTINE, True),
        (180, Urgency.ROUTINE, False),
        (180, Urgency.OWNER, True),
        (199, Urgency.OWNER, True),
        (200, Urgency.OWNER, False),
        (200, Urgency.SAFETY, True),
        (5000, Urgency.SAFETY, True),
    ],
)
def test_the_last_tenth_is_for_the_owner_and_safety_always_passes(count: int, urgency: Urgency, allowed: bool) -> None:
    refusal = WriteCounts(DAY, {SWITCH: count}).refusal(SWITCH, urgency, 200)
    assert (refusal is None) is allowed
    if refusal is not None:
        assert f"{count} times" in refusal
        assert "executor.write_budget_per_day is 200" in refusal


def test_each_entity_has_its_own_budget() -> None:
    counts = WriteCounts(DAY, {SWITCH: 200})
    assert counts.refusal("number.current", Urgency.ROUTINE, 200) is None


@given(st.integers(10, 10_000))
def test_the_reserve_is_a_tenth_and_never_nothing(limit: int) -> None:
    routine = next(n for n in range(limit + 1) if WriteCounts(DAY, {SWITCH: n}).refusal(SWITCH, Urgency.ROUTINE, limit))
    assert limit * 0.1 <= limit - routine < limit * 0.1 + 1


def test_a_new_day_begins_with_none() -> None:
    counts = WriteCounts(DAY).plus_one(SWITCH).plus_one(SWITCH)
    assert counts.on(DAY).counts == {SWITCH: 2}
    assert counts.on(DAY + timedelta(days=1)).counts == {}


def test_one_problem_names_all_entities_that_are_near() -> None:
    counts = WriteCounts(DAY, {SWITCH: 180, "number.b": 200, "number.c": 179})
    (problem,) = counts.problems(200, NOW)
    assert SWITCH in problem.meaning
    assert "number.b (200)" in problem.meaning
    assert "number.c" not in problem.meaning
    assert WriteCounts(DAY, {SWITCH: 179}).problems(200, NOW) == ()
