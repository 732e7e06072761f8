"""The learning level of a home, and what its models are worth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from math import isfinite
from zoneinfo import ZoneInfo

from ..forecast.training import Quantity, Score, Training, Verdict
from ..home.slots import Slot, local_date
from .progress import Level, Skill

LOOK_BACK = timedelta(days=90)
"""Only days so young count: what was known long ago is forgotten."""
STATISTICIAN_DAYS = 4
GRADUATE_DAYS = 14
_ENOUGH_HOURS = 18.0
"""A day with so many measured hours counts."""


def days_with_data(slots: Iterable[Slot], zone: ZoneInfo) -> int:
    """On how many local days most hours were measured."""
    hours: dict[date, float] = defaultdict(float)
    for slot in slots:
        hours[local_date(slot.start, zone)] += slot.hours
    return sum(each >= _ENOUGH_HOURS for each in hours.values())


def level_of(days: int, *, has_models: bool) -> Level:
    """The level after so many days with data; one lower while no trained models serve."""
    levels = list(Level)
    place = (days >= STATISTICIAN_DAYS) + (days >= GRADUATE_DAYS)
    return levels[place if has_models else max(place - 1, 0)]


def skills(
    training: Training | None, since: Mapping[Quantity, datetime], baselines: Mapping[Quantity, str]
) -> tuple[Skill, ...]:
    """What the champions of a training are worth beside the simple models `baselines`.

    All leads on which both were scored count, each by its slots.
    """
    if training is None:
        return ()
    return tuple(_skill(verdict, training.scores, since, baselines) for verdict in training.verdicts)


def _skill(
    verdict: Verdict, scores: Sequence[Score], since: Mapping[Quantity, datetime], baselines: Mapping[Quantity, str]
) -> Skill:
    champion = _by_lead(scores, verdict.quantity, verdict.champion)
    simple = _by_lead(scores, verdict.quantity, baselines[verdict.quantity])
    both = champion.keys() & simple.keys()
    error = _mean((champion[lead] for lead in both), lambda score: score.mae)
    simple_error = _mean((simple[lead] for lead in both), lambda score: score.mae)
    return Skill(
        quantity=verdict.quantity,
        champion=verdict.champion,
        reason=verdict.reason,
        mae=_mean(champion.values(), lambda score: score.mae),
        skill_percent=100 * (1 - error / simple_error) if error is not None and simple_error else None,
        coverage_percent=_mean(champion.values(), lambda score: score.coverage_percent),
        since=since.get(verdict.quantity),
    )


def _by_lead(scores: Sequence[Score], quantity: Quantity, model: str) -> dict[str, Score]:
    return {score.lead: score for score in scores if score.quantity is quantity and score.model == model}


def _mean(scores: Iterable[Score], value: Callable[[Score], float]) -> float | None:
    """Mean over slots; None when nothing was measured."""
    known = [(value(score), score.slots) for score in scores if isfinite(value(score))]
    slots = sum(count for _, count in known)
    return sum(each * count for each, count in known) / slots if slots else None
