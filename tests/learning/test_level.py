"""The level by days with data, and the worth of the champions."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from darkstar.forecast.training import Quantity, Score, Training, Verdict
from darkstar.home.slots import Slot
from darkstar.learning.level import days_with_data, level_of, skills
from darkstar.learning.progress import Level

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NOW = datetime(2026, 1, 15, tzinfo=UTC)
BASELINES = dict.fromkeys(Quantity, "simple")


def _slots(start: datetime, count: int) -> list[Slot]:
    return [Slot(start + timedelta(minutes=15 * index), 0.25) for index in range(count)]


@pytest.mark.parametrize(
    ("days", "level"),
    [
        (0, Level.INFANT),
        (3, Level.INFANT),
        (4, Level.STATISTICIAN),
        (13, Level.STATISTICIAN),
        (14, Level.GRADUATE),
        (90, Level.GRADUATE),
    ],
)
def test_the_level_rises_with_the_days(days: int, level: Level) -> None:
    assert level_of(days, has_models=True) is level


def test_without_models_it_falls_back_one_level() -> None:
    assert [level_of(days, has_models=False) for days in (0, 5, 30)] == [
        Level.INFANT,
        Level.INFANT,
        Level.STATISTICIAN,
    ]


@pytest.mark.parametrize(
    ("midnight", "slots"),
    [(datetime(2026, 3, 28, 23, tzinfo=UTC), 92), (datetime(2026, 10, 24, 22, tzinfo=UTC), 100)],
    ids=["spring", "autumn"],
)
def test_days_of_clock_changes_count_as_one(midnight: datetime, slots: int) -> None:
    assert days_with_data(_slots(midnight, slots), STOCKHOLM) == 1
    assert days_with_data(_slots(midnight, slots + 96), STOCKHOLM) == 2


def test_a_day_counts_when_most_of_it_was_measured() -> None:
    midnight = datetime(2026, 1, 14, 23, tzinfo=UTC)
    assert days_with_data(_slots(midnight, 71), STOCKHOLM) == 0
    assert days_with_data(_slots(midnight, 72), STOCKHOLM) == 1
    assert days_with_data((), STOCKHOLM) == 0


def _score(model: str, lead: str, mae: float, slots: int = 10, coverage: float = 80.0) -> Score:
    return Score(Quantity.LOAD, model, lead, mae, mae, 0.0, mae, coverage, slots)


def _training(*scores: Score) -> Training:
    return Training(NOW, 30, 10, scores, (Verdict(Quantity.LOAD, "ridge", "simple", "better"),))


def test_skill_is_the_error_saved_on_all_leads_that_both_were_scored_on() -> None:
    training = _training(
        _score("ridge", "1-6", 0.2, 30, 70.0),
        _score("ridge", "6-24", 0.4, 10, 90.0),
        _score("ridge", "24-48", 9.0, 10),
        _score("simple", "1-6", 0.5, 10),
        _score("simple", "6-24", 0.5, 10),
    )
    (skill,) = skills(training, {Quantity.LOAD: NOW}, BASELINES)
    assert skill.skill_percent == pytest.approx(100 * (1 - 0.25 / 0.5))
    assert skill.mae == pytest.approx((0.2 * 30 + 0.4 * 10 + 9.0 * 10) / 50)
    assert skill.coverage_percent == pytest.approx((70 * 30 + 90 * 10 + 80 * 10) / 50)
    assert (skill.champion, skill.reason, skill.since) == ("ridge", "better", NOW)


def test_what_cannot_be_compared_has_no_skill() -> None:
    for scores in ([], [_score("ridge", "1-6", 0.2)], [_score("ridge", "1-6", math.nan), _score("simple", "1-6", 1)]):
        (skill,) = skills(_training(*scores), {}, BASELINES)
        assert skill.skill_percent is None
    assert skills(None, {}, BASELINES) == ()
