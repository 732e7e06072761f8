"""The sensors that tell what has been learned: the level with its training, and what the forecasts are worth."""

from __future__ import annotations

from ..forecast.training import Quantity
from ..learning.progress import Progress, Skill
from .published import PublishedSensor, sensor
from .snapshot import Snapshot
from .words import clock, fit

_TEXT_LIMIT = 1000


def learning(snapshot: Snapshot) -> PublishedSensor:
    """How much the home's own past can say, when more will be learned, and what came of the last button."""
    progress = snapshot.learning
    if progress is None:
        return sensor("learning", "learning", "school", None)
    training, answer = progress.training, progress.answer
    return sensor(
        "learning",
        "learning",
        "school",
        progress.level.value,
        text=fit([_story(progress, snapshot)], _TEXT_LIMIT),
        days=progress.days,
        training="on" if progress.running else "off",
        training_state=fit([progress.state], _TEXT_LIMIT),
        next_training=progress.next_training.isoformat() if progress.next_training else None,
        trained_at=training.issued_at.isoformat() if training else None,
        trained_days=round(training.days, 1) if training else None,
        trained_seconds=round(training.seconds, 1) if training else None,
        models={skill.quantity.value: skill.champion for skill in progress.skills} or None,
        answer=fit([answer.text], _TEXT_LIMIT) if answer else None,
        answered_at=answer.at.isoformat() if answer else None,
    )


def forecast_skill(snapshot: Snapshot) -> PublishedSensor:
    """How much smaller the error of the load forecast is than that of the mean of seven days, and the rest."""
    skills = {} if snapshot.learning is None else {skill.quantity: skill for skill in snapshot.learning.skills}
    load = skills.get(Quantity.LOAD)
    state = None if load is None or load.skill_percent is None else round(load.skill_percent, 1)
    return sensor(
        "forecast_skill",
        "forecast skill",
        "bullseye-arrow",
        state,
        unit_of_measurement="%",
        state_class="measurement",
        compared_with="mean of the same time on the last 7 days",
        **{quantity.value: _shown(skill) for quantity, skill in skills.items()},
    )


def _shown(skill: Skill) -> dict[str, object]:
    numbers = {
        "error": (skill.mae, 4),
        "skill_percent": (skill.skill_percent, 1),
        "coverage_percent": (skill.coverage_percent, 1),
    }
    return {
        "model": skill.champion,
        "why": skill.reason,
        **({"since": skill.since.isoformat()} if skill.since else {}),
        **{name: round(value, digits) for name, (value, digits) in numbers.items() if value is not None},
    }


def _story(progress: Progress, snapshot: Snapshot) -> str:
    """One sentence or two for people."""
    zone, now = snapshot.home.zone, snapshot.now
    days = "1 day" if progress.days == 1 else f"{progress.days} days"
    begun = f"{progress.level.value.capitalize()}: {days} with data; {progress.state}."
    if progress.running or progress.next_training is None:
        return begun
    return f"{begun} Next training: {clock(max(progress.next_training, now), now, zone)}."
