"""A small client for Home Assistant: REST for states and services, websocket for the recorder."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import aiohttp
import requests

TIMEOUT_S = 15
LARGEST_MESSAGE = 16 * 1024 * 1024
_SET = {
    "input_number": ("set_value", "value"),
    "number": ("set_value", "value"),
    "input_select": ("select_option", "option"),
    "select": ("select_option", "option"),
}


class HomeAssistant:
    """What tests and the demo ask and tell Home Assistant."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.token = token
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"

    @property
    def running(self) -> bool:
        """Whether it has finished starting: an open port is too early, entities are still missing then."""
        try:
            answer = self._session.get(f"{self.url}/api/config", timeout=TIMEOUT_S)
        except requests.RequestException:
            return False
        return answer.ok and answer.json().get("state") == "RUNNING"

    def entity(self, entity_id: str) -> dict[str, Any] | None:
        """The entity's full state object, None when there is no such entity."""
        answer = self._session.get(f"{self.url}/api/states/{entity_id}", timeout=TIMEOUT_S)
        if answer.status_code == requests.codes.not_found:
            return None
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def state(self, entity_id: str) -> str | None:
        """The entity's state, None when there is no such entity."""
        entity = self.entity(entity_id)
        return None if entity is None else str(entity["state"])

    def number(self, entity_id: str) -> float:
        """The entity's state as a number."""
        entity = self.entity(entity_id)
        if entity is None:
            msg = f"Home Assistant has no {entity_id}"
            raise LookupError(msg)
        return float(entity["state"])

    def attributes(self, entity_id: str) -> dict[str, Any]:
        """The entity's attributes; none when there is no such entity."""
        entity = self.entity(entity_id)
        return {} if entity is None else dict(entity["attributes"])

    def call(self, domain: str, service: str, data: Mapping[str, object] | None = None) -> None:
        """Call a service."""
        answer = self._session.post(f"{self.url}/api/services/{domain}/{service}", json=data or {}, timeout=TIMEOUT_S)
        if not answer.ok:
            msg = f"{domain}.{service} with {data}: {answer.status_code} {answer.text}"
            raise RuntimeError(msg)

    def press(self, entity_id: str) -> None:
        """Press a button."""
        self.call(entity_id.split(".", maxsplit=1)[0], "press", {"entity_id": entity_id})

    def set(self, entity_id: str, value: float | str | bool) -> None:
        """Give a number, a select or a switch this value."""
        domain = entity_id.split(".", maxsplit=1)[0]
        if domain in _SET:
            service, key = _SET[domain]
            self.call(domain, service, {"entity_id": entity_id, key: value})
            return
        self.call(domain, "turn_on" if value in (True, "on") else "turn_off", {"entity_id": entity_id})

    def set_state(self, entity_id: str, state: str, attributes: Mapping[str, object]) -> None:
        """Make or change a bare state, as an integration that is not there would."""
        body = {"state": state, "attributes": attributes}
        answer = self._session.post(f"{self.url}/api/states/{entity_id}", json=body, timeout=TIMEOUT_S)
        answer.raise_for_status()

    def add_integration(self, domain: str, answers: Mapping[str, object]) -> dict[str, Any]:
        """Go through the dialogue of a new integration with one form; how it ended."""
        flow = f"{self.url}/api/config/config_entries/flow"
        begun = self._session.post(flow, json={"handler": domain}, timeout=TIMEOUT_S)
        begun.raise_for_status()
        ended = self._session.post(f"{flow}/{begun.json()['flow_id']}", json=answers, timeout=TIMEOUT_S)
        ended.raise_for_status()
        made: dict[str, Any] = ended.json()
        return made

    def websocket(self, *requests_: Mapping[str, object]) -> list[Any]:
        """Send requests over one websocket connection; their results."""
        # A thread of its own: Playwright keeps an event loop in the caller's.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, self._websocket(requests_)).result()

    async def _websocket(self, requests_: Sequence[Mapping[str, object]]) -> list[Any]:
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.ws_connect(f"{self.url}/api/websocket", max_msg_size=LARGEST_MESSAGE) as socket,
        ):
            await socket.receive_json()
            await socket.send_json({"type": "auth", "access_token": self.token})
            await socket.receive_json()
            return [await _ask(socket, number, request) for number, request in enumerate(requests_, 1)]


async def _ask(socket: aiohttp.ClientWebSocketResponse, number: int, request: Mapping[str, object]) -> Any:
    await socket.send_json({"id": number, **request})
    answer = await socket.receive_json(timeout=TIMEOUT_S)
    if not answer.get("success"):
        msg = f"{request.get('type')}: {answer.get('error')}"
        raise RuntimeError(msg)
    return answer.get("result")
