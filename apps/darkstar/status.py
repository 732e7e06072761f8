"""App Status: publishes Darkstar's sensors and serves its pages."""

from __future__ import annotations

from asyncio import run_coroutine_threadsafe
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import RLock
from typing import Any

from appdaemon.exceptions import AppDaemonException

from .api import ENDPOINT as API
from .api import Answer, answer
from .app import (
    EVENT_BLOCKS,
    EVENT_EXECUTION,
    EVENT_LEARNING,
    EVENT_OVERRIDE,
    EVENT_PLAN,
    EVENT_PROBLEM,
    FIRST_CALL_DELAY_S,
    NAMESPACE,
    DarkstarApp,
)
from .apps_file import take_apps_file
from .control.decision import ActiveOverrides, Decision, Execution
from .control.dispatch.dispatcher import REMEMBERED, Remembered
from .control.preview import next_decision
from .gateway import HOME_ASSISTANT
from .home.ports import EntityState
from .home.readings import Readings
from .home.slots import local_date, local_day
from .inputs.snapshot import read_home
from .learning.progress import PROGRESS, Progress
from .money.ledger_runs import kept_money
from .money.running_account import RunningAccount
from .page_server import ENDPOINT, PageServer
from .pages.desk import Owner
from .pages.routes import ACTIONS, PAGES
from .policy.expected import expected_path
from .publishing import publisher_for
from .reflex_runs import standing
from .storage.executions import Executions
from .storage.forecasts import Forecasts
from .storage.manual_blocks import ManualBlocks
from .storage.memory import Memory
from .storage.observations import Observations
from .storage.overrides import Overrides
from .storage.plans import Plans, SavedPlan
from .storage.prices import Prices
from .views.executor_sensors import STATISTICS_DAYS
from .views.sensors import refused, sensors
from .views.snapshot import Snapshot

REFRESH_S = 30
"""The sensors are published so often; events publish them at once."""
FRESH_S = 3
"""Readings on the pages are at most so old."""
QUICK_ACTION = "darkstar/quick_action"
"""Service of the Overrides app."""
DEMO_MODULE = "darkstar.demo_home"
DAYS_SHOWN = 3
"""Today and the horizon of the plan."""


