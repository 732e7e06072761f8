"""A device as its profile describes it: all entities of its roles, in a Home Assistant that is not there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from darkstar.home.ports import CallResult, EntityState
from darkstar.home.profiles.device import DeviceSettings
from darkstar.home.profiles.schema import DeviceProfile, Role
from darkstar.home.profiles.steps import CallStep, SetStep
from darkstar.home.profiles.vocabulary import Unit
from tests.control.samples import NOW

OTHER_OPTION = "Something else"
LARGEST = 1_000_000


def all_entities(profile: DeviceProfile) -> dict[str, str]:
    """An entity for every role: the example of the profile."""
    return {name: role.example for name, role in profile.entities.items()}


def all_parameters(profile: DeviceProfile) -> dict[str, str]:
    """Something for whatever the profile asks for."""
    return {name: f"the-{name.replace('_', '-')}" for name in profile.parameters}


@dataclass
class ProfileDevices:
    """Entities by id, and every call that arrived; a call of the maker's services shows at once."""

    device: DeviceSettings
    entities: dict[str, EntityState] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name, role in self.device.profile.entities.items():
            if name in self.device.entities:
                self._add(name, role)

    def state(self, entity_id: str) -> EntityState | None:
        return self.entities.get(entity_id)

    def sleep(self, seconds: float) -> None:
        pass

    def put(self, entity_id: str, state: str) -> None:
        self.entities[entity_id] = EntityState(entity_id, state, self.entities[entity_id].attributes, NOW)

    def call(self, service: str, **data: Any) -> CallResult:
        self.calls.append((service, data))
        match service.partition("/")[2], data:
            case "select_option", {"entity_id": entity_id, "option": option}:
                assert option in self.entities[entity_id].attributes["options"]
                self.put(entity_id, option)
            case "set_value", {"entity_id": entity_id, "value": value}:
                attributes = self.entities[entity_id].attributes
                assert attributes["min"] <= value <= attributes["max"]
                self.put(entity_id, str(float(value)))
            case "turn_on" | "turn_off" as name, {"entity_id": entity_id}:
                self.put(entity_id, name.removeprefix("turn_"))
            case "press", {"entity_id": entity_id}:
                self.put(entity_id, NOW.isoformat())
            case _:
                self._serve(service)
        return CallResult(ok=True)

    def modes(self) -> dict[str, str]:
        """What the entities show whose change begins or ends a purchase or sale."""
        device = self.device
        return {
            name: self.entities[entity_id].state
            for name, entity_id in device.entities.items()
            if device.profile.is_mode(name) and not entity_id.startswith(("button", "input_button", "sensor"))
        }

    def _serve(self, service: str) -> None:
        """A service of the maker: what shows its effect shows it."""
        steps = [step for steps in self.device.profile.states.values() for step in steps if isinstance(step, CallStep)]
        found = [step for step in steps if step.call == service]
        assert found, service
        for step in found:
            shown = self.device.confirm_entity(step.confirm)
            if step.confirm is not None and shown is not None:
                self.put(shown, step.confirm.states[0])

    def _add(self, name: str, role: Role) -> None:
        entity_id = self.device.entities[name]
        state, attributes = OTHER_OPTION, {}
        if role.unit is not None:
            unit = "%" if role.unit is Unit.RATED_PERCENT else role.unit.value
            lowest = 0 if unit == "%" else -LARGEST
            state, attributes = (
                "1",
                {"unit_of_measurement": unit, "min": lowest, "max": 100 if unit == "%" else LARGEST},
            )
        elif entity_id.startswith(("select", "input_select")):
            attributes = {"options": [OTHER_OPTION, *sorted(self._texts(name))]}
        elif entity_id.startswith(("switch", "input_boolean")):
            state = "off"
        elif entity_id.startswith(("button", "input_button")):
            state = "unknown"
        self.entities[entity_id] = EntityState(entity_id, state, attributes, NOW)

    def _texts(self, name: str) -> set[str]:
        """The options of a select that the profile knows."""
        steps = [step for steps in self.device.profile.states.values() for step in steps]
        values = [step.to for step in steps if isinstance(step, SetStep) and step.set == name]
        texts = {value.text for value in values if value.text is not None}
        return texts | {self.device.option(value.option) for value in values if value.option is not None}
