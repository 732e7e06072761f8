"""What the apps do in a home with given settings, each run in the in-process world."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from darkstar import notifier, planner, trainer
from darkstar.app import EVENT_PROBLEM
from darkstar.demo_home import DemoHome
from darkstar.executor import Executor
from darkstar.home.notice import Notice
from darkstar.home.observation import Observation
from darkstar.home.problem import Problem, Severity
from darkstar.home.settings import HomeSettings
from darkstar.inputs.weather import WeatherReading
from darkstar.notifier import Notifier
from darkstar.overrides import Overrides
from darkstar.planner import Planner
from darkstar.storage.database import Database
from darkstar.storage.executions import Executions
from darkstar.storage.forecasts import Forecasts
from darkstar.storage.observations import Observations
from darkstar.storage.overrides import Overrides as OverrideStore
from darkstar.storage.plans import Plans
from darkstar.storage.retention import purge
from darkstar.trainer import Trainer
from tests.driver import Driver
from tests.storage.samples import NOW, execution, forecast, saved_plan

ACTIONS = ("force_charge", "force_export", "force_heat", "stop_all")


@dataclass(frozen=True)
class Stage:
    """Where apps are run: a folder, and a way to stand in for what is around them."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch

    def world(self) -> Driver:
        """A Home Assistant with the owner's helpers in it, for one run of an app."""
        driver = Driver(self.own_folder())
        driver.install(self.monkeypatch)
        for button in (*ACTIONS, "clear_override", "plan_now", "test_notification"):
            driver.set(f"input_button.darkstar_{button}", "unknown")
        return driver

    def own_folder(self) -> Path:
        """A folder that nothing else uses."""
        folder = self.folder / str(len(list(self.folder.iterdir())))
        folder.mkdir()
        return folder


def _block(home: HomeSettings) -> dict[str, Any]:
    return home.model_dump(mode="json", exclude_unset=True)


def quick_actions(home: HomeSettings, stage: Stage) -> object:
    """What each of the usual buttons starts and for how long, and whether the usual button clears it."""
    world = stage.world()
    world.set("input_number.darkstar_override_minutes", "30")
    world.set("input_number.other", "90")
    app = world.start(Overrides, _block(home))
    store = OverrideStore(app.database)
    seen = []
    for name in ACTIONS:
        store.clear()
        world.press(f"input_button.darkstar_{name}")
        seen.append(store.active(world.now))
        world.press("input_button.darkstar_clear_override")
        seen.append(store.active(world.now))
    world.stop(app)
    return seen


def quick_action_without_a_helper(home: HomeSettings, stage: Stage) -> object:
    """How long an action lasts when nobody says how long."""
    world = stage.world()
    app = world.start(Overrides, _block(home))
    world.press("input_button.darkstar_stop_all")
    active = OverrideStore(app.database).active(world.now).battery
    world.stop(app)
    assert active is not None
    return active.expires_at - active.started_at


def planning_times(home: HomeSettings, stage: Stage) -> object:
    """When plans are made: on the grid, and when the usual button is pressed at 12:07."""
    world = stage.world()
    times: list[datetime] = []
    stage.monkeypatch.setattr(Planner, "make_plan", lambda _: times.append(world.now))
    app = world.start(Planner, _block(home))
    world.advance(67 * 60)
    world.press("input_button.darkstar_plan_now")
    world.advance(3 * 3600)
    world.stop(app)
    return times


def ticks(home: HomeSettings, stage: Stage) -> object:
    """When the executor ticks within half an hour."""
    world = stage.world()
    times: list[datetime] = []
    stage.monkeypatch.setattr(Executor, "tick", lambda _: times.append(world.now))
    app = world.start(Executor, _block(home))
    world.advance(1800)
    world.stop(app)
    return times


def watching(home: HomeSettings, stage: Stage) -> object:
    """Whether the executor only watches while the usual helper is off and another one on."""
    world = stage.world()
    world.set_readings()
    world.set("input_boolean.darkstar_shadow", "off")
    world.set("input_boolean.other", "on")
    app = world.start(Executor, _block(home))
    world.advance(11)
    shadow = app.shadow
    world.stop(app)
    return shadow


def history_asked_for(home: HomeSettings, stage: Stage) -> object:
    """How far back statistics are read at the first start."""
    world = stage.world()
    spans: list[timedelta] = []

    def read_history(_: object, __: object, start: datetime, end: datetime) -> tuple[Observation, ...]:
        spans.append(end - start)
        return ()

    stage.monkeypatch.setattr(trainer, "read_history", read_history)
    app = world.start(Trainer, _block(home))
    world.advance(10)
    world.stop(app)
    return spans


def messages(home: HomeSettings, stage: Stage) -> object:
    """Services that are called when a problem begins."""
    world = stage.world()
    app = world.start(Notifier, _block(home))
    app.problems.report(Problem("x", Severity.CRITICAL, world.now, "broken", "mend it"))
    world.fire(EVENT_PROBLEM, "darkstar")
    world.stop(app)
    return [service for service, _ in world.calls]


def trial_messages(home: HomeSettings, stage: Stage) -> object:
    """Services that are called when the usual test button is pressed."""
    world = stage.world()
    app = world.start(Notifier, _block(home))
    world.press("input_button.darkstar_test_notification")
    world.stop(app)
    return [service for service, _ in world.calls]


def posts(home: HomeSettings, stage: Stage) -> object:
    """Addresses to which a problem is posted."""
    addresses: list[str] = []

    def post(address: SecretStr, notice: Notice) -> str:
        addresses.append(address.get_secret_value())
        return ""

    stage.monkeypatch.setattr(notifier, "post", post)
    block, address = _block(home), home.notifications.discord_webhook_url
    if address is not None:
        block["notifications"]["discord_webhook_url"] = address.get_secret_value()
    world = stage.world()
    app = world.start(Notifier, block)
    app.problems.report(Problem("x", Severity.CRITICAL, world.now, "broken", "mend it"))
    world.fire(EVENT_PROBLEM, "darkstar")
    world.stop(app)
    return addresses


def demo_meters(home: HomeSettings, stage: Stage) -> object:
    """How often the demo's meters move in three minutes, and how far."""
    world = stage.world()
    app = world.start(DemoHome, _block(home))
    world.advance(180)
    world.stop(app)
    moved = [data["value"] for service, data in world.calls if data.get("entity_id", "").endswith("load_kwh")]
    return len(moved), moved[-1]


def rows_kept(home: HomeSettings, stage: Stage) -> object:
    """Rows per table after the daily purge of a database that is two years old."""
    with Database.open(stage.own_folder() / "data.sqlite3", NOW) as database:
        for age in range(0, 900, 10):
            moment = NOW - timedelta(days=age)
            Executions(database).save(execution(moment))
            Plans(database).save(saved_plan(str(age), moment))
            Forecasts(database).save(forecast(moment))
            Observations(database).save([Observation(moment, 0.25, load_kwh=1.0)])
        purge(database, home.storage, NOW)
        with database.read() as connection:
            tables = ("executions", "plans", "forecasts", "observations")
            return [connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables]


def weather_asked_for(home: HomeSettings, stage: Stage) -> object:
    """Whom the planner asks for the weather over the internet."""
    asked: list[object] = []

    def answer(*question: object) -> WeatherReading:
        asked.append(question)
        return WeatherReading(error="nobody is there")

    stage.monkeypatch.setattr(planner, "fetch_open_meteo", answer)
    world = stage.world()
    app = world.start(Planner, _block(home))
    world.advance(60)
    world.stop(app)
    return asked
