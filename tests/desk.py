"""A desk for the tests of pages: real settings and database, and a Home Assistant that remembers what it was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from darkstar.home.overlay import Settled
from darkstar.home.ports import CallResult, EntityState
from darkstar.home.settings import HomeSettings, load_settings
from darkstar.pages.desk import Owner
from darkstar.storage.database import Database
from darkstar.views.snapshot import Snapshot

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PLACE = {"time_zone": "Europe/Stockholm", "latitude": 59.3, "longitude": 18.1}
EXAMPLE = (Path(__file__).parents[1] / "apps.yaml.example").read_text(encoding="utf-8")


@dataclass
class Telephone:
    """Home Assistant: its entities, and the services that were called."""

    entities: dict[str, EntityState] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    answer: CallResult = field(default_factory=lambda: CallResult(ok=True))

    def state(self, entity_id: str) -> EntityState | None:
        return self.entities.get(entity_id)

    def call(self, service: str, **data: Any) -> CallResult:
        self.calls.append((service, data))
        return self.answer

    def statistics(self, *_: Any) -> Mapping[str, Sequence[Any]]:
        return {}

    def past_states(self, *_: Any) -> Mapping[str, Sequence[Any]]:
        return {}


@dataclass
class TestDesk:
    """Serves one home out of a folder; `apps.yaml` is the example."""

    __test__ = False

    folder: Path
    database: Database
    ha: Telephone = field(default_factory=Telephone)
    time: datetime = NOW
    is_demo: bool = False
    appdaemon_zone: str = "Europe/Stockholm"
    in_production_mode: bool = True
    reloads: int = 0
    announced: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.file = self.folder / "apps.yaml"
        self.file.write_text(EXAMPLE, encoding="utf-8")

    @property
    def owner(self) -> Owner:
        apps = yaml.safe_load(self.file.read_text(encoding="utf-8"))
        return Owner(self.file, apps["darkstar_planner"]["home"], lambda block: load_settings(block, PLACE))

    @property
    def home(self) -> HomeSettings:
        return load_settings(self.owner.block, PLACE)

    @property
    def owner_home(self) -> HomeSettings:
        return self.home

    @property
    def settled(self) -> Settled:
        return Settled(self.home)

    def now(self) -> datetime:
        return self.time

    def take_settings(self) -> None:
        self.reloads += 1

    def states(self) -> Mapping[str, EntityState]:
        return self.ha.entities

    def snapshot(self) -> Snapshot:
        raise NotImplementedError

    def order(self, _: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"ok": True}

    def announce(self, event: str, **_: str) -> None:
        self.announced.append(event)

    def announce_settings(self) -> None:
        self.announced.append("darkstar.settings")
