"""When and from what a home with given settings trains its models, and what its buttons do."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

from darkstar.app import EVENT_LEARNING
from darkstar.forecast.training import Training
from darkstar.home.observation import Observation
from darkstar.home.settings import HomeSettings
from darkstar.storage.database import Database
from darkstar.storage.observations import Observations
from darkstar.trainer import Trainer
from darkstar.training import run as training_run
from darkstar.training.process import TrainingAnswer, TrainingOrder, TrainingProcess
from darkstar.training.trained_models import model_files
from tests.home.app_observers import Stage

THURSDAY = datetime(2026, 1, 15, 22, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def trainings(home: HomeSettings, stage: Stage) -> object:
    """When the models are trained in a night from Thursday to Friday, and how long it may take."""
    world, begun = stage.world(), list[tuple[datetime, float]]()
    world.now = THURSDAY

    def run(_: TrainingProcess, order: TrainingOrder) -> TrainingAnswer:
        begun.append((world.now, order.limit_s))
        model_files(order.database.parent, home).save("models", world.now)
        return TrainingAnswer(Training(world.now, 6, 1, (), ()))

    stage.monkeypatch.setattr(TrainingProcess, "run", run)
    _measure(world.folder / "darkstar" / "darkstar.sqlite3", 6)
    app = world.start(Trainer, home.model_dump(mode="json", exclude_unset=True))
    world.advance(8 * 3600)
    world.stop(app)
    return begun


def learning_buttons(home: HomeSettings, stage: Stage) -> object:
    """What each of the usual buttons is answered with."""
    world, said = stage.world(), list[object]()
    buttons = [f"input_button.darkstar_{name}" for name in ("train_now", "reset_learning", "clear_learning")]
    buttons.append("input_button.darkstar_run_backfill")
    app = world.start(Trainer, home.model_dump(mode="json", exclude_unset=True))
    app.listen_event(lambda _, data, **__: said.append(data["text"]), EVENT_LEARNING, namespace="darkstar")
    for button in buttons:
        world.set(button, "unknown")
        world.advance(1)
        world.press(button)
    world.stop(app)
    return said


def history_learned_from(home: HomeSettings, stage: Stage) -> object:
    """How many days of history a training is given."""
    database_file, given = stage.own_folder() / "darkstar.sqlite3", list[timedelta]()

    def train(_: HomeSettings, history: Sequence[Observation], *__: object) -> tuple[Training, object]:
        given.append(history[-1].start - history[0].start)
        return Training(THURSDAY, 60, 1, (), ()), "models"

    stage.monkeypatch.setitem(sys.modules, "darkstar.forecast.train", SimpleNamespace(train=train))
    _measure(database_file, 60)
    training_run.train_home(home, database_file, THURSDAY)
    return given


def _measure(database_file: Path, days: int) -> None:
    with Database.open(database_file, THURSDAY) as database:
        rows = (Observation(THURSDAY - hour * HOUR, 1.0, load_kwh=0.5) for hour in range(1, 24 * days))
        Observations(database).save(rows)
