"""The JSON API: every question has an answer that is JSON, every bad one a reason."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import web

from darkstar import api
from darkstar.home.observation import Observation
from darkstar.home.problem import Problem, Severity
from darkstar.home.slots import local_date
from darkstar.pages.desk import Desk
from darkstar.pages.whatif import ASKED, Question
from darkstar.simulation.whatif.changes import Changes
from darkstar.storage.database import Database
from darkstar.storage.executions import Executions
from darkstar.storage.forecasts import Forecasts
from darkstar.storage.observations import Observations
from darkstar.storage.plans import Plans
from darkstar.storage.problems import Problems
from darkstar.views.snapshot import Snapshot
from tests.desk import NOW, TestDesk
from tests.storage.samples import execution, forecast, saved_plan


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestDesk]:
    with Database.open(tmp_path / "darkstar.sqlite3", NOW) as database:
        made = TestDesk(tmp_path, database)
        monkeypatch.setattr(TestDesk, "snapshot", lambda self: Snapshot(NOW, self.home))
        yield made


def ask(desk: Desk, **query: str) -> dict[str, Any]:
    answered, status = api.answer(desk, request("GET", query), query)
    assert status == 200, answered
    return cast(dict[str, Any], json.loads(json.dumps(answered, allow_nan=False)))


def request(method: str, query: Mapping[str, str] = {}, content_type: str = "application/json") -> web.Request:
    return cast(web.Request, SimpleNamespace(method=method, query=query, content_type=content_type))


@pytest.mark.parametrize("question", api.QUESTIONS)
def test_every_question_is_answered_in_an_empty_home(desk: TestDesk, question: str) -> None:
    answered = ask(desk, ask=question)
    assert answered["ok"] is True
    assert answered["at"] == NOW.isoformat()


def test_every_question_is_documented() -> None:
    assert api.__doc__ is not None
    assert all(f"| `{question}` |" in api.__doc__ for question in (*api.QUESTIONS, *ASKED))
    assert all(f"`{name}`" in api.__doc__ for name in (*Question.model_fields, *Changes.model_fields))


def test_what_is_stored_comes_out(desk: TestDesk) -> None:
    saved = saved_plan("a-plan")
    Plans(desk.database).save(saved)
    Forecasts(desk.database).save(forecast(NOW))
    Executions(desk.database).save(execution(NOW - timedelta(minutes=5)))
    Observations(desk.database).save([Observation(NOW - timedelta(hours=1), 0.25, load_kwh=0.5)])
    Problems(desk.database).report(Problem("p", Severity.WARNING, NOW, "It is so.", "Do that."))
    assert ask(desk, ask="plan")["plan"]["plan_id"] == saved.plan.plan_id
    assert ask(desk, ask="forecast")["forecast"]["slots"]
    assert len(ask(desk, ask="history")["history"]) == 1
    assert ask(desk, ask="statistics")["statistics"]["ticks"] == 1
    assert len(ask(desk, ask="observations")["observations"]) == 1
    assert len(ask(desk, ask="problems")["problems"]) == 1
    assert "sensor.darkstar_plan" in ask(desk, ask="status")["sensors"]


def test_days_bound_what_comes(desk: TestDesk) -> None:
    Executions(desk.database).save(execution(NOW - timedelta(days=2)))
    assert ask(desk, ask="history")["history"] == []
    assert len(ask(desk, ask="history", days="3")["history"]) == 1


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({}, "ask must be one of status, plan"),
        ({"ask": "everything"}, "it is 'everything'"),
        ({"ask": "history", "days": "99"}, "up to 30; it is '99'"),
        ({"ask": "history", "days": "nan"}, "it is 'nan'"),
        ({"ask": "history", "days": "-1"}, "it is '-1'"),
    ],
)
def test_a_bad_question_is_refused_with_a_reason(desk: TestDesk, query: dict[str, str], told: str) -> None:
    answered, status = api.answer(desk, request("GET", query), query)
    assert (answered["ok"], status) == (False, 400)
    assert told in answered["reason"]


def test_a_database_that_does_not_answer_is_told(desk: TestDesk) -> None:
    desk.database.close()
    answered, status = api.answer(desk, request("GET", {"ask": "plan"}), {})
    assert (answered["ok"], status) == (False, 503)


def test_an_order_goes_to_the_quick_actions(desk: TestDesk) -> None:
    answered, status = api.answer(desk, request("POST"), {"kind": "force_charge"})
    assert (answered["ok"], status) == (True, 200)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"ask": "everything"}, "ask must be one of what_if, advise; it is 'everything'"),
        ({"ask": "what_if"}, "nothing is changed"),
        ({"ask": "what_if", "changes": {"battery_kwh": 0}}, "battery_kwh"),
        ({"ask": "what_if", "export_kwh": 5}, "no plan is stored yet"),
        ({"ask": "advise"}, "no plan is stored yet"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_a_reason(desk: TestDesk, asked: dict[str, Any], told: str) -> None:
    answered, status = api.answer(desk, request("POST"), asked)
    assert (answered["ok"], status) == (False, 400)
    assert told in answered["reason"]


def test_a_question_is_answered_with_its_time(desk: TestDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "ASKED", {"what_if": lambda _, payload: {"asked": payload}})
    answered, status = api.answer(desk, request("POST"), {"ask": "what_if", "export_kwh": 5})
    assert (answered, status) == ({"ok": True, "at": NOW.isoformat(), "asked": {"export_kwh": 5}}, 200)
    desk.database.close()
    monkeypatch.setattr(api, "ASKED", {"what_if": lambda desk, _: {"plan": Plans(desk.database).latest()}})
    assert api.answer(desk, request("POST"), {"ask": "what_if"})[1] == 503


def test_an_order_that_another_site_could_send_is_refused(desk: TestDesk) -> None:
    assert api.answer(desk, request("POST", content_type="text/plain"), {"kind": "pause"})[1] == 415
    assert api.answer(desk, request("POST"), [1])[1] == 400


def test_the_ledger_counts_whole_local_days(desk: TestDesk) -> None:
    assert local_date(NOW, desk.home.zone).isoformat() == "2026-11-23"
    assert ask(desk, ask="ledger", days="7")["ledger"] == []
