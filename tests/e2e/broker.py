"""A real MQTT broker, and a client to look at what it keeps."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

from paho.mqtt.client import Client, MQTTMessage, topic_matches_sub
from paho.mqtt.enums import CallbackAPIVersion

from tests.e2e.home_assistant import HomeAssistant
from tests.e2e.service import Service
from tests.e2e.waiting import wait_for

HOST = "127.0.0.1"
ANSWER_S = 10


class Broker:
    """amqtt without a password on the loopback address; what it keeps is gone with it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self._config = folder / "broker.yaml"
        command = [str(Path(sys.executable).parent / "amqtt"), "-c", str(self._config)]
        self.service = Service("the MQTT broker", command, folder / "broker.log")

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        anonymous = "amqtt.plugins.authentication.AnonymousAuthPlugin: {allow_anonymous: true}"
        self._config.write_text(
            f"listeners: {{default: {{type: tcp, bind: '{HOST}:{self.port}'}}}}\nplugins: {{{anonymous}}}\n",
            encoding="utf-8",
        )
        self.service.start()
        wait_for(self._answers, 30, "the MQTT broker to take connections")

    def add_to(self, home_assistant: HomeAssistant) -> None:
        """Set up Home Assistant's MQTT integration for it, as its owner does."""
        made = home_assistant.add_integration("mqtt", {"broker": HOST, "port": self.port})
        if made.get("type") != "create_entry":
            msg = f"Home Assistant does not take the broker: {made}"
            raise RuntimeError(msg)

    def kept(self, topics: str) -> dict[str, str]:
        """What it keeps at the topics that a filter names."""
        heard: dict[str, str] = {}
        subscribed: list[bool] = []

        def on_message(client: Client, userdata: object, message: MQTTMessage) -> None:
            if message.topic == _END:
                subscribed.append(True)
            elif message.retain and topic_matches_sub(topics, message.topic):
                heard[message.topic] = message.payload.decode()

        client = Client(CallbackAPIVersion.VERSION2)
        client.on_message = on_message
        client.connect(HOST, self.port)
        client.loop_start()
        try:
            client.subscribe([(topics, 0), (_END, 0)])
            client.publish(_END, "after all that is kept").wait_for_publish(ANSWER_S)
            wait_for(lambda: subscribed, ANSWER_S, "the broker to tell what it keeps")
        finally:
            client.disconnect()
            client.loop_stop()
        return heard

    def send(self, topic: str, payload: str) -> None:
        """Send a message that it keeps."""
        client = Client(CallbackAPIVersion.VERSION2)
        client.connect(HOST, self.port)
        client.loop_start()
        try:
            client.publish(topic, payload, qos=1, retain=True).wait_for_publish(ANSWER_S)
        finally:
            client.disconnect()
            client.loop_stop()

    def _answers(self) -> bool:
        self.service.require_no_crash()
        try:
            socket.create_connection((HOST, self.port), timeout=1).close()
        except OSError:
            return False
        return True


_END = "e2e/end"
