"""How far a plan looks."""

from datetime import UTC, datetime, timedelta

import pytest

from darkstar.home.operation import PlannerSettings
from darkstar.strategy.horizon import horizon_slots

NOW = datetime(2026, 1, 10, 12, 7, 31, 5, tzinfo=UTC)


@pytest.mark.parametrize(("minutes", "short", "count"), [(15, 8, 192), (30, 23, 96), (60, 53, 48)])
def test_the_first_slot_is_what_remains_of_the_running_one(minutes: int, short: float, count: int) -> None:
    slots = horizon_slots(NOW, PlannerSettings(slot_minutes=minutes))
    assert slots[0].start == NOW.replace(second=0, microsecond=0)
    assert slots[0].start <= NOW < slots[0].end
    assert slots[0].hours * 60 == pytest.approx(short)
    assert {slot.hours for slot in slots[1:]} == {minutes / 60}
    assert len(slots) == count


def test_a_slot_is_never_shorter_than_a_minute() -> None:
    slots = horizon_slots(NOW.replace(minute=14, second=59, microsecond=999999), PlannerSettings())
    assert slots[0].hours * 60 == pytest.approx(1)


def test_it_ends_after_the_hours_that_are_set() -> None:
    slots = horizon_slots(NOW, PlannerSettings(horizon_hours=6))
    assert slots[-1].end == NOW.replace(minute=0, second=0, microsecond=0) + timedelta(hours=6)


def test_on_the_grid_all_slots_are_whole() -> None:
    assert {
        slot.hours for slot in horizon_slots(NOW.replace(minute=15, second=0, microsecond=0), PlannerSettings())
    } == {0.25}
