"""What a page may ask and order, and how a page and an action are described."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from ..home.overlay import Settled
from ..home.ports import EntityState, HomeAssistant
from ..home.settings import HomeSettings
from ..storage.database import Database
from ..views.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Owner:
    """The settings as the owner has written them: the file, the `home` block in it, and who checks another one.

    `file` is None where AppDaemon does not say which it is; `check` raises `SettingsError`.
    """

    file: Path | None
    block: Mapping[str, Any]
    check: Callable[[Mapping[str, Any]], object]


class Desk(Protocol):
    """The door from pages and actions to the app that serves them. Safe to use on any thread."""

    @property
    def home(self) -> HomeSettings:
        """The settings in force."""

    @property
    def database(self) -> Database:
        """What is stored."""

    @property
    def ha(self) -> HomeAssistant:
        """Home Assistant."""

    def now(self) -> datetime:
        """The present, in UTC."""

    def snapshot(self) -> Snapshot:
        """All that is known now, a few seconds old at most."""

    def order(self, order: Mapping[str, Any]) -> Mapping[str, Any]:
        """Give the Overrides app an order; answers `ok` and `reason` or `active`, as its HTTP endpoint does."""

    def announce(self, event: str, **data: str) -> None:
        """Tell the other Darkstar apps that something stored has changed."""

    def announce_settings(self) -> None:
        """Tell all apps that a change of a setting was made or undone."""

    @property
    def owner_home(self) -> HomeSettings:
        """The settings as the owner has written them."""

    def states(self) -> Mapping[str, EntityState]:
        """All entities of Home Assistant, by id."""

    @property
    def folder(self) -> Path:
        """Darkstar's data folder."""

    @property
    def owner(self) -> Owner:
        """The owner's settings, where they stand."""

    @property
    def settled(self) -> Settled:
        """The settings in force, and what of them is not the owner's."""

    def take_settings(self) -> None:
        """Have AppDaemon look at apps.yaml now: in production mode it would not notice a change."""

    @property
    def appdaemon_zone(self) -> str:
        """AppDaemon's own time zone."""

    @property
    def in_production_mode(self) -> bool:
        """Whether AppDaemon leaves its files alone; otherwise it reads all of them every second."""

    @property
    def is_demo(self) -> bool:
        """Whether the simulated house runs beside."""


class RefusedError(ValueError):
    """An action or a question that is refused; the message is shown to the owner as it stands."""


Query = Mapping[str, str]
"""What stands behind the `?` of the address of a page's data."""
Payload = Mapping[str, Any]
"""What a page posts with an action."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its title in the navigation, where its data come from, how often the browser asks for them.

    `data` is called on a worker thread and answers with what `json.dumps` takes (no NaN). `plotly` adds the chart
    library.
    """

    title: str
    data: Callable[[Desk, Query], Mapping[str, Any]]
    every_s: int = 15
    plotly: bool = False


Action = Callable[[Desk, Payload], Mapping[str, Any]]
"""Carries out what a page posts, on a worker thread; answers with what the page is told, or raises `RefusedError`."""
