"""App Planner: when it plans, what it needs, what it does without."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from darkstar.app import EVENT_BLOCKS, EVENT_PLAN
from darkstar.home.manual_block import BlockKind, ManualBlock
from darkstar.home.observation import Observation
from darkstar.home.prices import Price, PriceCurve
from darkstar.planner import Planner
from darkstar.storage.database import StorageError
from darkstar.storage.manual_blocks import ManualBlocks
from darkstar.storage.observations import Observations
from darkstar.storage.plans import Plans
from darkstar.storage.prices import Prices
from tests.driver import Driver
from tests.homes import home
from tests.inputs.meteo_server import recorded, serving


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
    assert any(heater.days for heater in pressed.request.heaters)
    world.advance(30)
    world.set("input_boolean.darkstar_vacation", "on")
    away = Plans(app.database).latest()
    assert away is not None
    assert not any(heater.days for heater in away.request.heaters)


def test_a_new_risk_appetite_plans_at_once_and_changes_what_is_asked(world: Driver) -> None:
    world.set("input_select.darkstar_risk_appetite", "As in apps.yaml")
    app = world.start(Planner, _home())
    world.advance(60)
    asked = []
    for said in ("1 Safety", "5 Gambler", "unavailable"):
        world.set("input_select.darkstar_risk_appetite", said)
        world.advance(2)
        saved = Plans(app.database).latest()
        assert saved is not None
        asked.append(saved)
    safe, bold, unread = [saved.request for saved in asked]
    assert safe.batteries[0].goals[0].min_kwh > bold.batteries[0].goals[0].min_kwh
    assert safe.caution > 0 > bold.caution
    assert unread.batteries[0].goals == ()
    assert any("risk_appetite cannot be read" in note for note in asked[-1].plan.notes)


def test_events_of_the_day_plan_at_once(world: Driver) -> None:
    world.set("input_text.darkstar_day_events", "")
    app = world.start(Planner, _home())
    world.advance(60)
    before = Plans(app.database).latest()
    world.set("input_text.darkstar_day_events", "oven 17-19")
    after = Plans(app.database).latest()
    assert before is not None
    assert after is not None
    loads = [sum(slot.load_kwh for slot in saved.request.slots) for saved in (before, after)]
    assert loads[1] - loads[0] == pytest.approx(4.0, abs=0.1)
    assert any("oven" in note for note in after.plan.notes)


def test_a_run_that_never_comes_back_does_not_stop_planning(world: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    app = world.start(Planner, _home())
    with monkeypatch.context() as lost:
        lost.setattr(Planner, "submit_to_executor", lambda *_, **__: None)
        world.advance(5)
    world.press("input_button.darkstar_plan_now")
    assert Plans(app.database).latest() is None
    _keep_fresh(world, 16 * 60)
    assert Plans(app.database).latest() is not None


def test_a_run_that_comes_back_after_the_end_of_its_app_acts_on_nothing(world: Driver) -> None:
    world.posts = []
    app = world.start(Planner, _home())
    world.advance(5)
    (come_back,) = world.posts
    world.stop(app)
    with pytest.raises(StorageError, match="closed"):
        Plans(app.database).latest()
    come_back()


def test_a_wish_during_a_run_is_met_after_it(world: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    app = world.start(Planner, _home())
    submitted: list[Any] = []
    with monkeypatch.context() as slow:
        slow.setattr(Planner, "submit_to_executor", lambda _, *job, **__: submitted.append(job))
        world.advance(5)
        world.set("input_boolean.darkstar_vacation", "on")
    (function, *arguments) = submitted[0]
    app.on_solved(result=function(*arguments))
    first = Plans(app.database).latest()
    world.advance(2)
    second = Plans(app.database).latest()
    assert first is not None
    assert any(heater.days for heater in first.request.heaters)
    assert second is not None
    assert not any(heater.days for heater in second.request.heaters)


def test_no_price_is_a_problem_not_a_guess(world: Driver) -> None:
    prices = {"source": "nordpool_sensor", "entity": "sensor.nordpool"}
    app = world.start(Planner, _home() | {"prices": prices})
    world.advance(5)
    assert Plans(app.database).latest() is None
    assert "prices_missing" in _problems(app)


def _idle_month(app: Any, until: datetime) -> None:
    """A month of sunny days on which the battery never moved."""
    hours = [until.replace(minute=0) - timedelta(hours=number) for number in range(30 * 24, 0, -1)]
    Prices(app.database).save(PriceCurve(tuple(Price(hour, hour + timedelta(hours=1), 0.3, 0.05) for hour in hours)))
    Observations(app.database).save(_idle(hour, 4.0 if 9 <= hour.hour < 15 else 0.0) for hour in hours)


def _idle(hour: datetime, pv_kwh: float) -> Observation:
    return Observation(hour, 1.0, 1.0, pv_kwh, max(1 - pv_kwh, 0), max(pv_kwh - 1, 0), 0.0, 0.0, soc_percent=50.0)


def test_self_use_takes_over_where_it_was_better_and_stays_after_a_restart(world: Driver) -> None:
    live = _home(executor={"shadow_mode": False})
    app = world.start(Planner, live)
    _idle_month(app, world.now)
    world.advance(5)
    saved = Plans(app.database).latest()
    assert saved is not None
    assert saved.policy is not None
    assert {slot.grid_charge_to_kwh for slot in saved.policy.slots} == {0.0}
    assert {slot.load_floor_kwh for slot in saved.policy.slots} == {1.0}
    assert any("plain self-use until" in note for note in saved.plan.notes)
    assert "self_use_was_better" in _problems(app)
    again = world.start(Planner, live)
    assert again.guard == app.guard
    assert again.guard.in_force(world.now)


def test_in_shadow_mode_nobody_takes_over(world: Driver) -> None:
    app = world.start(Planner, _home())
    _idle_month(app, world.now)
    world.advance(5)
    assert "self_use_was_better" not in _problems(app)


def test_a_power_tariff_is_planned_with_the_stored_import(world: Driver) -> None:
    grid = {"power_tariffs": [{"price_per_kw_month": 8}]}
    app = world.start(Planner, _home() | {"grid": grid})
    hour = app.now().replace(minute=0, second=0, microsecond=0)
    rows = [Observation(hour - timedelta(hours=back), 1.0, import_kwh=3.0) for back in range(1, 25)]
    Observations(app.database).save(rows)
    world.advance(5)
    saved = Plans(app.database).latest()
    assert saved is not None
    (tariff, *_) = saved.request.grid.power_tariffs
    assert {peak.kw for peak in tariff.past} == {3.0}
    assert saved.plan.peaks[0].cost >= 8.0


def test_the_next_plan_stays_near_the_running_one(world: Driver) -> None:
    app = world.start(Planner, _home(planner={"stability_money": 0.05}))
    world.advance(5)
    first = Plans(app.database).latest()
    _keep_fresh(world, 16 * 60)
    second = Plans(app.database).latest()
    assert first is not None
    assert second is not None
    assert not first.request.running
    assert second.request.stability_money == 0.05
    assert second.request.running[-1].start == first.plan.slots[-1].start
    assert second.request.running[0].start + timedelta(hours=second.request.running[0].hours) > second.plan.created_at
    assert second.plan.churn is not None
    assert second.plan.churn.slots > 180


def test_an_old_plan_is_no_running_plan(world: Driver) -> None:
    app = world.start(Planner, _home(planner={"interval_minutes": 60}, executor={"max_plan_age_minutes": 30}))
    world.advance(60)
    _keep_fresh(world, 61 * 60)
    saved = Plans(app.database).latest()
    assert saved is not None
    assert saved.request.running == ()


def test_the_weather_comes_from_open_meteo_when_the_owner_allows(world: Driver) -> None:
    world.set("sensor.soc", "unavailable")  # no plan, which would take its time
    with serving() as meteo:
        meteo.body = recorded(72, world.now.replace(minute=0, second=0, microsecond=0))
        app = world.start(Planner, _home(weather={"source": "open_meteo", "url": meteo.url}))
        world.advance(60)
        assert "weather_unreadable" not in _problems(app)
        assert app.weather.read(app.ha, world.now).hours[0].shortwave_w_m2 is not None
        meteo.status = 503
        world.advance(90 * 60)
        assert "weather_unreadable" in _problems(app)
        assert app.weather.read(app.ha, world.now).hours
        meteo.status = 200
        world.advance(30 * 60)
        assert "weather_unreadable" not in _problems(app)
    assert int(meteo.asked[0]["past_days"]) > 60


def test_open_meteo_is_not_asked_otherwise(world: Driver) -> None:
    world.set("sensor.soc", "unavailable")
    with serving() as meteo:
        world.start(Planner, _home(weather={"url": meteo.url}))
        world.advance(3600)
    assert meteo.asked == []


def test_what_the_service_says_reaches_the_forecast_and_the_strategy(world: Driver) -> None:
    world.set("sensor.soc", "unavailable")
    with serving() as meteo:
        meteo.body = recorded(72, world.now.replace(minute=0, second=0, microsecond=0))
        app = world.start(Planner, _home(weather={"source": "open_meteo", "url": meteo.url}))
        app.on_time()
    world.set("sensor.soc", "50")
    gathered, _ = app.gather(world.now)
    assert gathered.known.weather[0].shortwave_w_m2 is not None
    assert gathered.context.weather == gathered.known.weather


def test_a_block_of_the_owners_is_planned_at_once_and_kept_until_it_is_removed(world: Driver) -> None:
    app = world.start(Planner, _home())
    world.advance(5)
    start = world.now.replace(hour=16, minute=0, second=0, microsecond=0)
    blocks = ManualBlocks(app.database)
    block = blocks.add(ManualBlock(BlockKind.HOLD, start, start + timedelta(hours=2)))

    def yours() -> list[datetime]:
        saved = Plans(app.database).latest()
        assert saved is not None
        return [slot.start for slot in saved.plan.slots if slot.reason.startswith("your block")]

    world.fire(EVENT_BLOCKS, "darkstar")
    assert yours() == [start + timedelta(minutes=15 * index) for index in range(8)]
    _keep_fresh(world, 1200)
    assert len(yours()) == 8
    blocks.remove(block.number)
    world.fire(EVENT_BLOCKS, "darkstar")
    assert yours() == []
