"""From history to models that serve."""

import pickle
import sys
from dataclasses import replace
from datetime import datetime
from functools import cache

import numpy as np
import pytest

from darkstar.forecast.bands import Context, Forecast
from darkstar.forecast.choice import PLAIN, UNTRAINED, candidates, forecaster
from darkstar.forecast.day_grid import Pieces
from darkstar.forecast.home_forecaster import HomeForecaster
from darkstar.forecast.load_models import LearnedLoad
from darkstar.forecast.train import train
from darkstar.forecast.trained import FRESH_DAYS, TrainedModels
from darkstar.forecast.training import Quantity, Training
from darkstar.home.settings import HomeSettings
from darkstar.home.slots import Slot, slots_between
from darkstar.home.sources import LoadForecastSettings
from darkstar.pipeline import foresee
from tests.forecast.material import HOME, NOW, ROWS, SERVICE, WEATHER, with_other_future
from tests.forecast.samples import days

PAST = [row for row in ROWS if row.end <= NOW]
HORIZON = slots_between(NOW, NOW + days(2))
SERVED = "calendar ridge"
NOTHING = Context()
ASKED = HOME.model_copy(update={"load_forecast": LoadForecastSettings(model="calendar_ridge")})


def without_trees(quantity: Quantity) -> tuple[object, ...]:
    """All candidates but those that take seconds."""
    slow = {"trees", "calendar ridge and trees"}
    return tuple(each for each in candidates(quantity) if each.name not in slow)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("darkstar.forecast.train.candidates", without_trees)


@cache
def trained(now: datetime = NOW, context: Context = NOTHING) -> TrainedModels:
    return train(ASKED, PAST, context, now, None)[1]


def fitted(models: TrainedModels | None, place: HomeSettings = ASKED) -> HomeForecaster:
    model = forecaster(place, models)
    model.fit(ROWS)
    return model


def predict(models: TrainedModels | None, now: datetime = NOW, place: HomeSettings = ASKED) -> Forecast:
    return fitted(models, place).predict(slots_between(now, now + days(2)), now, Context())


def test_every_model_is_scored_and_one_is_chosen() -> None:
    training, models = train(HOME, PAST, Context(), NOW, None)
    assert isinstance(training, Training)
    assert training.days == pytest.approx(63, abs=0.1)
    assert training.seconds > 0
    for quantity in (Quantity.LOAD, Quantity.PV):
        (verdict,) = (each for each in training.verdicts if each.quantity is quantity)
        names = {score.model for score in training.scores if score.quantity is quantity}
        assert {PLAIN[quantity], UNTRAINED[quantity], "mean of 7 days", "mean of 28 days", "last week"} <= names
        assert verdict.champion in names
        assert verdict.previous is None
        assert models.champions[quantity].fits.name == verdict.champion


def test_the_owner_can_insist_on_a_model() -> None:
    training, _ = train(ASKED, PAST, Context(), NOW, None)
    (verdict,) = (each for each in training.verdicts if each.quantity is Quantity.LOAD)
    assert verdict.champion == SERVED
    assert "asks for" in verdict.reason


def test_forecasts_say_which_model_made_them() -> None:
    assert predict(trained()).load_model == SERVED
    assert predict(None).load_model == UNTRAINED[Quantity.LOAD]


def test_the_next_training_knows_who_served() -> None:
    training, _ = train(ASKED, PAST, Context(), NOW, trained())
    (verdict,) = (each for each in training.verdicts if each.quantity is Quantity.LOAD)
    assert verdict.previous == SERVED


def test_rows_after_the_training_change_nothing() -> None:
    plain, altered = (train(ASKED, rows, Context(), NOW, None) for rows in (PAST, with_other_future(ROWS, NOW, 2)))
    assert replace(plain[0], seconds=0.0) == replace(altered[0], seconds=0.0)
    assert predict(plain[1]) == predict(altered[1])


def test_bands_do_not_cross_and_hold_the_median_beside_the_mean() -> None:
    slots = predict(trained()).slots
    for slot in slots:
        assert 0 <= slot.load_kwh.p10 <= slot.load_kwh.p50 <= slot.load_kwh.p90
        assert slot.load_kwh.mean is not None
    assert any(slot.load_kwh.p50 != slot.load_kwh.expected for slot in slots)


def test_a_week_can_be_forecast() -> None:
    week = slots_between(NOW, NOW + days(7))
    forecast = fitted(trained()).predict(week, NOW, Context())
    assert len(forecast.slots) == len(week)
    assert min(slot.load_kwh.expected for slot in forecast.slots) > 0


