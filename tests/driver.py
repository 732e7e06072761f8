"""An in-process stand-in for AppDaemon around one or several Darkstar apps, with a clock of its own.

It keeps the semantics that were measured on the real pair: `get_state` answers from a cache, a call on
a missing entity succeeds, a call while Home Assistant is down answers None, a frozen one times out and
is carried out later, apps of our own namespace survive an outage. The real pair runs in `tests/e2e`.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
import pytz
from appdaemon.models.config.app import AppConfig
from appdaemon.plugins.hass.hassapi import Hass

from darkstar.app import DarkstarApp

Callback = Callable[..., Any]


@dataclass(slots=True)
class _Listener:
    app: Hass
    callback: Callback
    filters: Mapping[str, object]
    kwargs: Mapping[str, object]


@dataclass
class Driver:
    """The world around the apps: entities, services, events, time."""

    folder: Path
    now: datetime = datetime(2026, 1, 15, 11, 0, tzinfo=UTC)
    connected: bool = True
    frozen: bool = False
    states: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    late: list[Callable[[], None]] = field(default_factory=list)
    routes: dict[str, Callback] = field(default_factory=dict)
    admin: dict[str, dict[str, Any]] = field(default_factory=dict)
    posts: list[Callable[[], None]] | None = None
    """Answers that are due from other threads; None: they come at once."""
    services: dict[str, Callback] = field(default_factory=dict)
    endpoints: dict[str, Callback] = field(default_factory=dict)
    apps: dict[str, DarkstarApp] = field(default_factory=dict)
    """The newest instance of each app, by its name."""
    _timers: list[tuple[datetime, int, timedelta | None, Hass, Callback, dict[str, Any]]] = field(default_factory=list)
    _cancelled: set[int] = field(default_factory=set)
    _states_heard: list[tuple[str, _Listener]] = field(default_factory=list)
    _events_heard: list[tuple[str, str, _Listener]] = field(default_factory=list)
    _number: itertools.count[int] = field(default_factory=itertools.count)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Put this world in the place of AppDaemon's API, for one test."""
        methods: dict[str, Callback] = {
            "set_namespace": lambda app, namespace, **_: setattr(app, "namespace", namespace),
            "log": lambda app, message, *args, **_: self.log.append(message % args if args else message),
            "error": lambda app, message, *args, **_: self.log.append("ERROR " + (message % args if args else message)),
            "get_state": self._get_state,
            "set_state": self._set_state,
            "call_service": self._call_service,
            "listen_state": self._listen_state,
            "listen_event": self._listen_event,
            "fire_event": self._fire_event,
            "run_in": lambda app, callback, delay, **kwargs: self._timer(app, callback, delay, None, kwargs),
            "run_every": self._run_every,
            "restart_app": self._restart_app,
            "cancel_timer": lambda app, handle, *_: self._cancelled.add(int(handle)),
            "submit_to_executor": self._submit,
            "register_route": lambda app, callback, route, **_: self.routes.__setitem__(route, callback),
            "register_service": lambda app, service, callback, **_: self.services.__setitem__(service, callback),
            "register_endpoint": lambda app, callback, name, **_: self.endpoints.__setitem__(name, callback),
        }
        for name, method in methods.items():
            monkeypatch.setattr(Hass, name, _as_method(method))
        monkeypatch.setattr(Hass, "config_dir", property(lambda _: self.folder))
        monkeypatch.setattr(DarkstarApp, "now", lambda _: self.now)

    def start(self, app_class: type[DarkstarApp], home: object) -> Any:
        """Create and initialise an app as AppDaemon does, with a `home` block."""
        zone = pytz.timezone("Europe/Stockholm")
        config = SimpleNamespace(latitude=59.3, longitude=18.1, time_zone=zone, model_dump=dict)
        appdaemon = MagicMock(http=None, config=config)
        fields = {"name": app_class.__name__.lower(), "module": app_class.__module__, "class": app_class.__name__}
        app = app_class(appdaemon, AppConfig.model_validate({**fields, "home": home}))
        self.apps[app.name] = app
        app.initialize()
        return app

    def stop(self, app: DarkstarApp) -> None:
        """End an app: its listeners and timers are gone."""
        app.terminate()
        self._timers = [timer for timer in self._timers if timer[3] is not app]
        heapq.heapify(self._timers)
        self._states_heard = [heard for heard in self._states_heard if heard[1].app is not app]
        self._events_heard = [heard for heard in self._events_heard if heard[2].app is not app]

    def set(self, entity_id: str, state: str, **attributes: object) -> None:
        """Home Assistant reports a state: listeners hear it when it changed."""
        before = self.states.get(entity_id)
        stamp = self.now.isoformat()
        kept = {**(before["attributes"] if before else {}), **attributes}
        self.states[entity_id] = {"state": state, "attributes": kept, "last_updated": stamp, "last_reported": stamp}
        old = before["state"] if before else None
        if old == state:
            return
        for heard, listener in list(self._states_heard):
            if heard == entity_id and _matches(listener.filters, {"new": state, "old": old}):
                listener.callback(entity_id, "state", old, state, **listener.kwargs)

    def set_readings(self) -> None:
        """The sensors of `tests.homes` report a half-full battery and small powers."""
        self.set("sensor.soc", "50", unit_of_measurement="%")
        for name in ("load_power", "pv_power", "grid_power"):
            self.set(f"sensor.{name}", "500", unit_of_measurement="W")

    def press(self, button: str) -> None:
        """The owner presses a button."""
        self.set(button, self.now.isoformat())

    def fire(self, event: str, namespace: str = "default", **data: object) -> None:
        """An event arrives."""
        for heard, where, listener in list(self._events_heard):
            if heard == event and where == namespace:
                listener.callback(event, data, **listener.kwargs)

    def advance(self, seconds: float) -> None:
        """Let time pass; timers fire in their order."""
        end = self.now + timedelta(seconds=seconds)
        while self._timers and self._timers[0][0] <= end:
            due, number, every, app, callback, kwargs = heapq.heappop(self._timers)
            if number in self._cancelled:
                continue
            self.now = max(self.now, due)
            if every is not None:
                heapq.heappush(self._timers, (due + every, number, every, app, callback, kwargs))
            callback(**kwargs)
        self.now = end

    def thaw(self) -> None:
        """A frozen Home Assistant resumes, and carries out what had timed out."""
        self.frozen = False
        for action in self.late:
            action()
        self.late.clear()

    def _get_state(self, app: Hass, entity_id: str, attribute: str | None = None, **_: object) -> Any:
        found = self.states.get(entity_id)
        if found is None:
            return None
        return found if attribute == "all" else found["state"]

    def _set_state(
        self, app: Hass, entity_id: str, state: str = "", attributes: dict[str, Any] | None = None, **kwargs: object
    ) -> None:
        if kwargs.get("namespace") == "admin":
            self.admin[entity_id] = dict(attributes or {})
        elif self.connected:
            self.set(entity_id, state, **(attributes or {}))

    def _call_service(self, app: Hass, service: str, **data: Any) -> dict[str, Any] | None:
        own = self.services.get(service) if data.get("namespace") == "darkstar" else None
        if own is not None:
            order = {key: value for key, value in data.items() if key != "namespace"}
            answered: dict[str, Any] = own("darkstar", *service.split("/"), **order, timeout=None)
            return answered
        for internal in ("namespace", "hass_timeout", "suppress_log_messages"):
            data.pop(internal, None)
        if not self.connected:
            return None
        self.calls.append((service, data))
        if self.frozen:
            self.late.append(lambda: self._carry_out(service, data))
            return {"success": False, "ad_status": "TIMEOUT"}
        self._carry_out(service, data)
        return {"success": True, "result": {"context": {}}, "ad_status": "OK"}

    def _carry_out(self, service: str, data: Mapping[str, Any]) -> None:
        entity_id = data.get("entity_id")
        if entity_id not in self.states:
            return
        outcomes = {
            "turn_on": "on",
            "turn_off": "off",
            "select_option": data.get("option"),
            "set_value": str(data.get("value")),
        }
        outcome = outcomes.get(service.split("/")[1])
        if outcome is not None:
            self.set(entity_id, outcome)

    def _listen_state(
        self,
        app: Hass,
        callback: Callback,
        entity_id: str,
        *,
        namespace: str,
        new: Any = None,
        old: Any = None,
        **kwargs: Any,
    ) -> None:
        filters = {"new": new, "old": old}
        self._states_heard.append((entity_id, _Listener(app, callback, filters, kwargs)))

    def _listen_event(self, app: Hass, callback: Callback, event: str, *, namespace: str, **kwargs: Any) -> None:
        self._events_heard.append((event, namespace, _Listener(app, callback, {}, kwargs)))

    def _fire_event(self, app: Hass, event: str, *, namespace: str, **data: object) -> None:
        self.fire(event, namespace, **data)

    def _restart_app(self, app: Hass, name: str) -> None:
        """AppDaemon does it soon after, from a thread of its own."""

        def restart(**_: object) -> None:
            ended = self.apps[name]
            self.stop(ended)
            self.start(type(ended), ended.args["home"])

        self._timer(app, restart, 0, None, {})

    def _timer(
        self, app: Hass, callback: Callback, delay: float, every: timedelta | None, kwargs: dict[str, Any]
    ) -> str:
        number = next(self._number)
        heapq.heappush(self._timers, (self.now + timedelta(seconds=delay), number, every, app, callback, kwargs))
        return str(number)

    def _run_every(self, app: Hass, callback: Callback, start: time | str, interval: float, **kwargs: Any) -> str:
        every = timedelta(seconds=interval)
        if not isinstance(start, time):
            return self._timer(app, callback, 0 if start == "immediate" else interval, every, kwargs)
        first = datetime.combine(self.now.date(), start, UTC)
        while first <= self.now:
            first += every
        return self._timer(app, callback, (first - self.now).total_seconds(), every, kwargs)

    def _submit(self, app: Hass, function: Callback, *args: Any, callback: Callback | None = None) -> Future[Any]:
        done: Future[Any] = Future()

        def answer() -> None:
            result = function(*args)
            done.set_result(result)
            if callback is not None:
                callback(result=result)

        if self.posts is None:
            answer()
        else:
            self.posts.append(answer)
        return done


def _matches(filters: Mapping[str, object], values: Mapping[str, object]) -> bool:
    return all(wanted is None or wanted == values[name] for name, wanted in filters.items())


def _as_method(function: Callback) -> Callback:
    """A plain function, so that the class hands over the app as its first argument."""

    def method(app: Hass, *args: Any, **kwargs: Any) -> Any:
        return function(app, *args, **kwargs)

    return method
