"""One training from the database to the models: what it is given, what it leaves, what it says."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from darkstar.__main__ import main
from darkstar.forecast.bands import Context
from darkstar.forecast.plain_models import PlainMean
from darkstar.forecast.price_score import TAIL, WEEK
from darkstar.forecast.training import Quantity, Training, Verdict
from darkstar.home.observation import Observation
from darkstar.home.prices import Price, PriceCurve
from darkstar.home.settings import HomeSettings
from darkstar.pipeline import foresee
from darkstar.storage.database import Database
from darkstar.storage.observations import Observations
from darkstar.storage.prices import Prices
from darkstar.storage.trainings import Trainings
from darkstar.training.desk import BASELINES
from darkstar.training.process import TrainingOrder, TrainingProcess
from darkstar.training.run import train_home
from darkstar.training.trained_models import ModelShelf, model_files
from tests.homes import home

NOW = datetime(2026, 1, 15, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TRAINED = Training(NOW, 30, 1.0, (), (Verdict(Quantity.LOAD, "ridge", None, "better"),))


class Teacher:
    """Stands in for the training itself, and notes what it is given."""

    def __init__(self) -> None:
        self.history: Sequence[Observation] = ()
        self.context = Context()
        self.serving: object = "not asked"
        self.models: object = "models 1"

    def train(
        self, home: HomeSettings, history: Sequence[Observation], context: Context, now: datetime, serving: object
    ) -> tuple[Training, object]:
        self.history, self.context, self.serving = history, context, serving
        return replace(TRAINED, issued_at=now), self.models


@pytest.fixture
def teacher(monkeypatch: pytest.MonkeyPatch) -> Teacher:
    teacher = Teacher()
    monkeypatch.setitem(sys.modules, "darkstar.forecast.train", SimpleNamespace(train=teacher.train))
    return teacher


@pytest.fixture
def database_file(tmp_path: Path) -> Path:
    return tmp_path / "darkstar.sqlite3"


def fill(database_file: Path, days: int, now: datetime = NOW, price_days: int = 0) -> None:
    start = now.replace(hour=0, minute=0, second=0, microsecond=0)
    with Database.open(database_file, now) as database:
        Observations(database).save(Observation(start - hour * HOUR, 1.0, load_kwh=0.5) for hour in range(24 * days))
        hours = (start - hour * HOUR for hour in range(24 * price_days))
        Prices(database).save(PriceCurve(tuple(Price(each, each + HOUR, 0.2, 0.1) for each in sorted(hours))))


def test_too_little_data_is_said_and_nothing_is_trained(database_file: Path, teacher: Teacher) -> None:
    fill(database_file, 3)
    answer = train_home(home(), database_file, NOW)
    assert "3 of the 4 days" in answer.no_data
    assert answer.training is None
    assert teacher.serving == "not asked"


def test_models_are_left_and_the_next_training_starts_from_them(database_file: Path, teacher: Teacher) -> None:
    fill(database_file, 40)
    settings = home(learning={"max_history_days": 30})
    assert train_home(settings, database_file, NOW).training == TRAINED
    assert teacher.serving is None
    assert teacher.history[0].start >= NOW - 30 * DAY
    assert len(teacher.history) == pytest.approx(30 * 24, abs=24)
    assert ModelShelf(model_files(database_file.parent, settings)).current() == "models 1"
    teacher.models = "models 2"
    train_home(settings, database_file, NOW + DAY)
    assert teacher.serving == "models 1"
    assert ModelShelf(model_files(database_file.parent, settings)).current() == "models 2"


def test_prices_are_scored_beside_it(database_file: Path, teacher: Teacher) -> None:
    fill(database_file, 10, price_days=20)
    training = train_home(home(), database_file, NOW).training
    assert training is not None
    assert {score.model for score in training.scores} >= {TAIL, WEEK}
    load, price = training.verdicts
    assert (load.quantity, price.champion, price.previous) == (Quantity.LOAD, TAIL, None)
    with Database.open(database_file, NOW) as database:
        Trainings(database).save(training)
    again = train_home(home(), database_file, NOW + DAY).training
    assert again is not None
    assert again.verdicts[-1].previous == TAIL


def test_skill_is_measured_against_models_that_are_scored() -> None:
    assert {Quantity.LOAD: PlainMean(7).name, Quantity.PV: PlainMean(7).name, Quantity.PRICE: WEEK} == BASELINES


def test_the_command_takes_the_home_from_a_file_or_from_standard_input(
    database_file: Path, teacher: Teacher, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(database_file, 10, datetime.now(UTC))
    settings = home().model_dump_json(exclude_unset=True)
    file = database_file.with_name("home.json")
    file.write_text(settings)
    assert main(["train", str(file), str(database_file)]) == 0
    monkeypatch.setattr("sys.stdin", io.StringIO(settings))
    assert main(["train", "-", str(database_file)]) == 0
    answers: list[dict[str, Any]] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [answer["training"]["verdicts"][0]["champion"] for answer in answers] == ["ridge", "ridge"]


def test_wrong_settings_are_words_and_no_traceback(database_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = database_file.with_name("home.json")
    file.write_text("{}")
    assert main(["train", str(file), str(database_file)]) == 1
    assert "entities" in capsys.readouterr().err


def test_the_real_process_trains_models_that_serve(database_file: Path) -> None:
    """All of it, from the app's order to a forecast with the models that a process of its own has left."""
    now, settings = datetime.now(UTC), home(learning={"max_history_days": 30})
    fill(database_file, 6, now)
    order = TrainingOrder(settings.model_dump_json(exclude_unset=True), database_file, limit_s=300)
    answer = TrainingProcess().run(order)
    assert answer.error == ""
    assert answer.training is not None
    assert {verdict.quantity for verdict in answer.training.verdicts} == {Quantity.LOAD, Quantity.PV}
    models = ModelShelf(model_files(database_file.parent, settings)).current()
    with Database.open(database_file, now) as database:
        history = Observations(database).between(now - 30 * DAY, now)
    forecast = foresee(settings, now, history, Context(), models).forecast
    champions = {verdict.quantity: verdict.champion for verdict in answer.training.verdicts}
    assert forecast.load_model == champions[Quantity.LOAD]
