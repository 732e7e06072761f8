"""The books of training: when it begins, what becomes of its answer, what is shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from darkstar.forecast.training import Quantity, Score, Training, Verdict
from darkstar.home.observation import Observation
from darkstar.home.settings import load_settings
from darkstar.learning.progress import PROGRESS, Level, Progress
from darkstar.storage.database import Database
from darkstar.storage.memory import Memory
from darkstar.storage.observations import Observations
from darkstar.storage.trainings import Trainings
from darkstar.training.desk import BASELINES, NoTrainingError, TrainingDesk
from darkstar.training.process import TrainingAnswer
from darkstar.training.trained_models import ModelShelf, model_files
from tests.homes import home

NOON = datetime(2026, 1, 14, 11, tzinfo=UTC)
"""A Wednesday; trainings are due on Tuesday and Friday."""
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database.open(tmp_path / "darkstar.sqlite3", NOON) as opened:
        yield opened


@pytest.fixture
def desk(database: Database) -> TrainingDesk:
    return TrainingDesk(home(), database)


def measure(database: Database, days: float) -> None:
    """Hours of the last days become observations."""
    hours = round(days * 24)
    Observations(database).save(Observation(NOON - hour * HOUR, 1.0, load_kwh=0.5) for hour in range(1, hours + 1))


def trained(desk: TrainingDesk, now: datetime, champion: str = "ridge", previous: str | None = None) -> TrainingAnswer:
    """What a process does and answers that has trained."""
    model_files(desk.database.path.parent, desk.home).save({"load": 1}, now)
    scores = tuple(
        Score(Quantity.LOAD, model, "1-6", mae, mae, 0.0, mae, 80.0, 96)
        for model, mae in ((champion, 0.2), (BASELINES[Quantity.LOAD], 0.25))
    )
    return TrainingAnswer(Training(now, 5, 9, scores, (Verdict(Quantity.LOAD, champion, previous, "better"),)))


def test_without_data_nothing_begins_and_it_is_said(desk: TrainingDesk) -> None:
    measure(desk.database, 2.5)
    assert desk.is_due(NOON)
    with pytest.raises(NoTrainingError, match="2 of the 4 days"):
        desk.begin(NOON)
    progress = desk.progress(NOON)
    assert progress.state == "waiting for data: 2 of the 4 days with a measured load that training needs"
    assert (progress.level, progress.days) == (Level.INFANT, 2)
    assert desk.problems(NOON) == ()
    assert desk.is_due(NOON + HOUR), "it is tried again when there is data"


def test_an_order_has_the_whole_home_but_no_secrets(database: Database) -> None:
    notifications = {"discord_webhook_url": "https://discord.com/api/webhooks/1/secret"}
    desk = TrainingDesk(home(notifications=notifications, learning={"time_limit_minutes": 5}), database)
    measure(database, 6)
    order = desk.begin(NOON)
    assert "webhooks" not in order.home_json
    assert (order.database, order.limit_s) == (database.path, 300)
    settings: dict[str, Any] = json.loads(order.home_json)
    assert load_settings(settings).model_copy(update={"notifications": desk.home.notifications}) == desk.home


def test_only_one_runs_at_a_time_and_one_that_was_lost_does_not_block(desk: TrainingDesk) -> None:
    measure(desk.database, 6)
    desk.begin(NOON)
    assert desk.progress(NOON).running
    assert not desk.is_due(NOON + HOUR / 2)
    with pytest.raises(NoTrainingError, match="already"):
        desk.begin(NOON + HOUR / 2)
    assert desk.is_due(NOON + HOUR)


def test_a_success_is_kept_and_shown(desk: TrainingDesk) -> None:
    measure(desk.database, 20)
    desk.begin(NOON)
    answer = trained(desk, NOON)
    assert "load: ridge" in desk.finish(answer, NOON + HOUR / 60)
    assert Trainings(desk.database).latest() == answer.training
    progress = desk.progress(NOON + HOUR)
    assert (progress.level, progress.state, progress.running) == (Level.GRADUATE, "trained", False)
    assert progress.next_training == datetime(2026, 1, 16, 2, tzinfo=UTC)
    assert [skill.skill_percent for skill in progress.skills] == pytest.approx([20.0])
    assert progress.skills[0].since == NOON
    assert Memory(desk.database).get(PROGRESS, Progress) == progress


def test_a_failure_is_a_problem_with_cause_and_way_out_and_keeps_the_old_models(desk: TrainingDesk) -> None:
    measure(desk.database, 20)
    desk.begin(NOON - 2 * DAY)
    desk.finish(trained(desk, NOON - 2 * DAY), NOON - 2 * DAY)
    desk.begin(NOON)
    assert "out of memory" in desk.finish(TrainingAnswer(error="out of memory"), NOON)
    (problem,) = desk.problems(NOON)
    assert "out of memory" in problem.meaning
    assert "Wed 12:05" in problem.remedy
    assert "train now" in problem.remedy
    assert not desk.is_due(NOON)
    assert desk.is_due(NOON + HOUR)
    assert desk.progress(NOON).state == "failed: out of memory"
    assert desk.progress(NOON).training is not None
    desk.begin(NOON + HOUR)
    assert desk.problems(NOON + HOUR) == ()
    desk.finish(trained(desk, NOON + HOUR, previous="ridge"), NOON + HOUR)
    assert desk.problems(NOON + HOUR) == ()
    assert not desk.is_due(NOON + 2 * HOUR)


@pytest.mark.parametrize("answer", [TrainingAnswer(), TrainingAnswer(Training(NOON, 5, 9, (), ()))])
def test_a_success_without_a_file_of_models_is_none(desk: TrainingDesk, answer: TrainingAnswer) -> None:
    measure(desk.database, 6)
    desk.begin(NOON)
    desk.finish(answer, NOON)
    assert [problem.problem_id for problem in desk.problems(NOON)] == ["training_failed"]
    assert Trainings(desk.database).latest() is None


def test_data_that_vanished_meanwhile_are_no_failure(desk: TrainingDesk) -> None:
    measure(desk.database, 6)
    desk.begin(NOON)
    assert desk.finish(TrainingAnswer(no_data="nothing left"), NOON) == "not trained: nothing left"
    assert desk.problems(NOON) == ()
    assert desk.is_due(NOON)


def test_models_of_another_version_are_trained_anew_at_once(
    desk: TrainingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure(desk.database, 20)
    desk.begin(NOON)
    desk.finish(trained(desk, NOON), NOON)
    assert not desk.is_due(NOON + HOUR)
    monkeypatch.setattr("darkstar.training.trained_models.versions", lambda: {"scikit-learn": "0.0.1"})
    desk = TrainingDesk(desk.home, desk.database)
    assert desk.is_due(NOON + HOUR)
    assert desk.progress(NOON + HOUR).level is Level.STATISTICIAN
    assert ModelShelf(model_files(desk.database.path.parent, desk.home)).current() is None


def test_cleared_models_come_back_on_schedule(desk: TrainingDesk) -> None:
    measure(desk.database, 20)
    assert desk.clear(NOON) == "there are no trained models to clear"
    desk.begin(NOON)
    desk.finish(trained(desk, NOON), NOON)
    assert "put aside in cleared-" in desk.clear(NOON + HOUR)
    progress = desk.progress(NOON + HOUR)
    assert (progress.training, progress.skills, progress.state) == (None, (), "not trained yet")
    assert progress.next_training == datetime(2026, 1, 16, 2, tzinfo=UTC)
    assert not desk.is_due(NOON + HOUR)
    assert desk.clear(NOON + HOUR) == "there are no trained models to clear"


def test_the_books_survive_a_restart(desk: TrainingDesk, database: Database) -> None:
    measure(database, 20)
    desk.begin(NOON)
    later = TrainingDesk(desk.home, database)
    assert not later.is_due(NOON + HOUR / 60), "an attempt that was cut off is not repeated at once"
    assert later.is_due(NOON + HOUR)
    assert later.problems(NOON) == ()
