"""What all Darkstar apps share: namespace, settings, database, gateway, problems, a start that never raises."""

from __future__ import annotations

import sqlite3
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from appdaemon.events import EventCallback
from appdaemon.exceptions import AppDaemonException
from appdaemon.plugins.hass.hassapi import Hass

from .gateway import HOME_ASSISTANT, Gateway
from .home.manual_block import BLOCKS_CHANGED
from .home.overlay import Settled, settle
from .home.problem import Problem
from .home.secret_url import without_secrets
from .home.settings import HomeSettings, SettingsError, load_settings
from .inputs.helpers import was_pressed
from .log_keeper import LogKeeper
from .storage.database import DATABASE_FILE, Database, StorageError
from .storage.log_lines import LogLines
from .storage.problems import Problems
from .storage.reflex import ReflexChanges

NAMESPACE = "darkstar"
"""Our own namespace: apps of Home Assistant's are destroyed each time it goes away."""
EVENT_PLAN = "darkstar.plan"
EVENT_OVERRIDE = "darkstar.override"
EVENT_EXECUTION = "darkstar.execution"
EVENT_PROBLEM = "darkstar.problem"
EVENT_LEARNING = "darkstar.learning"
"""Something was learned or forgotten; the data's `text` says what."""
EVENT_BLOCKS = BLOCKS_CHANGED
"""The owner has put a block of his own into the plan, or removed one."""
EVENT_PAUSE_REMINDER = "darkstar.pause_reminder"
"""A pause has lasted long; its data say `until` when (ISO)."""
EVENT_SETTINGS = "darkstar.settings"
"""What lies over the owner's settings has changed."""
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
    """The settings that are in force."""
    owner_home: HomeSettings
    """The settings as the owner has written them."""
    settled: Settled
    """What differs between the two, and why."""
    ha: Gateway
    database: Database
    problems: Problems

    def initialize(self) -> None:
        """Called by AppDaemon: load the settings, open the database, start."""
        self.set_namespace(NAMESPACE, persist=False)
        self.ha = Gateway(self)
        self._hide_secrets()
        try:
            self.home = self.owner_home = self._load(self.args.get("home"))
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

    def settle(self) -> Settled:
        """The owner's settings with Reflex's changes over them.

        Raises:
            StorageError: the changes cannot be read.
        """
        if self.owner_home.reflex.mode == "off":
            return Settled(self.owner_home)
        return settle(self.owner_home, self.args["home"], self._load, ReflexChanges(self.database).overlay())

    def announce_settings(self) -> None:
        """Tell all apps that a change was made or undone."""
        self.announce(EVENT_SETTINGS)

    def on_settings(self, event_type: str, data: dict[str, object], **kwargs: object) -> None:
        """Other settings are in force: begin anew with them, as after a restart of AppDaemon."""
        if self.settle().home != self.home:
            self.log("the settings in force have changed: %s begins anew with them", self.name)
            self.restart_app(self.name)

    def terminate(self) -> None:
        """Called by AppDaemon when this instance ends: nothing of it may act any more."""
        self.ha.close()
        self._let_go_of_log()
        if hasattr(self, "database"):
            self.database.close()

    def submit_to_executor(
        self, func: Callable[..., object], *args: object, callback: Callable[..., Any] | None = None, **kwargs: object
    ) -> Any:  # noqa: ANN401 - as AppDaemon's
        """As AppDaemon's; what comes back after this instance has ended is nobody's any more."""

        def come_back(**answer: object) -> None:
            if callback is not None and self.ha.is_alive:
                callback(**answer)

        return super().submit_to_executor(func, *args, callback=come_back, **kwargs)

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
        """Listen to an event of the other Darkstar apps, as long as this instance lives: its database ends with it."""

        def heard(event_type: str, data: dict[str, object], **kwargs: object) -> None:
            if self.ha.is_alive:
                callback(event_type, data, **kwargs)

        self.listen_event(heard, event, namespace=NAMESPACE)

    def on_press(self, button: str, action: Callable[[], None]) -> None:
        """Do something when the owner presses a button in Home Assistant."""

        def pressed(entity: str, attribute: str, old: object, new: object, **_: object) -> None:  # noqa: ARG001 - so AppDaemon calls
            if was_pressed(old, new):
                action()

        self.listen_state(pressed, button, namespace=HOME_ASSISTANT)

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
            self._keep_log()
            self._take_settings()
            self.report(())
            self.start()
            self.on(EVENT_SETTINGS, self.on_settings)
        except (OSError, sqlite3.Error, StorageError, AppDaemonException) as error:
            self.error("%s cannot start: %s. Next try in %d s.", self.name, error, RETRY_S)
            self.run_in(self._open_and_start, RETRY_S)

    def _keep_log(self) -> None:
        self._let_go_of_log()
        keeper = LogKeeper(self.name, LogLines(self.database))
        for logger in (self.logger, self.err):
            logger.addHandler(keeper)

    def _let_go_of_log(self) -> None:
        """AppDaemon keeps the loggers of an app over its restarts."""
        for logger in (self.logger, self.err):
            for handler in [each for each in logger.handlers if isinstance(each, LogKeeper)]:
                logger.removeHandler(handler)

    def _take_settings(self) -> None:
        self.settled = self.settle()
        self.home = self.settled.home
        for each in self.settled.applied:
            self.log("%s is %s instead of your %s: %s", each.path, each.value, each.owner_value, each.why)

    def _load(self, block: Mapping[str, Any] | None) -> HomeSettings:
        return load_settings(block, self._defaults(), self._folder / PROFILES_FOLDER)

    def _defaults(self) -> dict[str, Any]:
        config = self.AD.config
        return {
            "time_zone": str(config.time_zone),
            "latitude": config.latitude,
            "longitude": config.longitude,
        }
