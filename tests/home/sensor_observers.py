"""How Darkstar's sensors come into Home Assistant in a home with given settings."""

from __future__ import annotations

from typing import Any

from darkstar.home.settings import HomeSettings
from darkstar.status import Status
from tests.home.app_observers import Stage


def published(home: HomeSettings, stage: Stage) -> object:
    """Which states were set, and which topics were sent to."""
    world = stage.world()
    block: dict[str, Any] = home.model_dump(mode="json", exclude_unset=True)
    app = world.start(Status, block)
    world.advance(5)
    world.stop(app)
    topics = sorted(data["topic"] for service, data in world.calls if service == "mqtt/publish")
    return topics, sorted(entity for entity in world.states if entity.startswith("sensor.darkstar_"))
