"""The two ways of sensors into Home Assistant: as states, gone with its restart, or by MQTT, which it keeps."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from . import __version__
from .home.ports import ServiceCaller
from .home.problem import Problem, Severity
from .home.settings import HomeSettings
from .views.published import UNKNOWN, PublishedSensor
from .wire import encode_state

RENEWED = timedelta(minutes=5)
"""What does not change is sent again so often: it shows that Darkstar lives."""
EXPIRES = timedelta(minutes=15)
"""Home Assistant shows a sensor as unavailable that has not been sent for so long."""
_TOPIC = "darkstar"
_DESCRIBING = ("icon", "unit_of_measurement", "device_class", "state_class")
_DEVICE = {"identifiers": ["darkstar"], "name": "Darkstar", "manufacturer": "Darkstar", "sw_version": __version__}
_NO_VALUE = "None"
"""What MQTT sensors take for an unknown value."""


class StateSetter(ServiceCaller, Protocol):
    """Sets states, and calls services."""

    def publish(self, entity_id: str, state: str | float, attributes: Mapping[str, object]) -> None:
        """Set a state."""


class Publisher(Protocol):
    """Brings sensors into Home Assistant."""

    def publish(self, sensors: Iterable[PublishedSensor], now: datetime) -> tuple[Problem, ...]:
        """Publish all sensors; answers with what stands in the way."""

    def forget(self) -> None:
        """Home Assistant has begun anew: everything is to be sent again."""


def publisher_for(home: HomeSettings, ha: StateSetter) -> Publisher:
    """The way that the owner chose."""
    if home.sensors.through == "mqtt":
        return MqttPublisher(ha, home.sensors.mqtt_discovery_prefix)
    return StatePublisher(ha)


class StatePublisher:
    """Sets each sensor's state; nothing of it outlives Home Assistant."""

    def __init__(self, ha: StateSetter) -> None:
        self._ha = ha

    def publish(self, sensors: Iterable[PublishedSensor], now: datetime) -> tuple[Problem, ...]:  # noqa: ARG002 - the protocol's
        """Set all states."""
        for sensor in sensors:
            self._ha.publish(sensor.entity_id, sensor.state, sensor.attributes)
        return ()

    def forget(self) -> None:
        """Every round sends everything anyway."""


class MqttPublisher:
    """Describes each sensor once by MQTT discovery and then sends what has changed, all retained.

    Messages go through Home Assistant's own `mqtt.publish`, so no broker has to be set up here.
    """

    def __init__(self, ha: ServiceCaller, prefix: str) -> None:
        self._ha = ha
        self._prefix = prefix
        self._sent: dict[str, str] = {}
        self._renewed_at: datetime | None = None

    def publish(self, sensors: Iterable[PublishedSensor], now: datetime) -> tuple[Problem, ...]:
        """Send what is new; after the first message that is not taken the rest waits for the next round."""
        if self._renewed_at is None or now - self._renewed_at >= RENEWED:
            self._sent = {
                topic: payload for topic, payload in self._sent.items() if topic.startswith(f"{self._prefix}/")
            }
            self._renewed_at = now
        for sensor in sensors:
            for topic, payload in self._messages(sensor):
                if self._sent.get(topic) == payload:
                    continue
                result = self._ha.call("mqtt/publish", topic=topic, payload=payload, retain=True)
                if not result.ok:
                    return (_unsent(result.error, now),)
                self._sent[topic] = payload
        return ()

    def forget(self) -> None:
        """Describe and send everything again."""
        self._sent.clear()

    def _messages(self, sensor: PublishedSensor) -> Iterator[tuple[str, str]]:
        _, _, name = sensor.entity_id.partition(".")
        base = f"{_TOPIC}/{name.removeprefix('darkstar_')}"
        yield f"{self._prefix}/sensor/{name}/config", json.dumps(_description(sensor, name, base), sort_keys=True)
        told = {key: value for key, value in sensor.attributes.items() if key not in (*_DESCRIBING, "friendly_name")}
        yield f"{base}/attributes", json.dumps(told, sort_keys=True, allow_nan=False)
        yield f"{base}/state", _NO_VALUE if sensor.state == UNKNOWN else encode_state(sensor.state)


def _description(sensor: PublishedSensor, name: str, base: str) -> dict[str, Any]:
    attributes = sensor.attributes
    return {
        "name": str(attributes["friendly_name"]).removeprefix("Darkstar "),
        "unique_id": name,
        "object_id": name,
        "default_entity_id": sensor.entity_id,
        "state_topic": f"{base}/state",
        "json_attributes_topic": f"{base}/attributes",
        "expire_after": int(EXPIRES.total_seconds()),
        "device": _DEVICE,
        **{key: attributes[key] for key in _DESCRIBING if key in attributes},
    }


def _unsent(error: str, now: datetime) -> Problem:
    return Problem(
        "mqtt_unavailable",
        Severity.WARNING,
        now,
        f"Darkstar's sensors cannot be sent by MQTT ({error}).",
        "Set up Home Assistant's MQTT integration, or set sensors.through to states.",
    )
