from __future__ import annotations

import math
from datetime import timedelta

from darkstar.forecast.training import Quantity, Score, Training, Verdict
from darkstar.home.operation import StorageSettings
from darkstar.storage.database import Database
from darkstar.storage.retention import purge
from darkstar.storage.trainings import Trainings
from tests.storage.samples import NOW

DAY = timedelta(days=1)


def training(days_ago: int, champion: str = "ridge", previous: str | None = None) -> Training:
    scores = tuple(
        Score(Quantity.LOAD, model, lead, 0.2, 0.3, -0.01, 0.08, 79.5, 960)
        for model in ("ridge", "mean_7")
        for lead in ("1-6", "6-24")
    )
    verdicts = (
        Verdict(Quantity.LOAD, champion, previous, "4 % better"),
        Verdict(Quantity.PV, "clear", "clear", "same"),
    )
    return Training(NOW - days_ago * DAY, 30.5, 12.25, scores, verdicts)


def test_a_training_comes_back_as_it_was(database: Database) -> None:
    store = Trainings(database)
    assert store.latest() is None
    store.save(training(2))
    store.save(training(1))
    assert store.latest() == training(1)
    assert store.recent(5) == (training(1), training(2))
    assert store.recent(1) == (training(1),)


def test_the_same_instant_is_stored_once(database: Database) -> None:
    store = Trainings(database)
    store.save(training(1, "boosted"))
    store.save(training(1))
    assert store.recent(5) == (training(1),)


def test_a_score_that_could_not_be_computed_stays_so(database: Database) -> None:
    score = Score(Quantity.PRICE, "tail", "24-48", math.nan, 0.1, 0.0, 0.1, math.nan, 0)
    Trainings(database).save(Training(NOW, 1, 1, (score,), ()))
    latest = Trainings(database).latest()
    assert latest is not None
    (kept,) = latest.scores
    assert math.isnan(kept.mae)
    assert math.isnan(kept.coverage_percent)
    assert (kept.rmse, kept.slots) == (0.1, 0)


def test_the_history_of_champions_has_the_changes_only(database: Database) -> None:
    store = Trainings(database)
    for age, champion, previous in (
        (9, "mean", None),
        (6, "mean", "mean"),
        (4, "ridge", "mean"),
        (2, "ridge", "ridge"),
    ):
        store.save(training(age, champion, previous))
    changes = [(change.at, change.verdict.champion) for change in store.champion_changes(9)]
    assert changes == [(NOW - 4 * DAY, "ridge"), (NOW - 9 * DAY, "mean")]
    assert len(store.champion_changes(1)) == 1
    serving = store.serving_since()
    assert serving[Quantity.LOAD].at == NOW - 4 * DAY
    assert Quantity.PRICE not in serving


def test_the_old_goes_with_all_that_belongs_to_it(database: Database) -> None:
    store = Trainings(database)
    for age in (30, 20, 10):
        store.save(training(age))
    assert store.purge(NOW - 15 * DAY) == 2
    assert store.recent(9) == (training(10),)
    with database.read() as connection:
        counts = [connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("scores", "verdicts")]
    assert counts == [4, 2]


def test_trainings_are_kept_as_long_as_observations(database: Database) -> None:
    for age in (70, 50):
        Trainings(database).save(training(age))
    purge(database, StorageSettings(observation_days=60), NOW)
    assert Trainings(database).recent(9) == (training(50),)
