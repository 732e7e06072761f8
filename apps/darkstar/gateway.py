"""The one gateway to Home Assistant: AppDaemon's calls with their measured failure modes tamed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import TimeoutError as FutureTimeoutError
from datetime import UTC, datetime
from typing import Any, Literal

from appdaemon.exceptions import AppDaemonException
from appdaemon.plugins.hass.hassapi import Hass
from appdaemon.plugins.hass.hassplugin import HassPlugin

from .home.ports import CallResult, EntityState, StatisticsRow
from .wire import encode_attributes, encode_state

HOME_ASSISTANT = "default"
"""AppDaemon's namespace of Home Assistant."""
CALL_TIMEOUT_S = 3
STATISTICS_TIMEOUT_S = 60


class Gateway:
    """Reads, commands and publishes for one app instance; dead once `close` was called.

    AppDaemon cannot stop a thread of an instance that it has replaced, so every command of a dead
    instance is refused here.
    """

    def __init__(self, app: Hass) -> None:
        self._app = app
        self.is_alive = True
        """Whether the app instance is still the one that acts."""

    def close(self) -> None:
        """Refuse every later command: the app instance is gone."""
        self.is_alive = False

    def state(self, entity_id: str) -> EntityState | None:
        """The entity as AppDaemon last heard of it, or None when Home Assistant does not have it."""
        return _entity(entity_id, self._app.get_state(entity_id, attribute="all", namespace=HOME_ASSISTANT))

    def states(self) -> Mapping[str, EntityState]:
        """All entities of Home Assistant as AppDaemon last heard of them, by id."""
        raw = self._app.get_state(namespace=HOME_ASSISTANT)
        parsed = (_entity(entity_id, each) for entity_id, each in raw.items()) if isinstance(raw, Mapping) else ()
        return {state.entity_id: state for state in parsed if state is not None}

    def call(self, service: str, **data: Any) -> CallResult:  # noqa: ANN401 - service data is any JSON
        """Call a service of Home Assistant; see `CallResult` for what the answer proves."""
        if not self.is_alive:
            return CallResult(ok=False, error="this app instance has ended")
        try:
            answer = self._app.call_service(
                service,
                namespace=HOME_ASSISTANT,
                hass_timeout=CALL_TIMEOUT_S,
                suppress_log_messages=True,
                **data,
            )
        except AppDaemonException as error:
            return CallResult(ok=False, error=f"{service}: {error}")
        return _call_result(service, answer)

    def publish(self, entity_id: str, state: str | float, attributes: Mapping[str, object]) -> None:
        """Set a sensor in Home Assistant. Whether it arrived cannot be told: publish again on a timer."""
        if not self.is_alive:
            return
        self._app.set_state(
            entity_id,
            state=encode_state(state),
            attributes=encode_attributes(attributes),
            namespace=HOME_ASSISTANT,
            check_existence=False,
            replace=True,
        )

    def remove_bare(self, entity_ids: Sequence[str]) -> None:
        """Remove those of these states that no integration of Home Assistant stands behind.

        Raises:
            ConnectionError: Home Assistant did not answer, or refused.
        """
        registered = self._asked(
            "the registry of entities",
            CALL_TIMEOUT_S,
            type="config/entity_registry/get_entries",
            entity_ids=list(entity_ids),
        )
        for entity_id in entity_ids:
            if registered.get(entity_id) is None and self.state(entity_id) is not None:
                self._app.remove_entity(entity_id, namespace=HOME_ASSISTANT)

    def statistics(
        self,
        statistic_ids: Sequence[str],
        start: datetime,
        end: datetime,
        period: Literal["5minute", "hour"],
        units: Mapping[str, str],
    ) -> Mapping[str, Sequence[StatisticsRow]]:
        """Long-term statistics of the recorder, over the websocket.

        Raises:
            ConnectionError: Home Assistant did not answer, or refused.
        """
        rows = self._asked(
            f"statistics of {', '.join(statistic_ids)}",
            STATISTICS_TIMEOUT_S,
            type="recorder/statistics_during_period",
            statistic_ids=list(statistic_ids),
            start_time=start.isoformat(),
            end_time=end.isoformat(),
            period=period,
            units=dict(units),
            types=["change", "mean", "state"],
        )
        return {name: tuple(_statistics_row(row) for row in series) for name, series in rows.items()}

    def past_states(
        self, entity_ids: Sequence[str], start: datetime, end: datetime
    ) -> Mapping[str, Sequence[EntityState]]:
        """States of the recorder's history, over the websocket.

        Raises:
            ConnectionError: Home Assistant did not answer, or refused.
        """
        found = self._asked(
            f"history of {', '.join(entity_ids)}",
            STATISTICS_TIMEOUT_S,
            type="history/history_during_period",
            entity_ids=list(entity_ids),
            start_time=start.isoformat(),
            end_time=end.isoformat(),
            include_start_time_state=True,
            significant_changes_only=False,
            minimal_response=False,
        )
        return {entity_id: tuple(_past_states(entity_id, rows)) for entity_id, rows in found.items()}

    def _asked(self, what: str, timeout_s: float, **request: Any) -> Mapping[str, Any]:  # noqa: ANN401 - any JSON
        """The result of a question; `what` says in an error what was asked for."""
        answer = self._websocket(timeout_s, **request)
        result = answer.get("result")
        if answer.get("success") is not True or not isinstance(result, Mapping):
            msg = f"{what}: {_error_text(answer)}"
            raise ConnectionError(msg)
        return result

    def _websocket(self, timeout_s: float, **request: Any) -> Mapping[str, Any]:  # noqa: ANN401 - request is any JSON
        plugin = self._app.AD.plugins.get_plugin_object(HOME_ASSISTANT)
        if not self.is_alive or not isinstance(plugin, HassPlugin):
            msg = "no connection to Home Assistant"
            raise ConnectionError(msg)
        coroutine = plugin.websocket_send_json(timeout=timeout_s, silent=True, **request)
        try:
            answer = asyncio.run_coroutine_threadsafe(coroutine, self._app.AD.loop).result(timeout_s + 5)
        except FutureTimeoutError as error:
            msg = "Home Assistant did not answer in time"
            raise ConnectionError(msg) from error
        if not isinstance(answer, Mapping):
            msg = "no connection to Home Assistant"
            raise ConnectionError(msg)
        return answer


