"""What the models of a forecast do, in the owner's words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

MODEL_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "mean of 7 days": "What it was at this time on the last 7 days, on average.",
        "mean of 28 days": "What it was at this time on the last 28 days, on average.",
        "last week": "What it was at this time a week ago.",
        "same-slot mean": "Recent days at this time; newer ones and days of the same kind count more.",
        "same-slot mean under a clear sky": "Recent days at this time, scaled to the sun's height of the day.",
        "ridge on same-slot mean": "Recent days at this time, corrected by what the last hours and days say.",
        "ridge on same-slot mean under a clear sky": (
            "Recent days at this time by the sun's height, corrected by what the last hours and days say."
        ),
        "calendar ridge": (
            "Recent days, corrected by time, weekday, holidays, season, temperature and what was just measured."
        ),
        "trees": "Decision trees that have learned your home's habits by time, weather and what was just measured.",
        "calendar ridge and trees": "The average of two trained models: a linear one and decision trees.",
        "weather": "The weather forecast through the physics of your panels, with what your roof has taught.",
        "weather, by hour": "The same, with shade and snow learned for every hour.",
        "forecast service": "Your own PV forecast service.",
        "price_tail": "Past prices by hour and weekday, and the last known level.",
    }
)
"""By the name that a forecast bears."""


def model_words(model: str) -> str:
    """The words for a model; empty for one that is a service's own name."""
    return MODEL_WORDS.get(model, "")
