"""The gateway: every measured way in which AppDaemon fails to answer ends in a value, never in a traceback."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
from appdaemon.exceptions import DomainException
from appdaemon.plugins.hass.hassplugin import HassPlugin

from darkstar.gateway import CALL_TIMEOUT_S, HOME_ASSISTANT, Gateway
from darkstar.home.ports import StatisticsRow

STATE = {
    "state": "55.0",
    "attributes": {"unit_of_measurement": "%"},
    "last_updated": "2026-01-15T11:00:00+00:00",
    "last_reported": "2026-01-15T12:30:00+01:00",
}


def _gateway(**app: Any) -> Gateway:
    return Gateway(SimpleNamespace(**app))  # type: ignore[arg-type] # only what is used


class TestState:
    def test_its_last_sign_of_life_is_the_later_of_both_times(self) -> None:
        state = _gateway(get_state=lambda *_, **__: STATE).state("sensor.soc")
        assert state is not None
        assert (state.state, state.attributes["unit_of_measurement"]) == ("55.0", "%")
        assert state.reported_at == datetime(2026, 1, 15, 11, 30, tzinfo=UTC)

    def test_home_assistant_before_2024_4_has_only_the_update(self) -> None:
        old = {key: value for key, value in STATE.items() if key != "last_reported"}
        state = _gateway(get_state=lambda *_, **__: old).state("sensor.soc")
        assert state is not None
        assert state.reported_at == datetime(2026, 1, 15, 11, 0, tzinfo=UTC)

    @pytest.mark.parametrize("missing", [None, {}, "unavailable"])
    def test_what_home_assistant_does_not_have_is_none(self, missing: object) -> None:
        assert _gateway(get_state=lambda *_, **__: missing).state("sensor.soc") is None

    @pytest.mark.parametrize("stamp", [None, "yesterday", "2026-01-15T11:00:00"])
    def test_a_time_that_cannot_be_placed_is_no_time(self, stamp: object) -> None:
        odd = {"state": "1", "last_updated": stamp}
        state = _gateway(get_state=lambda *_, **__: odd).state("sensor.soc")
        assert state is not None
        assert state.reported_at is None


class TestCall:
    def test_it_names_the_namespace_and_does_not_wait_long(self) -> None:
        service = MagicMock(return_value={"success": True, "result": {"context": {}}})
        result = _gateway(call_service=service).call("switch/turn_on", entity_id="switch.x")
        assert result.ok
        assert service.call_args.kwargs["namespace"] == HOME_ASSISTANT
        assert service.call_args.kwargs["hass_timeout"] == CALL_TIMEOUT_S
        assert service.call_args.kwargs["entity_id"] == "switch.x"

    def test_the_response_of_a_service_that_has_one_is_unwrapped(self) -> None:
        answer = {"success": True, "result": {"response": {"SE4": []}}}
        assert _gateway(call_service=lambda *_, **__: answer).call("nordpool/x").response == {"SE4": []}

    @pytest.mark.parametrize(
        ("answer", "words"),
        [
            (None, "no connection"),
            ({"success": False, "ad_status": "TIMEOUT"}, "TIMEOUT"),
            ({"success": False, "error": {"code": "x", "message": "not a valid option"}}, "not a valid option"),
            ({}, "refused"),
        ],
    )
    def test_every_other_answer_means_unknown(self, answer: object, words: str) -> None:
        result = _gateway(call_service=lambda *_, **__: answer).call("select/select_option")
        assert not result.ok
        assert words in result.error
        assert "select/select_option" in result.error

    def test_an_unregistered_domain_is_no_traceback(self) -> None:
        unknown = DomainException(namespace="default", domain="nordpool")
        result = _gateway(call_service=MagicMock(side_effect=unknown)).call("nordpool/get")
        assert not result.ok
        assert "nordpool" in result.error

    def test_a_dead_instance_commands_and_publishes_nothing(self) -> None:
        app = MagicMock()
        gateway = Gateway(app)
        gateway.close()
        assert not gateway.call("switch/turn_on").ok
        gateway.publish("sensor.x", 1, {})
        app.call_service.assert_not_called()
        app.set_state.assert_not_called()


class TestStatistics:
    START, END = datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 1, 16, tzinfo=UTC)

    @pytest.fixture
    def loop(self) -> Iterator[asyncio.AbstractEventLoop]:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        yield loop
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

    def _ask(self, loop: asyncio.AbstractEventLoop, answer: object) -> Any:
        return self._connected(loop, answer).statistics(["sensor.a"], self.START, self.END, "hour", {"energy": "kWh"})

    def _remove(self, loop: asyncio.AbstractEventLoop, answer: object) -> list[str]:
        removed: list[str] = []
        gateway = self._connected(
            loop,
            answer,
            get_state=lambda entity, **_: None if entity == "sensor.gone" else STATE,
            remove_entity=lambda entity, **_: removed.append(entity),
        )
        gateway.remove_bare(["sensor.bare", "sensor.of_mqtt", "sensor.gone"])
        return removed

    def _past(self, loop: asyncio.AbstractEventLoop, answer: object) -> Any:
        return self._connected(loop, answer).past_states(["sensor.a"], self.START, self.END)

    def _connected(self, loop: asyncio.AbstractEventLoop, answer: object, **app: Any) -> Gateway:
        async def websocket_send_json(**request: Any) -> object:
            self.request = request
            return answer

        plugin = MagicMock(spec=HassPlugin, websocket_send_json=websocket_send_json)
        appdaemon = SimpleNamespace(loop=loop, plugins=SimpleNamespace(get_plugin_object=lambda _: plugin))
        return _gateway(AD=appdaemon, **app)

    def test_rows_come_with_aware_times(self, loop: asyncio.AbstractEventLoop) -> None:
        row = {"start": 1768435200000, "end": 1768438800000, "change": 0.5}
        rows = self._ask(loop, {"success": True, "result": {"sensor.a": [row]}})
        assert rows == {"sensor.a": (StatisticsRow(self.START, self.START.replace(hour=1), 0.5, None),)}
        assert self.request["type"] == "recorder/statistics_during_period"
        assert self.request["units"] == {"energy": "kWh"}

    def test_past_states_come_with_their_units_and_aware_times(self, loop: asyncio.AbstractEventLoop) -> None:
        unit = {"unit_of_measurement": "Wh"}
        rows = [{"s": "5", "a": unit, "lu": 1768435200.5}, {"s": "unavailable", "a": {}, "lu": 1768435260.0}]
        states = self._past(loop, {"success": True, "result": {"sensor.a": rows}})["sensor.a"]
        assert [(state.state, state.attributes) for state in states] == [("5", unit), ("unavailable", {})]
        assert states[0].reported_at == self.START + timedelta(seconds=0.5)
        assert self.request["type"] == "history/history_during_period"
        assert self.request["significant_changes_only"] is False

    def test_only_states_that_nothing_stands_behind_are_removed(self, loop: asyncio.AbstractEventLoop) -> None:
        entries = {"sensor.bare": None, "sensor.of_mqtt": {"platform": "mqtt"}, "sensor.gone": None}
        assert self._remove(loop, {"success": True, "result": entries}) == ["sensor.bare"]
        assert self.request["type"] == "config/entity_registry/get_entries"

    def test_without_an_answer_nothing_is_removed(self, loop: asyncio.AbstractEventLoop) -> None:
        with pytest.raises(ConnectionError, match="registry"):
            self._remove(loop, {"success": False, "error": {"message": "unknown_command"}})

    def test_no_history_is_a_connection_error(self, loop: asyncio.AbstractEventLoop) -> None:
        with pytest.raises(ConnectionError, match=r"history of sensor.a: unknown_command"):
            self._past(loop, {"success": False, "error": {"message": "unknown_command"}})

    @pytest.mark.parametrize("answer", [None, {"success": False, "error": {"message": "unknown_command"}}])
    def test_no_answer_is_a_connection_error(self, loop: asyncio.AbstractEventLoop, answer: object) -> None:
        with pytest.raises(ConnectionError):
            self._ask(loop, answer)

    def test_no_plugin_is_a_connection_error(self) -> None:
        appdaemon = SimpleNamespace(plugins=SimpleNamespace(get_plugin_object=lambda _: None))
        with pytest.raises(ConnectionError, match="no connection"):
            _gateway(AD=appdaemon).statistics(["sensor.a"], self.START, self.END, "hour", {})
