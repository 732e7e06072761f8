"""The two ways of sensors into Home Assistant: as states, gone with its restart, or by MQTT, which it keeps."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Protocol

from . import __version__
from .home.ports import ServiceCaller
from .home.problem import Problem, Severity
from .home.settings import HomeSettings
from .storage.database import StorageError
from .storage.memory import Memory
from .views.published import UNKNOWN, PublishedSensor
from .wire import encode_state

RENEWED = timedelta(minutes=5)
"""What does not change is sent again so often: it shows that Darkstar lives."""
EXPIRES = timedelta(minutes=15)
"""Home Assistant shows a sensor as unavailable that has not been sent for so long."""
_TOPIC = "darkstar"
_DESCRIBING = ("icon", "unit_of_measurement", "device_class", "state_class")
_DEVICE = {"identifiers": ["darkstar"], "name": "Darkstar", "manufacturer": "Darkstar", "sw_version": __version__}
_LAST_RESET = "last_reset"
_TOTAL = {
    "value_template": "{{ value_json.state }}",
    "last_reset_value_template": "{{ value_json.last_reset or '' }}",
}
"""Of a total Home Assistant wants to hear when it began, and takes that from the message of the value alone."""
_NO_VALUE = "None"
"""What MQTT sensors take for an unknown value."""
_NOTHING = ""
"""An empty message takes back the one that the broker keeps; as a description it removes the entity."""
_STANDING = "mqtt_standing"


class EntityRemover(ServiceCaller, Protocol):
    """Calls services, and removes states that are in the way."""

    def remove_bare(self, entity_ids: Sequence[str]) -> None:
        """Remove those of these states that no integration of Home Assistant stands behind.

        Raises:
            ConnectionError: Home Assistant did not answer.
        """


class StateSetter(EntityRemover, Protocol):
    """Sets states, too."""

    def publish(self, entity_id: str, state: str | float, attributes: Mapping[str, object]) -> None:
        """Set a state."""


class Publisher(Protocol):
    """Brings sensors into Home Assistant."""

    def publish(self, sensors: Iterable[PublishedSensor], now: datetime) -> tuple[Problem, ...]:
        """Publish all sensors; answers with what stands in the way."""

    def forget(self) -> None:
        """Home Assistant has begun anew: everything is to be sent again."""


class Standing:
    """The topics at which the broker keeps something of ours, remembered over restarts and changes of the settings."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def note(self, topics: Collection[str], now: datetime) -> None:
        """Remember these topics, too."""
        known = self._topics()
        if not known >= set(topics):
            self._remember(known | set(topics), now)

    def take_back(self, ha: ServiceCaller, keep: Collection[str], now: datetime) -> bool:
        """Empty all topics but those to keep; whether all of them were emptied."""
        known = self._topics()
        left = set(known)
        for topic in sorted(known.difference(keep)):
            if not ha.call("mqtt/publish", topic=topic, payload=_NOTHING, retain=True).ok:
                break
            left.remove(topic)
        if left != known:
            self._remember(left, now)
        return left <= set(keep)

    def _topics(self) -> set[str]:
        return set(self._memory.get(_STANDING, tuple[str, ...]) or ())

    def _remember(self, topics: set[str], now: datetime) -> None:
        with suppress(StorageError):  # reported where it matters; the sensors come all the same
            self._memory.put(_STANDING, sorted(topics), now)


def publisher_for(home: HomeSettings, ha: StateSetter, memory: Memory) -> Publisher:
    """The way that the owner chose."""
    standing = Standing(memory)
    if home.sensors.through == "mqtt":
        return MqttPublisher(ha, home.sensors.mqtt_discovery_prefix, standing)
    return StatePublisher(ha, standing)


class StatePublisher:
    """Sets each sensor's state; nothing of it outlives Home Assistant. What was sent by MQTT before is taken back."""

    def __init__(self, ha: StateSetter, standing: Standing) -> None:
        self._ha = ha
        self._standing = standing
        self._is_clean = False

    def publish(self, sensors: Iterable[PublishedSensor], now: datetime) -> tuple[Problem, ...]:
        """Set all states."""
        if not self._is_clean:
            self._is_clean = self._standing.take_back(self._ha, (), now)
        for sensor in sensors:
            self._ha.publish(sensor.entity_id, sensor.state, sensor.attributes)
        return ()

    def forget(self) -> None:
        """Every round sends everything anyway."""


class MqttPublisher:
    """Describes each sensor once by MQTT discovery and then sends what has changed, all retained.

    Messages go through Home Assistant's own `mqtt.publish`, so no broker has to be set up here.
    """

    def __init__(self, ha: EntityRemover, prefix: str, standing: Standing) -> None:
        self._ha = ha
        self._prefix = prefix
        self._standing = standing
        self._sent: dict[str, str] = {}
        self._renewed_at: datetime | None = None

    def publish(self, sensors: Iterable[PublishedSensor], now: datetime) -> tuple[Problem, ...]:
        """Send what is new; after a message that is not taken the next round sends all: the broker may be new."""
        shown = tuple(sensors)
        if not self._sent:
            self._make_way(shown, now)
        if self._renewed_at is None or now - self._renewed_at >= RENEWED:
            self._sent = {
                topic: payload for topic, payload in self._sent.items() if topic.startswith(f"{self._prefix}/")
            }
            self._renewed_at = now
        for sensor in shown:
            for topic, payload in self._messages(sensor):
                if self._sent.get(topic) == payload:
                    continue
                result = self._ha.call("mqtt/publish", topic=topic, payload=payload, retain=True)
                if not result.ok:
                    self.forget()
                    return (_unsent(result.error, now),)
                self._sent[topic] = payload
        return ()

    def forget(self) -> None:
        """Describe and send everything again."""
        self._sent.clear()

    def _make_way(self, sensors: Sequence[PublishedSensor], now: datetime) -> None:
        """Take away what stands where the sensors are to be: else they come as `sensor.darkstar_plan_2`."""
        topics = {topic for sensor in sensors for topic, _ in self._messages(sensor)}
        self._standing.take_back(self._ha, topics, now)
        self._standing.note(topics, now)
        with suppress(ConnectionError):  # then nothing can be sent either, which is reported
            self._ha.remove_bare([sensor.entity_id for sensor in sensors])

    def _messages(self, sensor: PublishedSensor) -> Iterator[tuple[str, str]]:
        _, _, name = sensor.entity_id.partition(".")
        base = f"{_TOPIC}/{name.removeprefix('darkstar_')}"
        yield f"{self._prefix}/sensor/{name}/config", json.dumps(_description(sensor, name, base), sort_keys=True)
        apart = (*_DESCRIBING, "friendly_name", _LAST_RESET)
        told = {key: value for key, value in sensor.attributes.items() if key not in apart}
        yield f"{base}/attributes", json.dumps(told, sort_keys=True, allow_nan=False)
        yield f"{base}/state", _value(sensor)


def _value(sensor: PublishedSensor) -> str:
    state = _NO_VALUE if sensor.state == UNKNOWN else encode_state(sensor.state)
    if sensor.attributes.get("state_class") != "total":
        return state
    return json.dumps({"state": state, _LAST_RESET: sensor.attributes.get(_LAST_RESET)})


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
        **(_TOTAL if attributes.get("state_class") == "total" else {}),
    }


def _unsent(error: str, now: datetime) -> Problem:
    return Problem(
        "mqtt_unavailable",
        Severity.WARNING,
        now,
        f"Darkstar's sensors cannot be sent by MQTT ({error}).",
        "Set up Home Assistant's MQTT integration, or set sensors.through to states.",
    )
