"""App Status: publishes Darkstar's sensors and serves the chart that HADashboard shows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from aiohttp import web

from .app import EVENT_EXECUTION, EVENT_OVERRIDE, EVENT_PLAN, EVENT_PROBLEM, FIRST_CALL_DELAY_S, DarkstarApp
from .control.decision import ActiveOverrides, Decision, Execution
from .control.dispatch.dispatcher import REMEMBERED, Remembered
from .control.preview import next_decision
from .home.readings import Readings
from .home.slots import local_date, local_day
from .inputs.snapshot import read_home
from .policy.expected import expected_path
from .storage.executions import Executions
from .storage.forecasts import Forecasts
from .storage.memory import Memory
from .storage.observations import Observations
from .storage.overrides import Overrides
from .storage.plans import Plans, SavedPlan
from .storage.prices import Prices
from .views.chart import chart
from .views.executor_sensors import STATISTICS_DAYS
from .views.page_files import page_html, plotly_path
from .views.sensors import refused, sensors
from .views.snapshot import Snapshot

REFRESH_S = 30
"""Readings and remaining times on the page are at most so old; events refresh it at once."""
DAYS_SHOWN = 3
"""Today and the horizon of the plan."""


class Status(DarkstarApp):
    """Shows what Darkstar knows, wants and does."""

    chart_data = "null"

    def start(self) -> None:
        """Serve the page, refresh it on every event and on a timer."""
        self.plans = Plans(self.database)
        self.prices = Prices(self.database)
        self.forecasts = Forecasts(self.database)
        self.observations = Observations(self.database)
        self.executions = Executions(self.database)
        self.overrides = Overrides(self.database)
        self.memory = Memory(self.database)
        self.register_route(self.serve_page, "darkstar_chart")
        self.register_route(self.serve_data, "darkstar_chart_data")
        self.register_route(self.serve_plotly, "darkstar_plotly")
        for event in (EVENT_PLAN, EVENT_OVERRIDE, EVENT_EXECUTION, EVENT_PROBLEM):
            self.on(event, self.on_event)
        self.on_home_assistant_back(self.on_return)
        self.run_in(self.on_timer, FIRST_CALL_DELAY_S)
        self.run_every(self.on_timer, f"now+{REFRESH_S}", REFRESH_S)

    def refuse(self, message: str) -> None:
        """Wrong settings are shown where the owner looks, too."""
        super().refuse(message)
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
        self.run_in(self.on_timer, FIRST_CALL_DELAY_S)

    def refresh(self) -> None:
        """Gather, render, publish."""
        snapshot = self.snapshot()
        self.chart_data = json.dumps(chart(snapshot), allow_nan=False)
        for sensor in sensors(snapshot):
            self.ha.publish(sensor.entity_id, sensor.state, sensor.attributes)

    def snapshot(self) -> Snapshot:
        """Everything that is shown, at this moment."""
        now = self.now()
        today, _ = local_day(local_date(now, self.home.zone), self.home.zone)
        saved = self.plans.latest()
        policy = saved.policy if saved else None
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
        return next_decision(plan, policy, readings, overrides, self.home, previous, now)

    async def serve_page(self, request: web.Request, kwargs: object) -> web.Response:
        """The chart as a page of its own, embedded in HADashboard."""
        return web.Response(text=page_html(), content_type="text/html")

    async def serve_data(self, request: web.Request, kwargs: object) -> web.Response:
        """What the page draws."""
        response = web.Response(text=self.chart_data, content_type="application/json")
        response.enable_compression()
        return response

    async def serve_plotly(self, request: web.Request, kwargs: object) -> web.FileResponse:
        """The chart library, from the installed package: no other server is asked."""
        return web.FileResponse(plotly_path(), headers={"Cache-Control": "max-age=86400"})
