"""When and from how much the forecasting models learn."""

from __future__ import annotations

from datetime import time
from typing import Annotated

from pydantic import Field, field_validator

from .block import Block

Weekday = Annotated[int, Field(ge=0, le=6)]


class LearningSettings(Block):
    """The training of the forecasting models."""

    enabled: bool = True
    """Train on schedule. False: only when the button is pressed."""
    run_days: tuple[Weekday, ...] = (1, 4)
    """Weekdays of training, 0 is Monday; none: never on schedule."""
    run_time: time = time(3)
    """Local time of training; one that a clock change skips or repeats counts once."""
    max_history_days: Annotated[int, Field(ge=30, le=1100)] = 400
    """The models learn from at most so many past days."""
    time_limit_minutes: Annotated[float, Field(ge=1, le=240)] = 30.0
    """Wall clock; a training that takes longer is ended and tried again later."""

    @field_validator("run_time", mode="before")
    @classmethod
    def _is_quoted(cls, value: object) -> object:
        if isinstance(value, int | float):
            msg = f'{value} is no time of day: YAML reads 3:30 as a number, write "03:30" with quotes'
            raise ValueError(msg)  # noqa: TRY004 - pydantic makes a fault of a ValueError only
        return value

    @field_validator("run_time")
    @classmethod
    def _is_local(cls, value: time) -> time:
        if value.tzinfo is not None:
            msg = f"{value.isoformat()} has a zone: give the local time of day alone, such as 03:00"
            raise ValueError(msg)
        return value