def _entity(entity_id: str, raw: object) -> EntityState | None:
    if not isinstance(raw, Mapping) or "state" not in raw:
        return None
    seen = [_parse_time(raw.get(key)) for key in ("last_updated", "last_reported")]
    return EntityState(
        entity_id=entity_id,
        state=str(raw["state"]),
        attributes=dict(raw.get("attributes") or {}),
        reported_at=max((instant for instant in seen if instant is not None), default=None),
    )


def _call_result(service: str, answer: object) -> CallResult:
    if not isinstance(answer, Mapping):
        return CallResult(ok=False, error=f"{service}: no connection to Home Assistant")
    if answer.get("success") is not True:
        return CallResult(ok=False, error=f"{service}: {_error_text(answer)}")
    result = answer.get("result")
    response = result.get("response") if isinstance(result, Mapping) else None
    return CallResult(ok=True, response=response)


def _error_text(answer: Mapping[str, Any]) -> str:
    error = answer.get("error")
    if isinstance(error, Mapping):
        return str(error.get("message", error))
    return str(answer.get("ad_status") or error or "refused")


def _parse_time(text: object) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant.astimezone(UTC) if instant.tzinfo else None


def _past_states(entity_id: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[EntityState]:
    """States in Home Assistant's short form: times in seconds since the epoch."""
    for row in rows:
        yield EntityState(entity_id, str(row["s"]), row.get("a", {}), datetime.fromtimestamp(row["lu"], UTC))


def _statistics_row(row: Mapping[str, Any]) -> StatisticsRow:
    """A row as Home Assistant sends it: times in milliseconds since the epoch."""
    return StatisticsRow(
        start=datetime.fromtimestamp(row["start"] / 1000, UTC),
        end=datetime.fromtimestamp(row["end"] / 1000, UTC),
        change=row.get("change"),
        mean=row.get("mean"),
        state=row.get("state"),
    )
