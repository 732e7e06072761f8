"""The questions of the page What if: answered, refused with a reason, one run over the past at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from darkstar.home.settings import HomeSettings
from darkstar.money.whatif_process import BusyError, PastLine, PastOrder, PastRuns, PastState
from darkstar.pages.desk import RefusedError
from darkstar.pages.whatif import WhatIf
from darkstar.storage.database import Database
from darkstar.storage.plans import Plans, SavedPlan
from tests.desk import TestDesk
from tests.simulation.whatif.lives import HOME, NOW, planned

MORE = {"battery_kwh": 15.0}


class Desk(TestDesk):
    """Of a home with a running plan."""

    __test__ = False

    @property
    def home(self) -> HomeSettings:
        return HOME


class Runs(PastRuns):
    """Remembers what was begun, and says what the test wants."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: list[PastOrder] = []

    def start(self, order: PastOrder) -> None:
        if self.state().running:
            msg = "under way"
            raise BusyError(msg)
        self.begun.append(order)
        self.come_to(PastLine(), running=True)

    def come_to(self, line: PastLine, *, running: bool = False) -> None:
        self._state = PastState(self.begun[-1], running, line)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Database.open(tmp_path / "darkstar.sqlite3", NOW) as database:
        yield Desk(tmp_path, database, time=NOW)


@pytest.fixture
def runs() -> Runs:
    return Runs()


@pytest.fixture
def what_if(runs: Runs) -> WhatIf:
    return WhatIf(runs)


def with_plan(desk: Desk) -> None:
    made = planned()
    Plans(desk.database).save(SavedPlan(made.request, made.plan, made.policy))


def test_the_page_has_its_form_and_the_run(desk: Desk, what_if: WhatIf) -> None:
    data = what_if.data(desk, {})
    assert data["form"]["fields"][0] == {"name": "battery_kwh", "title": "Battery", "unit": "kWh", "now": "10"}
    assert data["run"]["running"] is False
    json.dumps(data, allow_nan=False)


def test_what_lies_ahead_is_answered_at_once_and_touches_nothing(desk: Desk, what_if: WhatIf) -> None:
    with_plan(desk)
    before = Plans(desk.database).latest()
    found = what_if.ask(desk, {"changes": {"pv_kwp": 9}})
    assert found["kind"] == "ahead"
    assert found["saved"] > 0
    assert Plans(desk.database).latest() == before
    assert desk.announced == []


def test_a_sale_is_answered(desk: Desk, what_if: WhatIf) -> None:
    with_plan(desk)
    found = what_if.ask(desk, {"export_kwh": 2})
    assert found["kind"] == "export"
    assert found["sold_kwh"] == pytest.approx(2, abs=0.02)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({}, "nothing is changed"),
        ({"changes": {"moon": 1}}, "moon"),
        ({"changes": {"battery_kwh": "much"}}, "battery_kwh"),
        ({"export_kwh": -1}, "export_kwh"),
        ({"export_kwh": 5, "changes": MORE}, "stands alone"),
        ({"export_kwh": 2, "day": "2026-08-01"}, "no hour of 2026-08-01"),
        ({"days": 0, "changes": MORE}, "days"),
        ({"days": 7, "changes": {}}, "nothing is changed"),
        ({"wish": 1}, "wish"),
    ],
)
def test_a_bad_question_is_refused_with_a_reason(
    desk: Desk, what_if: WhatIf, runs: Runs, asked: dict[str, Any], told: str
) -> None:
    with_plan(desk)
    with pytest.raises(RefusedError, match=told):
        what_if.ask(desk, asked)
    assert runs.begun == []


def test_before_the_first_plan_there_is_no_answer(desk: Desk, what_if: WhatIf) -> None:
    with pytest.raises(RefusedError, match="no plan is stored yet"):
        what_if.ask(desk, {"changes": MORE})
    with pytest.raises(RefusedError, match="no plan is stored yet"):
        what_if.advise(desk, {})


def test_the_past_is_asked_again_until_it_has_answered(desk: Desk, what_if: WhatIf, runs: Runs) -> None:
    question = {"changes": MORE, "days": 7}
    assert what_if.ask(desk, question)["running"] is True
    runs.come_to(PastLine(1, 4), running=True)
    assert what_if.ask(desk, question)["percent"] == 25
    runs.come_to(PastLine(4, 4, answer={"saved": 3.0}))
    assert what_if.ask(desk, question)["answer"] == {"saved": 3.0}
    (order,) = runs.begun
    assert (order.changes, order.days, order.database) == (MORE, 7, desk.database.path)
    assert "notifications" not in json.loads(order.home_json)


def test_another_question_waits_for_the_run_that_is_under_way(desk: Desk, what_if: WhatIf) -> None:
    what_if.ask(desk, {"changes": MORE, "days": 7})
    with pytest.raises(RefusedError, match="under way"):
        what_if.ask(desk, {"changes": MORE, "days": 8})


def test_a_run_that_failed_says_why_once_and_begins_anew(desk: Desk, what_if: WhatIf, runs: Runs) -> None:
    question = {"changes": MORE, "days": 7}
    what_if.ask(desk, question)
    runs.come_to(PastLine(error="no day is measured"))
    assert what_if.data(desk, {})["run"]["error"] == "No day is measured"
    with pytest.raises(RefusedError, match="no day is measured"):
        what_if.ask(desk, question)
    assert what_if.ask(desk, question)["running"] is True


def test_the_page_begins_a_run_of_a_month_and_begins_it_again(desk: Desk, what_if: WhatIf, runs: Runs) -> None:
    assert what_if.start(desk, {"changes": MORE})["run"]["running"] is True
    runs.come_to(PastLine(1, 1, answer={}))
    what_if.start(desk, {"changes": MORE, "days": 14})
    assert [order.days for order in runs.begun] == [30, 14]


def test_advice_is_worked_out_once_per_plan(desk: Desk, what_if: WhatIf, monkeypatch: pytest.MonkeyPatch) -> None:
    with_plan(desk)
    first = what_if.advise(desk, {})
    assert [one["name"] for one in first["advice"]] == ["dishwasher", "washing machine", "dryer"]
    assert what_if.advise(desk, {}) is first
    made = planned()
    newer = replace(made.plan, plan_id="another", created_at=NOW + timedelta(seconds=1))
    request = replace(made.request, created_at=newer.created_at)
    Plans(desk.database).save(SavedPlan(request, newer, made.policy))
    monkeypatch.setattr("darkstar.pages.whatif.advice_of", lambda *_: ())
    assert what_if.advise(desk, {}) == {"advice": []}


def test_advice_takes_nothing(desk: Desk, what_if: WhatIf) -> None:
    with pytest.raises(RefusedError, match="appliance is unknown"):
        what_if.advise(desk, {"appliance": "dryer"})
