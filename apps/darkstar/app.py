"""What all Darkstar apps share: namespace, settings, database, gateway, problems, a start that never raises."""

from __future__ import annotations

import sqlite3
from abc import abstractmethod
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from appdaemon.events import EventCallback
from appdaemon.exceptions import AppDaemonException
from appdaemon.plugins.hass.hassapi import Hass

from .gateway import HOME_ASSISTANT, Gateway
from .home.problem import Problem
from .home.secret_url import without_secrets
from .home.settings import HomeSettings, SettingsError, load_settings
from .storage.database import Database, StorageError
from .storage.problems import Problems

NAMESPACE = "darkstar"
"""Our own namespace: apps of Home Assistant's are destroyed each time it goes away."""
EVENT_PLAN = "darkstar.plan"
EVENT_OVERRIDE = "darkstar.override"
EVENT_EXECUTION = "darkstar.execution"
EVENT_PROBLEM = "darkstar.problem"
EVENT_PAUSE_REMINDER = "darkstar.pause_reminder"
"""A pause has lasted long; its data say `until` when (ISO)."""
DATABASE_FILE = "darkstar.sqlite3"
PROFILES_FOLDER = "profiles"
"""Device profiles of the owner, beside the database."""
FIRST_CALL_DELAY_S = 3
"""Services of Home Assistant may not be registered while apps initialise."""
RETRY_S = 30


class DarkstarApp(Hass):
    """Base of the Darkstar apps.

    `initialize` is a full, idempotent recovery: it never raises, turns a fault into words in the log
    and tries again. Subclasses put their listeners and timers into `start`.
    """

    home: HomeSettings
    ha: Gateway
    database: Database
    problems: Problems

    def initialize(self) -> None:
        """Called by AppDaemon: load the settings, open the database, start."""
        self.set_namespace(NAMESPACE, persist=False)
        self.ha = Gateway(self)
        self._hide_secrets()
        try:
            self.home = load_settings(self.args.get("home"), self._defaults(), self._folder / PROFILES_FOLDER)
        except SettingsError as error:
            self.refuse(str(error))
            return
        self._open_and_start()

    @abstractmethod
    def start(self) -> None:
        """Register listeners and timers; no service call is possible yet."""

    def refuse(self, message: str) -> None:
        """The settings are wrong: say so; the app stays idle until `apps.yaml` changes."""
        self.error(message)

    def terminate(self) -> None:
        """Called by AppDaemon when this instance ends: nothing of it may act any more."""
        self.ha.close()
        if hasattr(self, "database"):
            self.database.close()

    def report(self, problems: Iterable[Problem]) -> None:
        """Store the full set of problems that this app sees now, and tell the others of changes."""
        changes = self.problems.sync(self.name, (*self.database.problems, *problems))
        for problem in changes.started:
            self.log("%s %s", problem.meaning, problem.remedy, level="WARNING")
        if changes.started or changes.ended:
            self.announce(EVENT_PROBLEM)

    def announce(self, event: str, **data: str) -> None:
        """Tell the other Darkstar apps that saved state has changed, or what `data` say."""
        self.fire_event(event, namespace=NAMESPACE, **data)

    def on(self, event: str, callback: EventCallback) -> None:
        """Listen to an event of the other Darkstar apps."""
        self.listen_event(callback, event, namespace=NAMESPACE)

    def on_home_assistant_back(self, callback: EventCallback) -> None:
        """Listen to Home Assistant's return: its sensors from us are gone, its states may have rolled back."""
        self.listen_event(callback, "plugin_started", namespace=HOME_ASSISTANT)

    @staticmethod
    def now() -> datetime:
        """The present, aware and in UTC."""
        return datetime.now(UTC)

    @property
    def _folder(self) -> Path:
        """The owner's folder of Darkstar's data."""
        return Path(self.config_dir) / NAMESPACE

    def _hide_secrets(self) -> None:
        """AppDaemon serves the arguments of an app as attributes of an entity of its own: the secrets go from there."""
        shown = without_secrets(self.args)
        if shown != self.args:
            self.set_state(f"app.{self.name}", namespace="admin", attributes={"args": shown}, check_existence=False)

    def _open_and_start(self, **_: object) -> None:
        try:
            self.database = Database.open(self._folder / DATABASE_FILE, self.now())
            self.problems = Problems(self.database)
            self.report(())
            self.start()
        except (OSError, sqlite3.Error, StorageError, AppDaemonException) as error:
            self.error("%s cannot start: %s. Next try in %d s.", self.name, error, RETRY_S)
            self.run_in(self._open_and_start, RETRY_S)

    def _defaults(self) -> dict[str, Any]:
        config = self.AD.config
        return {
            "time_zone": str(config.time_zone),
            "latitude": config.latitude,
            "longitude": config.longitude,
        }
