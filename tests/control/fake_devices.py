"""Home Assistant with an inverter and a heater in it, and switches for what goes wrong there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from darkstar.home.ports import CallResult, EntityState
from tests.control.samples import (
    CHARGE_CURRENT,
    DISCHARGE_CURRENT,
    GRID_CHARGING,
    HEATER,
    NOW,
    SOC_TARGET,
    WORK_MODE,
)


def _number(state: str, lowest: float, highest: float, unit: str) -> EntityState:
    attributes = {"min": lowest, "max": highest, "step": 1, "unit_of_measurement": unit}
    return EntityState("", state, attributes, NOW)


@dataclass
class FakeDevices:
    """Entities by id, every call that arrived, and failure switches (sets of entity ids).

    `refusing` answers an error and does nothing; `late` answers a time-out and is carried out by
    `catch_up`; `deaf` answers success and does nothing; `slow` shows the new state only after so
    many reads.
    """

    entities: dict[str, EntityState] = field(
        default_factory=lambda: {
            WORK_MODE: EntityState("", "Zero Export To CT", {"options": ["Export First", "Zero Export To CT"]}, NOW),
            GRID_CHARGING: EntityState("", "off", {}, NOW),
            CHARGE_CURRENT: _number("110.0", 0, 190, "A"),
            DISCHARGE_CURRENT: _number("110.0", 0, 190, "A"),
            SOC_TARGET: _number("10", 5, 100, "%"),
            HEATER: _number("40.0", 30, 75, "°C"),
        }
    )
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    refusing: set[str] = field(default_factory=set)
    late: set[str] = field(default_factory=set)
    deaf: set[str] = field(default_factory=set)
    slow: dict[str, int] = field(default_factory=dict)
    slept: float = 0.0
    _pending: dict[str, str] = field(default_factory=dict)
    _reads_left: dict[str, int] = field(default_factory=dict)

    def state(self, entity_id: str) -> EntityState | None:
        if entity_id in self._reads_left:
            self._reads_left[entity_id] -= 1
            if self._reads_left[entity_id] <= 0:
                del self._reads_left[entity_id]
                self.put(entity_id, self._pending.pop(entity_id))
        return self.entities.get(entity_id)

    def call(self, service: str, **data: Any) -> CallResult:
        self.calls.append((service, data))
        entity_id = data["entity_id"]
        value = self._new_state(service, data)
        if entity_id in self.refusing:
            return CallResult(ok=False, error="Service call refused")
        if entity_id in self.late:
            self._pending[entity_id] = value
            return CallResult(ok=False, error="TIMEOUT")
        if entity_id in self.deaf or entity_id not in self.entities:
            return CallResult(ok=True)
        if entity_id in self.slow:
            self._pending[entity_id] = value
            self._reads_left[entity_id] = self.slow[entity_id]
            return CallResult(ok=True)
        self.put(entity_id, value)
        return CallResult(ok=True)

    def sleep(self, seconds: float) -> None:
        self.slept += seconds

    def catch_up(self) -> None:
        """Carry out what had timed out."""
        for entity_id, value in self._pending.items():
            self.put(entity_id, value)
        self._pending.clear()

    def put(self, entity_id: str, state: str, **attributes: Any) -> None:
        """Set a state, keep the attributes."""
        old = self.entities.get(entity_id)
        kept = dict(old.attributes) if old is not None else {}
        self.entities[entity_id] = EntityState(entity_id, state, {**kept, **attributes}, NOW)

    def calls_to(self, entity_id: str) -> int:
        return sum(data["entity_id"] == entity_id for _, data in self.calls)

    @staticmethod
    def _new_state(service: str, data: dict[str, Any]) -> str:
        match service:
            case "select/select_option" | "input_select/select_option":
                return str(data["option"])
            case "number/set_value" | "input_number/set_value":
                return str(float(data["value"]))
            case "switch/turn_on" | "input_boolean/turn_on":
                return "on"
            case "switch/turn_off" | "input_boolean/turn_off":
                return "off"
        raise AssertionError(service)
