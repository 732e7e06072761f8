"""Training: score every model on the last weeks, choose who serves, and fit it to all that is known."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from ..home.observation import Observation
from ..home.settings import HomeSettings
from .bands import Context
from .candidates import Candidate, Material
from .champion import choose
from .choice import PLAIN, UNTRAINED, candidates, wanted
from .day_grid import DAY_CELLS, cell_at
from .home_means import HomeMeans, materials
from .scoring import Outcome, Plan, Walk
from .trained import Champion, TrainedModels, basis_of, versions
from .training import Quantity, Score, Training, Verdict
from .walk_forward import Fits

SCORED_WEEKS = 4


def train(
    home: HomeSettings,
    history: Sequence[Observation],
    context: Context,
    now: datetime,
    serving: TrainedModels | None,
) -> tuple[Training, TrainedModels]:
    """Learn from what was known at `now`; `history` is oldest first, a year of it is used.

    `serving` are the models of the last training: their champions defend their place.
    """
    began = time.process_time()
    before = serving.champions if serving is not None and serving.suit(home) else {}
    known = materials(home, HomeMeans.of(home, history), history, context)
    results = [_trained(quantity, material, now, before.get(quantity)) for quantity, material in known.items()]
    training = Training(
        issued_at=now,
        days=_known_days(known[Quantity.LOAD], now),
        seconds=time.process_time() - began,
        scores=tuple(score for result in results for score in result.scores),
        verdicts=tuple(result.verdict for result in results),
    )
    champions = {result.verdict.quantity: result.champion for result in results}
    return training, TrainedModels(now, versions(), basis_of(home), champions)


@dataclass(frozen=True, slots=True)
class _Result:
    scores: tuple[Score, ...]
    verdict: Verdict
    champion: Champion


@dataclass(frozen=True, slots=True)
class _Tried:
    """A candidate, its walk through the last weeks, and what came of it."""

    candidate: Candidate
    walk: Walk
    outcome: Outcome


def _trained(quantity: Quantity, material: Material, now: datetime, serving: Champion | None) -> _Result:
    end = cell_at(now, material.mean.grid.zone)
    plan = Plan.last_weeks(SCORED_WEEKS, end)
    tried = {each.name: _tried(each, material, plan) for each in candidates(quantity)}
    previous = None if serving is None else serving.fits.name
    verdict = _verdict(quantity, material, plan, tried, previous)
    winner = tried[verdict.champion]
    scores = [score for name, each in tried.items() for score in each.outcome.scores(quantity, name)]
    compared = frozenset(name for name, each in tried.items() if each.walk.fits.since)
    return _Result(tuple(scores), verdict, _champion(winner, material, end, compared))


def _tried(candidate: Candidate, material: Material, plan: Plan) -> _Tried:
    walk = Walk.of(candidate, material, plan)
    return _Tried(candidate, walk, Outcome.of(walk, material, plan))


def _verdict(
    quantity: Quantity, material: Material, plan: Plan, tried: dict[str, _Tried], previous: str | None
) -> Verdict:
    asked = wanted(material.home, quantity)
    if asked is not None and tried[asked].walk.fits.since:
        return Verdict(quantity, asked, previous, f"load_forecast.model asks for {asked}")
    incumbent = previous if previous in tried else UNTRAINED[quantity]
    losses = {name: each.walk.weekly_losses(material, plan) for name, each in tried.items()}
    return choose(quantity, losses, incumbent, PLAIN[quantity], previous)


def _champion(winner: _Tried, material: Material, end: int, compared: frozenset[str]) -> Champion:
    """The winner as it was fitted in the last weeks, and as it is fitted now."""
    fits = winner.walk.fits
    newest = winner.candidate.fit(material, end)
    if newest is not None:
        fits = Fits(fits.name, (*fits.since, end), (*fits.fitted, newest))
    return Champion(fits, winner.walk.bands(material, end), compared)


def _known_days(material: Material, now: datetime) -> float:
    return float(np.count_nonzero(material.mean.grid.known_at_s <= now.timestamp()) / DAY_CELLS)
