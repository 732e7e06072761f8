"""When the models are trained: the vectors of the specification, clock changes, catch-up, back-off."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.home.learning import LearningSettings
from darkstar.learning.schedule import (
    BACK_OFF,
    TrainingState,
    cleared,
    failed,
    is_due,
    last_due,
    next_due,
    next_run,
    started,
    succeeded,
    without_data,
)

STOCKHOLM = ZoneInfo("Europe/Stockholm")
TUESDAY_FRIDAY = LearningSettings(run_days=(1, 4), run_time=time(3))
DAILY = LearningSettings(run_days=tuple(range(7)), run_time=time(2, 30))
WEDNESDAY = datetime(2026, 1, 14, 10, tzinfo=STOCKHOLM)
MINUTE = timedelta(minutes=1)


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 1, day, hour, minute, tzinfo=STOCKHOLM)


def test_the_last_time_that_was_due() -> None:
    assert last_due(WEDNESDAY, TUESDAY_FRIDAY, STOCKHOLM) == _at(13, 3)
    assert next_due(WEDNESDAY, TUESDAY_FRIDAY, STOCKHOLM) == _at(16, 3)


@pytest.mark.parametrize(
    ("last_success", "due"), [(_at(12, 3, 10), True), (_at(13, 3, 1), False), (None, True)], ids=["Mon", "Tue", "never"]
)
def test_one_that_was_missed_is_made_up_for(last_success: datetime | None, due: bool) -> None:
    assert is_due(TrainingState(succeeded_at=last_success), WEDNESDAY, TUESDAY_FRIDAY, STOCKHOLM) is due


@pytest.mark.parametrize("settings", [LearningSettings(run_days=()), LearningSettings(enabled=False)])
def test_without_days_or_when_it_is_off_there_is_never_one(settings: LearningSettings) -> None:
    assert next_run(TrainingState(), WEDNESDAY, settings, STOCKHOLM) is None
    assert not is_due(TrainingState(), WEDNESDAY, settings, STOCKHOLM)


def test_after_a_long_pause_there_is_one_training_and_not_several() -> None:
    state = TrainingState(succeeded_at=WEDNESDAY - timedelta(days=40))
    assert is_due(state, WEDNESDAY, TUESDAY_FRIDAY, STOCKHOLM)
    state = succeeded(started(state, WEDNESDAY), WEDNESDAY + MINUTE)
    assert next_run(state, WEDNESDAY + MINUTE, TUESDAY_FRIDAY, STOCKHOLM) == _at(16, 3)


@pytest.mark.parametrize(
    ("day", "at"),
    [
        (datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (datetime(2026, 10, 25, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
    ids=["a time that is skipped", "a time that comes twice"],
)
def test_on_days_of_clock_changes_there_is_one_training(day: datetime, at: datetime) -> None:
    assert next_due(day - timedelta(hours=1), DAILY, STOCKHOLM) == at
    state, trained = TrainingState(succeeded_at=day - timedelta(hours=12)), []
    for quarter in range(100):
        now = day - timedelta(hours=1) + quarter * timedelta(minutes=15)
        if is_due(state, now, DAILY, STOCKHOLM):
            trained.append(now)
            state = succeeded(state, now)
    assert trained == [at]


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001 - made aware below
    st.sets(st.integers(0, 6), min_size=1),
    st.times(),
)
def test_the_next_time_follows_the_last_within_a_week(now: datetime, days: set[int], clock: time) -> None:
    settings = LearningSettings(run_days=tuple(days), run_time=clock)
    moment = now.replace(tzinfo=UTC)
    last, following = last_due(moment, settings, STOCKHOLM), next_due(moment, settings, STOCKHOLM)
    assert last is not None
    assert following is not None
    assert last <= moment < following
    assert following - last <= timedelta(days=7, hours=1)
    assert last.astimezone(STOCKHOLM).weekday() in days or clock >= time(22)


def test_failures_are_tried_again_with_growing_pauses() -> None:
    state, now = TrainingState(), WEDNESDAY
    for pause in (*BACK_OFF, BACK_OFF[-1]):
        state = failed(started(state, now), "out of memory")
        assert not is_due(state, now + pause - MINUTE, TUESDAY_FRIDAY, STOCKHOLM)
        assert is_due(state, now + pause, TUESDAY_FRIDAY, STOCKHOLM)
        now += pause
    assert state.failures == len(BACK_OFF) + 1
    assert succeeded(state, now) == TrainingState(succeeded_at=now, started_at=state.started_at)


def test_an_attempt_whose_end_nobody_saw_counts_as_one_that_failed() -> None:
    state = started(TrainingState(), WEDNESDAY)
    assert not is_due(state, WEDNESDAY + MINUTE, TUESDAY_FRIDAY, STOCKHOLM)
    assert is_due(state, WEDNESDAY + BACK_OFF[0], TUESDAY_FRIDAY, STOCKHOLM)


def test_no_data_is_neither_success_nor_failure() -> None:
    state = without_data(started(TrainingState(), WEDNESDAY), "2 of 4 days")
    assert is_due(state, WEDNESDAY + MINUTE, TUESDAY_FRIDAY, STOCKHOLM)
    assert (state.succeeded_at, state.failures, state.no_data) == (None, 0, "2 of 4 days")


def test_what_the_owner_has_thrown_away_comes_back_on_schedule_only() -> None:
    state = cleared(TrainingState(succeeded_at=_at(13, 4)), WEDNESDAY)
    assert next_run(state, WEDNESDAY + MINUTE, TUESDAY_FRIDAY, STOCKHOLM) == _at(16, 3)
    assert is_due(state, _at(16, 3), TUESDAY_FRIDAY, STOCKHOLM)


def test_stamps_of_a_clock_that_was_ahead_hold_nothing_up() -> None:
    ahead = WEDNESDAY + timedelta(days=400)
    assert is_due(TrainingState(succeeded_at=ahead), WEDNESDAY, TUESDAY_FRIDAY, STOCKHOLM)
    assert is_due(failed(started(TrainingState(), ahead), "x"), WEDNESDAY, TUESDAY_FRIDAY, STOCKHOLM)
