"""Sensors by MQTT discovery: described once, sent when they change, never lost, never a flood."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from darkstar.home.ports import CallResult
from darkstar.publishing import EXPIRES, RENEWED, MqttPublisher, Standing, StatePublisher
from darkstar.storage.database import Database
from darkstar.storage.memory import Memory
from darkstar.views.published import PublishedSensor, sensor

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Broker:
    """Remembers what was sent, or refuses it."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.answer = CallResult(ok=True)
        self.bare: set[str] = set()
        self.states: dict[str, object] = {}

    def call(self, service: str, **data: Any) -> CallResult:
        assert (service, data["retain"]) == ("mqtt/publish", True)
        if self.answer.ok:
            self.sent.append((data["topic"], data["payload"]))
        return self.answer

    def publish(self, entity_id: str, state: str | float, attributes: Mapping[str, object]) -> None:
        self.states[entity_id] = state

    def remove_bare(self, entity_ids: Sequence[str]) -> None:
        if not self.answer.ok:
            msg = "no connection to Home Assistant"
            raise ConnectionError(msg)
        self.bare -= set(entity_ids)

    def took(self) -> dict[str, str]:
        taken, self.sent = dict(self.sent), []
        return taken


def cost(value: float | None = 1.5, text: str = "so far") -> PublishedSensor:
    return sensor(
        "cost_today", "cost today", "cash", value, text=text, unit_of_measurement="SEK", device_class="monetary"
    )


CONFIG = "homeassistant/sensor/darkstar_cost_today/config"
STATE = "darkstar/cost_today/state"
ATTRIBUTES = "darkstar/cost_today/attributes"


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
def standing(tmp_path: Path) -> Iterator[Standing]:
    with Database.open(tmp_path / "darkstar.sqlite3", NOW) as database:
        yield Standing(Memory(database))


@pytest.fixture
def publisher(broker: Broker, standing: Standing) -> MqttPublisher:
    return MqttPublisher(broker, "homeassistant", standing)


def test_a_sensor_is_described_as_home_assistant_asks_for(publisher: MqttPublisher, broker: Broker) -> None:
    assert publisher.publish([cost()], NOW) == ()
    taken = broker.took()
    told = json.loads(taken[CONFIG])
    assert told["unique_id"] == "darkstar_cost_today"
    assert told["default_entity_id"] == "sensor.darkstar_cost_today"
    assert (told["name"], told["device"]["name"]) == ("cost today", "Darkstar")
    assert (told["unit_of_measurement"], told["device_class"], told["icon"]) == ("SEK", "monetary", "mdi:cash")
    assert (told["state_topic"], told["json_attributes_topic"]) == (STATE, ATTRIBUTES)
    assert json.loads(taken[ATTRIBUTES]) == {"text": "so far"}
    assert taken[STATE] == "1.5"


@pytest.mark.parametrize(("value", "sent"), [(0.0, "0"), (None, "None"), (-0.25, "-0.25"), (12.0, "12")])
def test_zero_and_unknown_arrive_as_what_they_are(
    publisher: MqttPublisher, broker: Broker, value: float | None, sent: str
) -> None:
    publisher.publish([cost(value)], NOW)
    assert broker.took()[STATE] == sent


def test_a_total_comes_with_the_time_when_it_began(publisher: MqttPublisher, broker: Broker) -> None:
    began = "2026-03-10T00:00:00+01:00"
    total = sensor("cost_today", "cost today", "cash", 0.0, state_class="total", last_reset=began)
    publisher.publish([total], NOW)
    taken = broker.took()
    told = json.loads(taken[CONFIG])
    assert json.loads(taken[STATE]) == {"state": "0", "last_reset": began}
    assert told["state_class"] == "total"
    assert told["value_template"] == "{{ value_json.state }}"
    assert "last_reset" in told["last_reset_value_template"]
    assert json.loads(taken[ATTRIBUTES]) == {}


def test_only_what_changes_is_sent(publisher: MqttPublisher, broker: Broker) -> None:
    publisher.publish([cost()], NOW)
    broker.took()
    publisher.publish([cost()], NOW + timedelta(seconds=30))
    assert broker.took() == {}
    publisher.publish([cost(2.0)], NOW + timedelta(seconds=60))
    assert set(broker.took()) == {STATE}


def test_what_stays_is_sent_again_before_it_expires(publisher: MqttPublisher, broker: Broker) -> None:
    assert RENEWED < EXPIRES
    publisher.publish([cost()], NOW)
    broker.took()
    publisher.publish([cost()], NOW + RENEWED)
    assert set(broker.took()) == {STATE, ATTRIBUTES}


def test_after_a_restart_of_home_assistant_all_is_described_again(publisher: MqttPublisher, broker: Broker) -> None:
    publisher.publish([cost()], NOW)
    broker.took()
    publisher.forget()
    publisher.publish([cost()], NOW + timedelta(seconds=30))
    assert set(broker.took()) == {CONFIG, STATE, ATTRIBUTES}


def test_what_is_not_taken_is_a_problem_and_tried_again(publisher: MqttPublisher, broker: Broker) -> None:
    broker.answer = CallResult(ok=False, error="mqtt/publish: service not found")
    (problem,) = publisher.publish([cost(), cost()], NOW)
    assert "service not found" in problem.meaning
    assert "sensors.through" in problem.remedy
    broker.answer = CallResult(ok=True)
    assert publisher.publish([cost()], NOW + timedelta(seconds=30)) == ()
    assert set(broker.took()) == {CONFIG, STATE, ATTRIBUTES}


def test_a_broker_that_was_away_is_told_everything_again(publisher: MqttPublisher, broker: Broker) -> None:
    publisher.publish([cost()], NOW)
    broker.took()
    broker.answer = CallResult(ok=False, error="mqtt/publish: not connected")
    assert publisher.publish([cost(2.0)], NOW + timedelta(seconds=30))
    broker.answer = CallResult(ok=True)
    publisher.publish([cost(2.0)], NOW + timedelta(seconds=60))
    assert set(broker.took()) == {CONFIG, STATE, ATTRIBUTES}


def test_states_set_before_make_way_for_the_sensors(publisher: MqttPublisher, broker: Broker) -> None:
    broker.bare = {"sensor.darkstar_cost_today", "sensor.of_somebody_else"}
    publisher.publish([cost()], NOW)
    assert broker.bare == {"sensor.of_somebody_else"}


def test_back_to_states_nothing_is_left_at_the_broker(
    publisher: MqttPublisher, broker: Broker, standing: Standing
) -> None:
    publisher.publish([cost()], NOW)
    broker.took()
    states = StatePublisher(broker, standing)
    broker.answer = CallResult(ok=False, error="mqtt/publish: not connected")
    assert states.publish([cost()], NOW) == ()
    assert broker.states == {"sensor.darkstar_cost_today": 1.5}
    broker.answer = CallResult(ok=True)
    states.publish([cost()], NOW)
    assert broker.took() == dict.fromkeys((CONFIG, STATE, ATTRIBUTES), "")
    states.publish([cost()], NOW)
    StatePublisher(broker, standing).publish([cost()], NOW)
    assert broker.took() == {}


def test_another_prefix_takes_the_old_descriptions_back(
    publisher: MqttPublisher, broker: Broker, standing: Standing
) -> None:
    publisher.publish([cost()], NOW)
    broker.took()
    MqttPublisher(broker, "ha", standing).publish([cost()], NOW)
    taken = broker.took()
    assert taken[CONFIG] == ""
    assert taken["ha/sensor/darkstar_cost_today/config"]
    assert taken[STATE] == "1.5"
