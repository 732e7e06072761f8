"""The Forecast and learning page in words."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from darkstar.forecast.training import Quantity, Score, Training, Verdict
from darkstar.learning.progress import Answer, Level, Progress, Skill
from darkstar.learning.reflex.finding import (
    Analyzer,
    Change,
    Ending,
    Finding,
    Outcome,
    Proposal,
    Review,
    Standing,
)
from darkstar.learning.reflex.finding import Verdict as Found
from darkstar.views.learning_page import Began, Learned, learning_page
from tests.storage.samples import forecast
from tests.views.samples import home

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
BASE = {Quantity.LOAD: "mean of 7 days", Quantity.PV: "mean of 7 days", Quantity.PRICE: "price_week_mean"}
NEEDED = {Level.STATISTICIAN: 4, Level.GRADUATE: 14}
VERDICT = Verdict(Quantity.LOAD, "trees", "ridge", "5 % better")
TRAINING = Training(
    NOW - timedelta(hours=9),
    40.2,
    21.0,
    (
        Score(Quantity.LOAD, "trees", "1-6", 0.2, 0.3, 0.01, 0.1, 81.0, 900),
        Score(Quantity.LOAD, "mean of 7 days", "1-6", 0.25, 0.4, math.nan, 0.2, math.nan, 900),
        Score(Quantity.LOAD, "trees", "6-24", 0.3, 0.4, 0.02, 0.1, math.nan, 900),
    ),
    (VERDICT,),
)
SKILL = Skill(Quantity.LOAD, "trees", "5 % better", 0.24, 12.4, 60.0, NOW - timedelta(days=3))
PROGRESS = Progress(
    Level.STATISTICIAN, 9, "trained", False, NOW + timedelta(hours=15), TRAINING, (SKILL,), Answer("done", NOW)
)
FINDING = Finding(
    Analyzer.CAPACITY, "battery.capacity_kwh", "kept", "kWh", 9.6, 30, Found.PROPOSED, "it holds 9.6", 9.6
)
CHANGE = Change("battery.capacity_kwh", 10.0, 9.8, 10.0, NOW - timedelta(days=2), FINDING, number=1)
LEARNED = Learned(
    PROGRESS, NEEDED, BASE, forecast(NOW), [Began(NOW, VERDICT)], Standing(), [], {"pv_forecast.scale": (0.9, 1.0)}
)


def page(**changes: Any) -> dict[str, Any]:
    made = learning_page(replace(LEARNED, **changes), home(), NOW)
    json.dumps(made, allow_nan=False)
    return made


def test_the_level_says_what_is_next() -> None:
    level = page()["level"]
    assert (level["title"], level["words"]) == ("Statistician", "9 days with a measured load; trained.")
    assert level["next"] == "Graduate in 5 more days with data. Next training tomorrow 04:00."
    assert [step["state"] for step in level["steps"]] == ["done", "here", "ahead"]
    assert level["answer"] == "13:00: done"


@pytest.mark.parametrize(
    ("days", "level", "running", "told"),
    [
        (13, Level.STATISTICIAN, False, "Graduate in 1 more day with data. Next training tomorrow 04:00."),
        (20, Level.STATISTICIAN, True, "Graduate with the next training. A training runs."),
        (40, Level.GRADUATE, False, "Next training tomorrow 04:00."),
    ],
)
def test_what_is_next_by_level(days: int, level: Level, running: bool, told: str) -> None:
    progress = replace(PROGRESS, days=days, level=level, running=running)
    assert page(progress=progress)["level"]["next"] == told


def test_before_the_trainer_has_told_anything() -> None:
    made = page(progress=None, forecast=None, began=[])
    assert made["level"]["title"] == "Infant"
    assert (made["skills"], made["leads"], made["trained"]) == ([], [], "No trained models serve yet.")
    assert made["parts"] == [("Forecast", "none yet")]


def test_skill_and_coverage_are_judged() -> None:
    (skill,) = page()["skills"]
    assert (skill["value"], skill["tone"], skill["error"]) == ("+12 %", "good", "0.240 kW")
    assert (skill["coverage"], skill["coverage_tone"]) == ("60 %", "warn")
    worse = replace(PROGRESS, skills=(replace(SKILL, skill_percent=-0.4, coverage_percent=None, mae=None),))
    (skill,) = page(progress=worse)["skills"]
    assert (skill["value"], skill["tone"], skill["error"], skill["coverage"]) == ("0 %", "", "-", "-")


def test_errors_by_lead_stand_beside_the_simple_model() -> None:
    (table,) = page()["leads"]
    assert (table["model"], table["baseline"], table["unit"]) == ("trees", "mean of 7 days", "kW")
    near, far = table["rows"]
    assert (near["lead"], near["error"], near["simple"], near["tone"]) == ("1 to 6 h", 0.2, 0.25, "good")
    assert (far["simple"], far["coverage"], far["tone"]) == (None, None, "")


def test_what_is_scaled_otherwise_than_the_owner_says_is_told() -> None:
    parts = dict(page()["parts"])
    assert parts["pv_forecast.scale"] == "0.9 instead of your 1"
    assert parts["Assumed"] == "load"


def test_a_champion_has_its_reason_and_whom_it_followed() -> None:
    (champion,) = page()["champions"]
    assert (champion["champion"], champion["previous"], champion["why"]) == ("trees", "ridge", "5 % better")


def test_reflex_shows_what_waits_what_holds_and_what_is_over() -> None:
    proposal = Outcome(FINDING, Found.PROPOSED, Proposal("battery.capacity_kwh", 9.8, 9.6), "it holds less")
    later = replace(CHANGE, number=2, before=9.8, value=9.6)
    over = replace(CHANGE, number=3, path="risk.appetite", ended_at=NOW, ending=Ending.UNDONE)
    standing = Standing(Review(NOW, (proposal,)), (proposal,), (CHANGE, later))
    reflex = page(standing=standing, changes=[over, later, CHANGE])["reflex"]
    assert reflex["proposals"] == [
        {"path": "battery.capacity_kwh", "before": "9.8", "value": "9.6", "why": "it holds less"}
    ]
    assert [(one["number"], one["active"], one["takes_along"]) for one in reflex["changes"]] == [
        (3, False, False),
        (2, True, False),
        (1, True, True),
    ]
    assert reflex["changes"][0]["ended"] == "undone by the owner, Tue 10 Mar 13:00"
    assert reflex["findings"][0]["analyzer"] == "capacity"
