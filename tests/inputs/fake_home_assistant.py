"""Home Assistant as a dictionary: entities, canned answers of services, canned statistics."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from darkstar.home.ports import CallResult, EntityState, StatisticsRow

NOON = datetime(2026, 1, 15, 11, 0, tzinfo=UTC)
"""Midday in Stockholm; the moment of most tests."""

Answer = Callable[[Mapping[str, Any]], CallResult]


def entity(entity_id: str, state: object = "0", measured_in: str | None = None, /, **attributes: Any) -> EntityState:
    """An entity with its unit of measurement that last reported at `NOON`."""
    if measured_in is not None:
        attributes["unit_of_measurement"] = measured_in
    return EntityState(entity_id, str(state), attributes, NOON)


def reported(state: EntityState, at: datetime | None) -> EntityState:
    """The same entity, last heard of at another time."""
    return replace(state, reported_at=at)


@dataclass
class FakeHomeAssistant:
    """All doors of Home Assistant; `calls` and `asked` remember what went through them."""

    states: dict[str, EntityState] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    rows: dict[tuple[str, str], list[StatisticsRow]] = field(default_factory=dict)
    past: dict[str, list[EntityState]] | None = None
    connected: bool = True
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    asked: list[tuple[datetime, datetime, str]] = field(default_factory=list)

    def state(self, entity_id: str) -> EntityState | None:
        return self.states.get(entity_id)

    def call(self, service: str, **data: Any) -> CallResult:
        self.calls.append((service, data))
        answer = self.answers.get(service)
        return answer(data) if answer else CallResult(ok=False, error=f"{service} is not registered")

    def past_states(
        self, entity_ids: Sequence[str], start: datetime, end: datetime
    ) -> Mapping[str, Sequence[EntityState]]:
        if self.past is None:
            msg = "unknown command"
            raise ConnectionError(msg)
        self.asked.append((start, end, "states"))
        found = {}
        for name in entity_ids:
            rows = [(row, row.reported_at) for row in self.past.get(name, [])]
            before = [row for row, at in rows if at is not None and at <= start]
            inside = [row for row, at in rows if at is not None and start < at < end]
            if before or inside:
                found[name] = [*(reported(row, start) for row in before[-1:]), *inside]
        return found

    def statistics(
        self,
        statistic_ids: Sequence[str],
        start: datetime,
        end: datetime,
        period: Literal["5minute", "hour"],
        units: Mapping[str, str],
    ) -> Mapping[str, Sequence[StatisticsRow]]:
        if not self.connected:
            msg = "Home Assistant did not answer"
            raise ConnectionError(msg)
        assert units == {"energy": "kWh"}
        self.asked.append((start, end, period))
        wanted = {name: self.rows.get((name, period), []) for name in statistic_ids}
        return {name: [row for row in rows if start <= row.start < end] for name, rows in wanted.items() if rows}


def having(*entities: EntityState) -> FakeHomeAssistant:
    """A Home Assistant with these entities."""
    return FakeHomeAssistant({state.entity_id: state for state in entities})
