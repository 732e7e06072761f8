"""Settings of training: the traps of YAML are faults with a way out."""

from __future__ import annotations

from datetime import time

import pytest
from pydantic import ValidationError

from darkstar.home.learning import LearningSettings


def test_a_time_of_day_is_local() -> None:
    assert LearningSettings.model_validate({"run_time": "03:30"}).run_time == time(3, 30)


@pytest.mark.parametrize(
    ("value", "words"),
    [(210, 'write "03:30" with quotes'), (3.5, "with quotes"), ("03:30+01:00", "has a zone"), ("soon", "valid time")],
)
def test_what_is_no_local_time_is_a_fault(value: object, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        LearningSettings.model_validate({"run_time": value})


@pytest.mark.parametrize("days", [[7], [-1], ["Monday"], 1])
def test_weekdays_are_numbers_from_monday(days: object) -> None:
    with pytest.raises(ValidationError):
        LearningSettings.model_validate({"run_days": days})