def test_they_survive_a_pickle() -> None:
    models = trained()
    assert predict(pickle.loads(pickle.dumps(models))) == predict(models)


@pytest.mark.parametrize("changed", [{"versions": {"darkstar": "0"}}, {"basis": "another home"}])
def test_models_of_another_version_or_home_are_left_alone(changed: dict[str, object]) -> None:
    models = replace(trained(), **changed)  # type: ignore[arg-type]  # one field at a time
    assert predict(models) == predict(None)


def test_other_settings_are_another_home() -> None:
    moved = ASKED.model_copy(update={"latitude": 40.0})
    assert trained().suit(ASKED)
    assert not trained().suit(moved)


def test_stale_models_do_not_serve() -> None:
    models = trained(now=NOW - days(FRESH_DAYS + 2))
    assert predict(models).load_model == UNTRAINED[Quantity.LOAD]


def test_each_scenario_is_the_error_of_the_forecast_as_issued_then() -> None:
    models = trained()
    model = fitted(models)
    model.predict(HORIZON, NOW, Context())
    errors, _ = model.residuals_kwh(model.predict(HORIZON, NOW, Context()), [2, 9], Pieces.of(HORIZON))
    measured = {row.start: row for row in ROWS}
    for number, age in enumerate((2, 9)):
        then = NOW - days(age)
        alone = forecaster(ASKED, models)
        alone.fit([row for row in ROWS if row.end <= then])
        horizon = [Slot(slot.start - days(age), slot.hours) for slot in HORIZON]
        issued = alone.predict(horizon, then, Context())
        assert issued.load_model == SERVED
        for place, slot in enumerate(issued.slots):
            row = measured.get(slot.start.replace(minute=0))
            if row is None or row.load_kwh is None or row.end > NOW:
                assert np.isnan(errors[number, place])
                continue
            came = row.load_kwh * slot.hours
            assert errors[number, place] == pytest.approx(came - slot.load_kwh.expected, abs=1e-6)


def test_a_scenario_older_than_the_models_is_the_simple_model_s() -> None:
    simple, _ = fitted(None).residuals_kwh(predict(None), [60], Pieces.of(HORIZON))
    served, _ = fitted(trained()).residuals_kwh(predict(trained()), [60], Pieces.of(HORIZON))
    assert np.array_equal(simple, served, equal_nan=True)


def test_without_scikit_learn_the_other_models_are_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("darkstar.forecast.train.candidates", candidates)
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    training, models = train(HOME, PAST, Context(), NOW, None)
    names = {score.model for score in training.scores if score.quantity is Quantity.LOAD}
    assert SERVED in names
    assert "trees" not in names
    assert models.champions[Quantity.LOAD].fits.name in names


@pytest.mark.parametrize("length", [0, 3, 20])
def test_a_young_home_keeps_what_serves_untrained(length: int) -> None:
    rows = [row for row in PAST if row.start >= NOW - days(length)]
    training, models = train(HOME, rows, Context(), NOW, None)
    for verdict in training.verdicts:
        assert verdict.champion == UNTRAINED[verdict.quantity]
    model = forecaster(HOME, models)
    model.fit(rows)
    forecast = model.predict(HORIZON, NOW, Context())
    assert len(forecast.slots) == len(HORIZON)
    assert min(slot.load_kwh.expected for slot in forecast.slots) > 0


def test_the_pipeline_passes_them_on() -> None:
    outlook = foresee(ASKED, NOW, PAST, Context(), trained())
    assert outlook.forecast.load_model == SERVED
    assert len(outlook.scenarios) > 10


def test_a_service_that_was_compared_stands_back_where_it_lost() -> None:
    known = Context(pv_intervals=tuple(each for each in SERVICE if each.start >= NOW), weather=WEATHER)
    compared = trained(context=replace(known, past_pv=tuple(each for each in SERVICE if each.start < NOW)))
    alone = trained(context=Context(weather=WEATHER))
    seen = {}
    for name, models in (("compared", compared), ("alone", alone)):
        model = forecaster(ASKED, models)
        model.fit(PAST)
        seen[name] = model.predict(HORIZON, NOW, known).pv_model
    assert seen["compared"] == compared.champions[Quantity.PV].fits.name
    assert seen["alone"].startswith(ASKED.pv_forecast.source)


def test_candidates_share_what_they_learn() -> None:
    learned = [each for each in candidates(Quantity.LOAD) if isinstance(each, LearnedLoad)]
    assert len({id(each.lessons) for each in learned}) == 1
