"""A sensor as it goes to Home Assistant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

UNKNOWN = "unknown"
"""State of a sensor whose value is not known: Home Assistant's own word for it."""


@dataclass(frozen=True, slots=True)
class PublishedSensor:
    """One sensor as it goes to Home Assistant. No attribute is None; zeros are values."""

    entity_id: str
    state: str | float
    attributes: dict[str, Any]


def sensor(
    object_id: str, friendly_name: str, icon: str, state: str | float | None, **attributes: object
) -> PublishedSensor:
    """A sensor of Darkstar's; attributes that are None are left out."""
    known = {key: value for key, value in attributes.items() if value is not None}
    return PublishedSensor(
        entity_id=f"sensor.darkstar_{object_id}",
        state=UNKNOWN if state is None else state,
        attributes={"friendly_name": f"Darkstar {friendly_name}", "icon": f"mdi:{icon}", **known},
    )
