"""What has been learned so far, as it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ..forecast.training import Quantity, Training

PROGRESS = "trainer.progress"
"""Under this name the trainer leaves it in the memory, for what shows it."""


class Level(StrEnum):
    """How much the home's own past can say."""

    INFANT = "infant"
    """Next to nothing: standard profiles serve."""
    STATISTICIAN = "statistician"
    """Means of past days serve."""
    GRADUATE = "graduate"
    """Trained models serve where they are better."""


@dataclass(frozen=True, slots=True)
class Skill:
    """How well a quantity is forecast, by the last training's walk through past weeks.

    `skill_percent` is how much smaller the mean error is than that of the mean of the last seven days at the
    same time; None where the two cannot be compared. `mae` is in kW (prices: currency per kWh). `since` is
    when the champion began to serve.
    """

    quantity: Quantity
    champion: str
    reason: str
    mae: float | None
    skill_percent: float | None
    coverage_percent: float | None
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a button that was pressed."""

    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Progress:
    """The state of learning at one moment.

    `days` are the local days of the last three months with a measured load. `state` is the training in words.
    `next_training` is None where there will be none. `training` is the last one, while its models serve.
    """

    level: Level
    days: int
    state: str
    running: bool = False
    next_training: datetime | None = None
    training: Training | None = None
    skills: tuple[Skill, ...] = ()
    answer: Answer | None = None
