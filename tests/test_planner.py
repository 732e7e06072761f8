"""App Planner: when it plans, what it needs, what it does without."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from darkstar.app import EVENT_PLAN
from darkstar.planner import Planner
from darkstar.storage.plans import Plans
from tests.driver import Driver
from tests.homes import home


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Driver:
    driver = Driver(tmp_path)
    driver.install(monkeypatch)
    driver.set_readings()
    driver.set("input_boolean.darkstar_vacation", "off")
    driver.set("input_button.darkstar_plan_now", "unknown")
    return driver


def _home(**changes: Any) -> dict[str, Any]:
    return home(**changes).model_dump(mode="json", exclude_unset=True)


def _keep_fresh(world: Driver, seconds: float) -> None:
    """Let time pass with sensors that report every minute."""
    for _ in range(int(seconds // 60)):
        for name in ("soc", "load_power", "pv_power", "grid_power"):
            world.set(f"sensor.{name}", world.states[f"sensor.{name}"]["state"])
        world.advance(60)


def _problems(app: Any) -> list[str]:
    return [problem.problem_id for problem in app.problems.open()]


def test_a_plan_for_48_hours_stands_seconds_after_the_start(world: Driver) -> None:
    app = world.start(Planner, _home())
    assert Plans(app.database).latest() is None
    heard: list[str] = []
    app.listen_event(lambda event, data, **_: heard.append(event), EVENT_PLAN, namespace="darkstar")
    world.advance(5)
    saved = Plans(app.database).latest()
    assert saved is not None
    assert saved.plan.slots[-1].end - saved.plan.slots[0].start > timedelta(hours=47)
    assert saved.policy is not None
    assert saved.policy.plan_id == saved.plan.plan_id
    assert heard == [EVENT_PLAN]


def test_it_plans_again_at_every_quarter_hour(world: Driver) -> None:
    app = world.start(Planner, _home())
    world.advance(5)
    first = Plans(app.database).latest()
    _keep_fresh(world, 16 * 60)
    second = Plans(app.database).latest()
    assert first is not None
    assert second is not None
    assert second.plan.created_at - first.plan.created_at > timedelta(minutes=14)


def test_a_longer_interval_is_kept(world: Driver) -> None:
    app = world.start(Planner, _home(planner={"interval_minutes": 60}))
    world.advance(60)
    first = Plans(app.database).latest()
    _keep_fresh(world, 50 * 60)
    assert Plans(app.database).latest() == first


def test_without_soc_there_is_no_plan_but_a_problem_and_new_tries(world: Driver) -> None:
    world.set("sensor.soc", "unavailable")
    app = world.start(Planner, _home())
    world.advance(5)
    assert Plans(app.database).latest() is None
    assert "soc_unreadable" in _problems(app)
    world.set("sensor.soc", "40")
    world.advance(16)
    assert Plans(app.database).latest() is not None
    assert "soc_unreadable" not in _problems(app)


def test_losing_the_soc_keeps_the_last_plan(world: Driver) -> None:
    app = world.start(Planner, _home())
    world.advance(5)
    last = Plans(app.database).latest()
    world.set("sensor.soc", "unavailable")
    world.advance(3600)
    assert Plans(app.database).latest() == last


def test_the_button_and_vacation_plan_at_once(world: Driver) -> None:
    app = world.start(Planner, _home())
    world.advance(60)
    before = Plans(app.database).latest()
    world.press("input_button.darkstar_plan_now")
    pressed = Plans(app.database).latest()
    assert before is not None
    assert pressed is not None
    assert pressed.plan.created_at > before.plan.created_at
    assert pressed.request.heaters
    world.advance(30)
    world.set("input_boolean.darkstar_vacation", "on")
    away = Plans(app.database).latest()
    assert away is not None
    assert not away.request.heaters


def test_a_run_that_never_comes_back_does_not_stop_planning(world: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    app = world.start(Planner, _home())
    with monkeypatch.context() as lost:
        lost.setattr(Planner, "submit_to_executor", lambda *_, **__: None)
        world.advance(5)
    world.press("input_button.darkstar_plan_now")
    assert Plans(app.database).latest() is None
    _keep_fresh(world, 16 * 60)
    assert Plans(app.database).latest() is not None


def test_a_wish_during_a_run_is_met_after_it(world: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    app = world.start(Planner, _home())
    submitted: list[Any] = []
    with monkeypatch.context() as slow:
        slow.setattr(Planner, "submit_to_executor", lambda _, *job, **__: submitted.append(job))
        world.advance(5)
        world.set("input_boolean.darkstar_vacation", "on")
    (function, gathered) = submitted[0]
    app.on_solved(result=function(gathered))
    first = Plans(app.database).latest()
    world.advance(2)
    second = Plans(app.database).latest()
    assert first is not None
    assert first.request.heaters
    assert second is not None
    assert not second.request.heaters


def test_no_price_is_a_problem_not_a_guess(world: Driver) -> None:
    prices = {"source": "nordpool_sensor", "entity": "sensor.nordpool"}
    app = world.start(Planner, _home() | {"prices": prices})
    world.advance(5)
    assert Plans(app.database).latest() is None
    assert "prices_missing" in _problems(app)
