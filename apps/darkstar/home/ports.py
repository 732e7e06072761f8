"""The doors to Home Assistant, as protocols: the core names what it needs, the apps provide it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol


@dataclass(frozen=True, slots=True)
class EntityState:
    """One entity as Home Assistant reports it. `reported_at` is its last sign of life, in UTC."""

    entity_id: str
    state: str
    attributes: Mapping[str, Any]
    reported_at: datetime | None


@dataclass(frozen=True, slots=True)
class CallResult:
    """What a service call answered.

    `ok` False means unknown, not undone: a timed-out call may still be carried out. `ok` True proves
    nothing either (a missing entity succeeds): read back. `response` is the data of a service that
    answers with data, else None; `error` says what went wrong.
    """

    ok: bool
    error: str = ""
    response: Any = None


class StateReader(Protocol):
    """Reads entities."""

    def state(self, entity_id: str) -> EntityState | None:
        """The entity, or None when Home Assistant does not have it."""


class ServiceCaller(Protocol):
    """Calls services."""

    def call(self, service: str, **data: Any) -> CallResult:  # noqa: ANN401 - service data is any JSON
        """Call `domain/service` with `data`; never raises."""


@dataclass(frozen=True, slots=True)
class StatisticsRow:
    """One row of Home Assistant's long-term statistics; energies as the counter's `change`.

    `state` is what the entity showed last; Home Assistant keeps it instead of `mean` where the state class is `total`.
    """

    start: datetime
    end: datetime
    change: float | None
    mean: float | None
    state: float | None = None


class StatisticsReader(Protocol):
    """Reads the recorder's long-term statistics."""

    def statistics(
        self,
        statistic_ids: Sequence[str],
        start: datetime,
        end: datetime,
        period: Literal["5minute", "hour"],
        units: Mapping[str, str],
    ) -> Mapping[str, Sequence[StatisticsRow]]:
        """Rows per statistic id, oldest first, in `units` (`{"energy": "kWh"}`); missing ids absent.

        Raises:
            ConnectionError: Home Assistant did not answer.
        """


class PastStatesReader(Protocol):
    """Reads the recorder's history of states."""

    def past_states(
        self, entity_ids: Sequence[str], start: datetime, end: datetime
    ) -> Mapping[str, Sequence[EntityState]]:
        """What each entity said in `[start, end)`, oldest first, with what it said at `start`; missing ids absent.

        Raises:
            ConnectionError: Home Assistant did not answer, or has no history.
        """


class PastReader(StatisticsReader, PastStatesReader, Protocol):
    """Both doors to the past."""


class HomeAssistant(StateReader, ServiceCaller, PastReader, Protocol):
    """All doors at once; `EntityState`, `CallResult` and `StatisticsRow` are what comes out."""
