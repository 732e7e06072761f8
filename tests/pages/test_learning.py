"""What the page Forecast and learning is given, and that it makes and undoes changes of settings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from darkstar.home.observation import Observation
from darkstar.learning.reflex.finding import (
    Analyzer,
    Change,
    Ending,
    Finding,
    Limits,
    Outcome,
    Proposal,
    Review,
    Verdict,
)
from darkstar.pages.desk import RefusedError
from darkstar.pages.learning import learning_data, reflex_apply, reflex_undo
from darkstar.reflex_runs import REVIEW
from darkstar.storage.database import Database
from darkstar.storage.forecasts import Forecasts
from darkstar.storage.memory import Memory
from darkstar.storage.observations import Observations
from darkstar.storage.reflex import ReflexChanges
from tests.desk import NOW, TestDesk
from tests.storage.samples import forecast

PATH = "planner.cycle_margin_per_kwh"
FINDING = Finding(
    Analyzer.ROI, PATH, "gain", "SEK", 0.04, 40, Verdict.PROPOSED, "cycles earn little", 0.1, Limits(0, 0.2, 0.02, 2)
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[TestDesk]:
    with Database.open(tmp_path / "darkstar.sqlite3", NOW) as database:
        yield TestDesk(tmp_path, database)


def propose(desk: TestDesk) -> None:
    before = desk.home.planner.cycle_margin_per_kwh
    outcome = Outcome(FINDING, Verdict.PROPOSED, Proposal(PATH, before, before + 0.02), "leave them out")
    Memory(desk.database).put(REVIEW, Review(NOW, (outcome,)), NOW)


def test_an_empty_home_has_a_page(desk: TestDesk) -> None:
    data = learning_data(desk, {})
    assert data["level"]["title"] == "Infant"
    assert data["made_of"] == []
    json.dumps([data, learning_data(desk, {"days": "3", "lead": "6"})], allow_nan=False)


def test_the_chart_has_forecasts_and_measurements(desk: TestDesk) -> None:
    Forecasts(desk.database).save(forecast(NOW - timedelta(hours=3), slots=40))
    Observations(desk.database).save([Observation(NOW - timedelta(minutes=15), 0.25, load_kwh=0.5)])
    chart = learning_data(desk, {"days": "1", "lead": "1"})
    assert any(spot["reason"] for spot in chart["spots"])
    assert chart["load"]["measured"]["y"] == [2.0, 2.0]


@pytest.mark.parametrize("query", [{"days": "9"}, {"lead": "2"}, {"days": ""}])
def test_a_bad_question_is_refused(desk: TestDesk, query: dict[str, str]) -> None:
    with pytest.raises(RefusedError, match="must be one of"):
        learning_data(desk, query)


def test_a_proposal_is_made_told_and_undone(desk: TestDesk) -> None:
    propose(desk)
    (shown,) = learning_data(desk, {})["reflex"]["proposals"]
    assert shown["path"] == PATH
    made = reflex_apply(desk, {"path": PATH})["made"]
    assert made[0].startswith(PATH)
    (active,) = ReflexChanges(desk.database).active()
    assert reflex_undo(desk, {"number": active.number}) == {"undone": [PATH]}
    (ended,) = ReflexChanges(desk.database).recent(5)
    assert ended.ending is Ending.UNDONE
    assert desk.announced == ["darkstar.settings"] * 2


def test_what_is_over_cannot_be_made_or_undone(desk: TestDesk) -> None:
    with pytest.raises(RefusedError, match="nothing is proposed"):
        reflex_apply(desk, {})
    change = ReflexChanges(desk.database).add(Change(PATH, 0.0, 0.02, 0.0, NOW, FINDING))
    ReflexChanges(desk.database).end([change.number], Ending.UNDONE, NOW)
    with pytest.raises(RefusedError, match="not in force"):
        reflex_undo(desk, {"number": change.number})
    assert desk.announced == []


def test_nonsense_is_refused(desk: TestDesk) -> None:
    for number in (None, "1", True):
        with pytest.raises(RefusedError, match="number must be"):
            reflex_undo(desk, {"number": number})
    with pytest.raises(RefusedError, match="path must be one of"):
        reflex_apply(desk, {"path": "battery.max_charge_kw"})
