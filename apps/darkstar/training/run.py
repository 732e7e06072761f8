"""One training, from the database to a file of models: what `python -m darkstar train` does."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from ..forecast.bands import Context
from ..forecast.price_score import SCORED_DAYS, TAIL, price_scores
from ..forecast.price_tail import MEMORY
from ..forecast.training import Quantity, Training, Verdict
from ..home.observation import Observation
from ..home.prices import PriceCurve
from ..home.settings import HomeSettings
from ..learning.level import LOOK_BACK, STATISTICIAN_DAYS, days_with_data
from ..storage.database import Database
from ..storage.measured import slots_with_load
from ..storage.observations import Observations
from ..storage.prices import Prices
from ..storage.trainings import ChampionChange, Trainings
from ..weather_feed import known_context
from .process import TrainingAnswer
from .trained_models import ModelShelf, model_files

PRICE_REACH = MEMORY + timedelta(days=SCORED_DAYS)
"""The forecast of prices is scored over its last days, each from the days before it."""


def train_home(home: HomeSettings, database_file: Path, now: datetime) -> TrainingAnswer:
    """Train from what was measured before `now`, and store the models beside the database.

    Raises:
        ValueError: the training brings no models, or they cannot be read back.
        StorageError: the database cannot be read.
        OSError: the models cannot be written.
    """
    with Database.open(database_file, now) as database:
        missing = missing_data(measured_days(database, home, now))
        if missing:
            return TrainingAnswer(no_data=missing)
        reach = timedelta(days=home.learning.max_history_days)
        history = Observations(database).between(now - reach, now)
        context = known_context(database, now, reach)
        paid = Prices(database).between(now - PRICE_REACH, now)
        previous = Trainings(database).serving_since()
    training = _train(home, database_file.parent, history, context, now)
    return TrainingAnswer(_with_prices(training, home, paid, previous.get(Quantity.PRICE)))


def measured_days(database: Database, home: HomeSettings, now: datetime) -> int:
    """On how many local days of the last months the load was measured."""
    return days_with_data(slots_with_load(database, now - LOOK_BACK, now), home.zone)


def missing_data(days: int) -> str:
    """What is missing for a training, in words; empty when nothing is."""
    if days >= STATISTICIAN_DAYS:
        return ""
    return f"{days} of the {STATISTICIAN_DAYS} days with a measured load that training needs"


def _train(
    home: HomeSettings, folder: Path, history: tuple[Observation, ...], context: Context, now: datetime
) -> Training:
    from ..forecast.train import train

    files = model_files(folder, home)
    training, models = train(home, history, context, now, ModelShelf(files).current())
    files.save(models, now)
    return training


def _with_prices(training: Training, home: HomeSettings, paid: PriceCurve, before: ChampionChange | None) -> Training:
    """With the scores of the forecast of prices, which learns nothing from this home and has no rival."""
    scores = price_scores(paid, home.zone, home.tariff)
    if not scores:
        return training
    previous = None if before is None else before.verdict.champion
    verdict = Verdict(Quantity.PRICE, TAIL, previous, "the only model of prices")
    return replace(training, scores=(*training.scores, *scores), verdicts=(*training.verdicts, verdict))
