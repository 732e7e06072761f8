"""App Trainer: training on schedule and by buttons, and what the owner sees of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from darkstar.app import EVENT_LEARNING
from darkstar.forecast.training import Quantity, Training, Verdict
from darkstar.home.observation import Observation
from darkstar.learning.progress import PROGRESS, Progress
from darkstar.storage.database import Database
from darkstar.storage.memory import Memory
from darkstar.storage.observations import Observations
from darkstar.trainer import Trainer
from darkstar.training.process import TrainingAnswer, TrainingOrder, TrainingProcess
from darkstar.training.trained_models import model_files
from tests.driver import Driver
from tests.homes import ENTITIES, home

START = datetime(2026, 1, 14, 11, 0, 10, tzinfo=UTC)
"""A Wednesday; trainings are due on Tuesday and Friday at 03:00 in Stockholm."""
BUTTONS = ("train_now", "reset_learning", "clear_learning", "run_backfill")
HOUR = timedelta(hours=1)


class Stand:
    """A world with a trainer whose process answers as the test wants."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world = Driver(folder, now=START)
        self.world.install(monkeypatch)
        self.trained: list[datetime] = []
        self.error = ""
        self.ended = 0
        monkeypatch.setattr(TrainingProcess, "run", lambda _, order: self.run(order))
        monkeypatch.setattr(TrainingProcess, "end", lambda _: setattr(self, "ended", self.ended + 1))
        for button in BUTTONS:
            self.world.set(f"input_button.darkstar_{button}", "unknown")
        self.app: Any = None
        self.said: list[object] = []

    def run(self, order: TrainingOrder) -> TrainingAnswer:
        self.trained.append(self.world.now)
        if self.error:
            return TrainingAnswer(error=self.error)
        model_files(order.database.parent, self.app.home).save("models", self.world.now)
        verdict = Verdict(Quantity.LOAD, "ridge", None, "better")
        return TrainingAnswer(Training(self.world.now, 5, 9, (), (verdict,)))

    def start(self, days: int = 6, **settings: Any) -> None:
        folder = self.world.folder / "darkstar"
        with Database.open(folder / "darkstar.sqlite3", START) as database:
            rows = (Observation(START - hour * HOUR, 1.0, load_kwh=0.5) for hour in range(1, 24 * days + 1))
            Observations(database).save(rows)
        entities = ENTITIES.model_copy(update={"load_energy": "sensor.unknown"})
        blocks = home(entities=entities, water_heater=None, storage={"backfill_days": 0}, **settings)
        self.app = self.world.start(Trainer, blocks.model_dump(mode="json", exclude_unset=True))
        self.app.listen_event(
            lambda _, data, **__: self.said.append(data["text"]), EVENT_LEARNING, namespace="darkstar"
        )

    def restart(self) -> None:
        self.world.stop(self.app)
        self.app = self.world.start(Trainer, self.app.args["home"])

    def press(self, button: str) -> None:
        self.world.advance(1)
        self.world.press(f"input_button.darkstar_{button}")

    @property
    def progress(self) -> Progress:
        progress = Memory(self.app.database).get(PROGRESS, Progress)
        assert progress is not None
        return progress

    @property
    def problems(self) -> list[str]:
        return [problem.problem_id for problem in self.app.problems.open()]


@pytest.fixture
def stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stand:
    return Stand(tmp_path, monkeypatch)


def test_it_trains_soon_for_the_first_time_and_then_at_night(stand: Stand) -> None:
    stand.world.now = datetime(2026, 1, 15, 20, tzinfo=UTC)
    stand.start()
    stand.world.advance(8 * 3600)
    assert stand.trained == [
        datetime(2026, 1, 15, 20, 0, 2, tzinfo=UTC),
        datetime(2026, 1, 16, 2, 0, 2, tzinfo=UTC),
    ]
    assert stand.progress.state == "trained"


def test_what_was_missed_while_everything_was_off_is_made_up_for_once(stand: Stand) -> None:
    stand.start()
    stand.world.advance(3600)
    stand.world.stop(stand.app)
    stand.world.now += timedelta(days=20)
    stand.app = stand.world.start(Trainer, stand.app.args["home"])
    with_data = (Observation(stand.world.now - hour * HOUR, 1.0, load_kwh=1.0) for hour in range(1, 120))
    Observations(stand.app.database).save(with_data)
    stand.world.advance(7200)
    assert len(stand.trained) == 2


def test_failures_back_off_also_over_a_restart_and_are_a_problem_until_it_works(stand: Stand) -> None:
    stand.error = "no memory"
    stand.start()
    stand.world.advance(16 * 60)
    assert (len(stand.trained), "training_failed" in stand.problems) == (1, True)
    stand.restart()
    stand.world.advance(5 * 3600)
    assert len(stand.trained) == 4
    stand.error = ""
    stand.world.advance(6 * 3600)
    assert len(stand.trained) == 5
    assert "training_failed" not in stand.problems


def test_other_problems_of_the_app_stay_beside_it(stand: Stand) -> None:
    stand.error = "no memory"
    stand.start()
    stand.world.advance(16 * 60)
    assert {"load_counter_unreadable", "training_failed"} <= set(stand.problems)
    stand.world.advance(5 * 3600)
    assert {"load_counter_unreadable", "training_failed"} <= set(stand.problems)


def test_the_button_trains_at_once(stand: Stand) -> None:
    stand.start(learning={"enabled": False})
    stand.world.advance(3600)
    assert stand.trained == []
    stand.press("train_now")
    assert len(stand.trained) == 1
    assert [str(text).split(" ")[0] for text in stand.said] == ["training", "trained"]
    assert "load: ridge" in str(stand.progress.answer)


def test_a_training_that_runs_is_not_begun_twice_and_ends_with_the_app(stand: Stand) -> None:
    stand.start()
    stand.world.posts = []
    stand.press("train_now")
    assert stand.progress.running
    stand.press("train_now")
    assert stand.said == ["training has begun", "not trained: a training is running already"]
    stand.world.stop(stand.app)
    assert stand.ended == 1


def test_without_data_it_waits_and_says_so_without_a_problem(stand: Stand) -> None:
    stand.start(days=0)
    stand.world.advance(2 * 3600)
    assert stand.trained == []
    assert stand.progress.state.startswith("waiting for data: 0 of the 4 days")
    assert stand.said == []
    assert len([line for line in stand.world.log if "waiting for data" in line]) == 1
    assert "training_failed" not in stand.problems
    stand.press("train_now")
    assert stand.said == ["not trained: 0 of the 4 days with a measured load that training needs"]


def test_cleared_models_are_gone_until_the_next_training_and_a_second_press_is_harmless(stand: Stand) -> None:
    stand.start()
    stand.world.advance(1000)
    stand.press("clear_learning")
    assert "put aside" in str(stand.said[-1])
    assert model_files(stand.app.database.path.parent, stand.app.home).newest_first() == ()
    stand.press("clear_learning")
    assert "no trained models" in str(stand.said[-1])
    stand.world.advance(6 * 3600)
    assert len(stand.trained) == 1
    stand.world.now += timedelta(hours=33)
    stand.world.advance(900)
    assert len(stand.trained) == 2


def test_nothing_to_reset_and_nothing_to_read_are_answers_too(stand: Stand) -> None:
    stand.start(days=0)
    stand.press("reset_learning")
    stand.press("run_backfill")
    assert stand.said == ["nothing was learned today", "no past is read: storage.backfill_days is 0"]
    assert stand.progress.answer is not None
    assert stand.progress.answer.at == stand.world.now
