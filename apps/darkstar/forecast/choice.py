"""Which models there are, and the forecaster that serves a home."""

from __future__ import annotations

from datetime import timedelta

from ..home.settings import HomeSettings
from .candidates import Candidate, Material
from .home_forecaster import HomeForecaster
from .home_means import LOAD_MODEL, PV_MODEL
from .load_models import FitRows, LearnedLoad, Lessons, Ridge, Trees
from .plain_models import LastWeek, PlainMean, RecentRidge, WeightedMean
from .pv_service import ServicePvModel
from .pv_weather import ShadedWeatherPv, WeatherPv
from .quantity import QuantityModel
from .ridge import RidgeMean, reach_days
from .trained import ChampionModel, TrainedModels
from .training import Quantity

PLAIN = {Quantity.LOAD: LOAD_MODEL, Quantity.PV: PV_MODEL}
"""The model of each quantity that always serves."""
UNTRAINED = {quantity: f"ridge on {plain}" for quantity, plain in PLAIN.items()}
"""The model of each quantity that serves until there was a training."""
BASELINES: tuple[Candidate, ...] = (PlainMean(7), PlainMean(28), LastWeek())

_LEARNED: dict[str, tuple[str, tuple[FitRows, ...]]] = {
    "calendar_ridge": ("calendar ridge", (Ridge.fit,)),
    "trees": ("trees", (Trees.fit,)),
    "blend": ("calendar ridge and trees", (Ridge.fit, Trees.fit)),
}
_MORE_DAYS = 4
"""A scenario reaches over the horizon, and the first day of history may be cut."""


def candidates(quantity: Quantity) -> tuple[Candidate, ...]:
    """All models of load or PV that training compares, the plainest ones first."""
    simple = (*BASELINES, WeightedMean(PLAIN[quantity]), RecentRidge(UNTRAINED[quantity]))
    if quantity is Quantity.PV:
        return (*simple, WeatherPv(), ShadedWeatherPv(), ServicePvModel())
    lessons = Lessons()
    return (*simple, *(LearnedLoad(name, fits, lessons) for name, fits in _LEARNED.values()))


def wanted(home: HomeSettings, quantity: Quantity) -> str | None:
    """The model that the owner insists on, if training can make it."""
    asked = _LEARNED.get(home.load_forecast.model) if quantity is Quantity.LOAD else None
    return None if asked is None else asked[0]


def forecaster(home: HomeSettings, trained: TrainedModels | None = None) -> HomeForecaster:
    """A forecaster by `load_forecast.model`; it knows nothing before `fit`."""

    def refine(quantity: Quantity, material: Material) -> QuantityModel:
        if home.load_forecast.model == "same_slot":
            return material.mean
        simple = RidgeMean(material.mean)
        if home.load_forecast.model == "ridge" or trained is None or not trained.suit(home):
            return simple
        champion = trained.champions.get(quantity)
        return simple if champion is None else ChampionModel(material, champion, simple)

    return HomeForecaster(home, refine)


def reach(home: HomeSettings) -> timedelta:
    """How far back a forecast looks, with that of each day whose error is a scenario."""
    settings, scenario_days = home.load_forecast, home.planner.scenario_days
    if settings.model == "same_slot":
        return timedelta(days=settings.history_days + scenario_days + _MORE_DAYS)
    return timedelta(days=reach_days(settings.history_days, scenario_days) + _MORE_DAYS)
