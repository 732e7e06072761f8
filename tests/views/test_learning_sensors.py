"""What is shown of learning."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from darkstar.forecast.training import Quantity, Training
from darkstar.learning.progress import Answer, Level, Progress, Skill
from darkstar.views.learning_sensors import forecast_skill, learning
from darkstar.views.published import UNKNOWN
from tests.views.samples import NOON, empty, sample

PROGRESS = Progress(
    level=Level.GRADUATE,
    days=31,
    state="trained",
    next_training=NOON + timedelta(hours=14),
    training=Training(NOON - timedelta(days=2), 31.04, 12.34, (), ()),
    skills=(
        Skill(Quantity.LOAD, "ridge", "4 % better", 0.31234, 7.26, 79.0, NOON - timedelta(days=9)),
        Skill(Quantity.PV, "clear_sky", "the only one", None, None, None, None),
    ),
    answer=Answer("nothing was learned today", NOON),
)


def test_before_the_trainer_has_looked_nothing_is_known() -> None:
    assert learning(empty()).state == UNKNOWN
    assert forecast_skill(empty()).state == UNKNOWN


def test_the_level_comes_with_training_models_and_the_answer_to_the_last_button() -> None:
    shown = learning(replace(sample(), learning=PROGRESS))
    assert shown.entity_id == "sensor.darkstar_learning"
    assert shown.state == "graduate"
    assert shown.attributes["text"] == "Graduate: 31 days with data; trained. Next training: tomorrow 03:20."
    assert shown.attributes["models"] == {"load": "ridge", "pv": "clear_sky"}
    assert shown.attributes["answer"] == "nothing was learned today"
    assert shown.attributes["trained_days"] == 31.0


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"running": True, "state": "training"}, "Graduate: 31 days with data; training."),
        ({"next_training": None}, "Graduate: 31 days with data; trained."),
        (
            {"days": 1, "level": Level.INFANT, "next_training": NOON},
            "Infant: 1 day with data; trained. Next training: 13:20.",
        ),
    ],
)
def test_the_story_fits_what_is_known(changes: dict[str, object], text: str) -> None:
    progress = replace(PROGRESS, **changes)  # type: ignore[arg-type]
    assert learning(replace(sample(), learning=progress)).attributes["text"] == text


def test_the_skill_is_that_of_the_load_with_all_quantities_beside_it() -> None:
    shown = forecast_skill(replace(sample(), learning=PROGRESS))
    assert shown.state == 7.3
    load, pv = shown.attributes["load"], shown.attributes["pv"]
    assert (load["model"], load["error"], load["coverage_percent"]) == ("ridge", 0.3123, 79.0)
    assert pv == {"model": "clear_sky", "why": "the only one"}