class Status(DarkstarApp):
    """Shows what Darkstar knows, wants and does."""

    notices: tuple[str, ...] = ()
    is_open = False

    def start(self) -> None:
        """Serve the pages, refresh the sensors on every event and on a timer."""
        self.plans = Plans(self.database)
        self.prices = Prices(self.database)
        self.forecasts = Forecasts(self.database)
        self.observations = Observations(self.database)
        self.executions = Executions(self.database)
        self.overrides = Overrides(self.database)
        self.blocks = ManualBlocks(self.database)
        self.memory = Memory(self.database)
        self.account = RunningAccount()
        self.publisher = publisher_for(self.home, self.ha, self.memory)
        self.shown: Snapshot | None = None
        self.showing = RLock()  # pages ask on other threads than events and timers
        self.is_open = True
        self._serve()
        for event in (EVENT_PLAN, EVENT_OVERRIDE, EVENT_BLOCKS, EVENT_EXECUTION, EVENT_PROBLEM, EVENT_LEARNING):
            self.on(event, self.on_event)
        self.listen_event(self.on_home_assistant_gone, "plugin_stopped", namespace=HOME_ASSISTANT)
        self.on_home_assistant_back(self.on_return)
        self.run_in(self.on_timer, FIRST_CALL_DELAY_S)
        self.run_every(self.on_timer, f"now+{REFRESH_S}", REFRESH_S)

    def refuse(self, message: str) -> None:
        """Wrong settings are shown where the owner looks, too."""
        super().refuse(message)
        self.notices = (f"Darkstar does not run: {message}",)
        self._serve()
        self.run_in(self.on_refused, FIRST_CALL_DELAY_S, message=message)

    def on_refused(self, **kwargs: object) -> None:
        """Publish what is wrong with the settings."""
        for sensor in refused(str(kwargs["message"])):
            self.ha.publish(sensor.entity_id, sensor.state, sensor.attributes)

    def on_timer(self, **kwargs: object) -> None:
        """The readings have changed."""
        self.refresh()

    def on_event(self, event_type: str, data: dict[str, object], **kwargs: object) -> None:
        """Plan, override, execution or problems have changed."""
        self.refresh()

    def on_return(self, event_type: str, data: dict[str, object], **kwargs: object) -> None:
        """Home Assistant is back, and has forgotten our sensors."""
        self.notices = ()
        self.publisher.forget()
        self.run_in(self.on_timer, FIRST_CALL_DELAY_S)

    def on_home_assistant_gone(self, event_type: str, data: dict[str, object], **kwargs: object) -> None:
        """Home Assistant does not answer any more: what was read last is no news."""
        since = f"{self.now().astimezone(self.home.zone):%H:%M}"
        self.notices = (
            f"Home Assistant does not answer since {since}: what is shown is what it said last. Darkstar goes on as "
            "soon as it is back; if it does not come back, look at Home Assistant itself.",
        )

    def refresh(self) -> None:
        """Gather and publish."""
        with self.showing:
            self.shown = self._gathered()
            snapshot = self.shown
        self.report(self.publisher.publish(sensors(snapshot), snapshot.now))

    def snapshot(self) -> Snapshot:
        """Everything that is shown. What is stored is as events have told, readings are a few seconds old at most."""
        with self.showing:
            now = self.now()
            if self.shown is None:
                self.shown = self._gathered()
            elif (now - self.shown.now).total_seconds() > FRESH_S:
                self.shown = replace(
                    self.shown,
                    now=now,
                    readings=read_home(self.ha, self.home, now),
                    overrides=self.overrides.active(now),
                )
            return self.shown

    def order(self, order: Mapping[str, Any]) -> Mapping[str, Any]:
        """Give the Overrides app an order, without a way round by Home Assistant."""
        try:
            answer = self.call_service(QUICK_ACTION, namespace=NAMESPACE, **order)
        except AppDaemonException as error:
            return {"ok": False, "reason": f"the app of the quick actions does not run: {error}"}
        with self.showing:
            if self.shown is not None:
                self.shown = replace(self.shown, overrides=self.overrides.active(self.now()))
        return answer if isinstance(answer, Mapping) else {}

    def states(self) -> Mapping[str, EntityState]:
        """All entities of Home Assistant."""
        return self.ha.states()

    @property
    def folder(self) -> Path:
        """Darkstar's data folder."""
        return self._folder

    @property
    def owner(self) -> Owner:
        """The owner's settings, where they stand."""
        app = self.app_config.root.get(self.name)
        return Owner(getattr(app, "config_path", None), self.args["home"], self._load)

    def take_settings(self) -> None:
        """Have AppDaemon take apps.yaml now: by itself it does not notice every change, in production mode none."""
        file = self.owner.file
        if file is None:
            return
        taken = run_coroutine_threadsafe(take_apps_file(self.AD.app_management, file), self.AD.loop)
        taken.add_done_callback(self._tell_of_settings)

    def _tell_of_settings(self, taken: Future[None]) -> None:
        error = taken.exception()
        if error is not None:
            self.error("AppDaemon did not take %s: %s. Restart AppDaemon.", self.owner.file, error)

    @property
    def appdaemon_zone(self) -> str:
        """AppDaemon's own time zone."""
        return str(self.AD.config.time_zone)

    @property
    def in_production_mode(self) -> bool:
        """Whether AppDaemon leaves its files alone; otherwise it reads all of them every second."""
        return bool(self.AD.production_mode)

    @property
    def is_demo(self) -> bool:
        """Whether the simulated house runs beside."""
        return any(getattr(app, "module_name", None) == DEMO_MODULE for app in self.app_config.root.values())

    def _serve(self) -> None:
        server = PageServer(self, PAGES, ACTIONS, self.AD.http)
        for route, callback in server.routes():
            self.register_route(callback, route)
        self.register_endpoint(server.on_action, ENDPOINT)
        self.register_endpoint(self.on_question, API)

    def on_question(self, data: object, kwargs: Mapping[str, Any]) -> Answer:
        """Another program asks or orders. AppDaemon has asked for its password."""
        if not self.is_open:
            return {"ok": False, "reason": " ".join(self.notices)}, 409
        return answer(self, kwargs["request"], data)

    def _gathered(self) -> Snapshot:
        now = self.now()
        today, _ = local_day(local_date(now, self.home.zone), self.home.zone)
        saved, money = self.plans.latest(), kept_money(self.home, self.database, now)
        policy = saved.policy if saved else None
        running = self.account(self.home, self.database, now)
        readings, execution, overrides = (
            read_home(self.ha, self.home, now),
            self.executions.latest(),
            self.overrides.active(now),
        )
        return Snapshot(
            now=now,
            home=self.home,
            readings=readings,
            plan=saved.plan if saved else None,
            policy=policy,
            forecast=self.forecasts.latest(),
            curve=self.prices.between(today, today + timedelta(days=DAYS_SHOWN)),
            observations=self.observations.between(today, now),
            execution=execution,
            overrides=overrides,
            problems=self.problems.open(),
            statistics=self.executions.statistics(now - timedelta(days=STATISTICS_DAYS)),
            writes_today=self._writes_today(now),
            next_decision=self._next_decision(saved, readings, overrides, execution, now),
            expected_soc_kwh=expected_path(saved.request, saved.plan, policy) if saved and policy else (),
            learning=self.memory.get(PROGRESS, Progress),
            reflex=standing(self.database, self.home, now),
            account=running.account,
            why_no_account=running.why,
            month=money.month,
            verdict=money.verdict,
        )

    def _writes_today(self, now: datetime) -> Mapping[str, int]:
        remembered = self.memory.get(REMEMBERED, Remembered)
        if remembered is None or remembered.writes is None:
            return {}
        return remembered.writes.on(local_date(now, self.home.zone)).counts

    def _next_decision(
        self,
        saved: SavedPlan | None,
        readings: Readings,
        overrides: ActiveOverrides,
        execution: Execution | None,
        now: datetime,
    ) -> Decision:
        plan, policy = (saved.plan, saved.policy) if saved else (None, None)
        previous = execution.decision if execution else None
        blocks = self.blocks.standing(now)
        return next_decision(plan, policy, readings, overrides, self.home, previous, now, blocks)
