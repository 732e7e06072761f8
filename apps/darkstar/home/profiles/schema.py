"""The format of a device profile: entities with their units, and the steps that bring about each state.

A profile is one JSON file. It names the entities (roles) that a device has in Home Assistant, and for
each state that Darkstar may want the steps that bring it about. Every number has a unit, and a number
reaches an entity only through a conversion that exists: kW to W, kW or A, percent to percent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from ..block import Block, EntityId
from .steps import CallStep, PressStep, SetStep, Step, Value, quantities_of
from .vocabulary import (
    BUTTON_DOMAINS,
    CHARGER_UNITS_OF,
    NUMBER_DOMAINS,
    READ_DOMAINS,
    SELECT_DOMAINS,
    SWITCH_DOMAINS,
    UNITS_OF,
    Capability,
    Domain,
    Name,
    Quantity,
    State,
    Unit,
)


class Role(Block):
    """An entity that a profile uses. The owner names it under `entities` of the device's settings."""

    domains: tuple[Domain, ...] = Field(min_length=1)
    meaning: str = Field(min_length=1)
    example: EntityId
    required: bool = True
    """Without an entity for a role that is not required, its steps are left out and the effect is stated."""
    unit: Unit | None = None
    """For numbers; the entity's own `unit_of_measurement` must agree."""
    is_mode: bool = False
    """A number whose change begins or ends a purchase or sale, as selects and switches do."""

    @property
    def is_number(self) -> bool:
        """Whether the role takes a number."""
        return bool(NUMBER_DOMAINS.intersection(self.domains))

    @model_validator(mode="after")
    def _numbers_have_units(self) -> Self:
        kinds = [kind for kind in _KINDS if kind.intersection(self.domains)]
        if len(kinds) != 1:
            msg = f"domains {', '.join(self.domains)}: they must all be of one kind, such as number and input_number"
            raise ValueError(msg)
        if self.is_number != (self.unit is not None):
            msg = "unit: a number needs one, anything else has none"
            raise ValueError(msg)
        return self


_KINDS = (NUMBER_DOMAINS, SELECT_DOMAINS, SWITCH_DOMAINS, BUTTON_DOMAINS, READ_DOMAINS)


BASE_STATES: Mapping[str, State] = {"inverter": State.SELF_USE, "charger": State.STOP}
"""The state of each kind that neither buys nor sells."""
_STATES = {
    "inverter": (frozenset({State.SELF_USE, State.GRID_CHARGE}),
                 frozenset({State.HOLD, State.KEEP_PV_OUT, State.EXPORT})),
    "charger": (frozenset({State.CHARGE, State.STOP}), frozenset[State]()),
}  # fmt: skip
"""The states that a kind of device needs, and those that it may have."""


_HELD_BEFORE: Mapping[State, tuple[State, ...]] = {
    State.SELF_USE: (State.HOLD, State.KEEP_PV_OUT),
    State.GRID_CHARGE: (State.KEEP_PV_OUT,),
    State.EXPORT: (State.HOLD,),
}
"""The states whose limits a state must lift."""


class DeviceProfile(Block):
    """How one kind of device is told what to do. `profiles/README.md` shows how to write one."""

    name: Name
    title: str = Field(min_length=1)
    kind: Literal["inverter", "charger"]
    integration: str = Field(min_length=1)
    """The Home Assistant integration whose entities the profile expects."""
    documentation: str = Field(pattern=r"^https://")
    checked_against: str = Field(min_length=1)
    """What entity and service names were compared with, and how."""
    notes: tuple[str, ...] = ()
    """What the owner must prepare or know."""
    entities: dict[Name, Role] = Field(default_factory=dict)
    options: dict[Name, str] = Field(default_factory=dict)
    """Texts of this device that differ between models; the owner may replace them."""
    parameters: dict[Name, str] = Field(default_factory=dict)
    """What only the owner knows, by name, with its meaning."""
    states: dict[State, tuple[Step, ...]]
    capabilities: frozenset[Capability]

    @property
    def required_roles(self) -> tuple[str, ...]:
        """Roles that need an entity."""
        return tuple(name for name, role in self.entities.items() if role.required)

    @property
    def units(self) -> frozenset[Unit]:
        """The units of all numbers that it writes."""
        roles = [role.unit for role in self.entities.values()]
        steps = [step for steps in self.states.values() for step in steps if isinstance(step, CallStep)]
        data = [value.unit for step in steps for value in step.data.values()]
        return frozenset(unit for unit in (*roles, *data) if unit is not None)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        faults = [*self._state_faults(), *self._step_faults()] or [*self._left_behind()]
        if not faults and self.capabilities != capabilities_of(self):
            found = ", ".join(sorted(capabilities_of(self))) or "none"
            faults = [f"capabilities: the states have {found}"]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _state_faults(self) -> Iterator[str]:
        needed, allowed = _STATES[self.kind]
        for state in sorted(needed - self.states.keys()):
            yield f"states.{state} is missing"
        for state in sorted(self.states.keys() - needed - allowed):
            yield f"states.{state} is not a state of {'an inverter' if self.kind == 'inverter' else 'a charger'}"

    def _step_faults(self) -> Iterator[str]:
        for state, steps in self.states.items():
            for number, step in enumerate(steps):
                for fault in self._faults_of(step):
                    yield f"states.{state}[{number}]: {fault}"

    def _left_behind(self) -> Iterator[str]:
        """What one state of an inverter turns on and another would leave on."""
        if self.kind != "inverter":
            return
        for state, steps in self.states.items():
            for role in sorted(self._to_end_in(state) - _roles_set(steps)):
                yield f"states.{state} leaves '{role}' as it was: set it there too"
            if self._has_mode_calls() and not any(_is_mode_call(step) for step in steps):
                yield f"states.{state} has no call that ends those of the other states"

    def _to_end_in(self, state: State) -> frozenset[str]:
        """Modes of any state, and what would still hold back the state's own energy."""
        modes = {role for steps in self.states.values() for role in _roles_set(steps) if self.is_mode(role)}
        held = [_roles_set(self.states.get(before, ())) for before in _HELD_BEFORE.get(state, ())]
        return frozenset(modes).union(*held)

    def _has_mode_calls(self) -> bool:
        return any(_is_mode_call(step) for steps in self.states.values() for step in steps)

    def is_mode(self, role: str) -> bool:
        """Whether a change of the role's entity can begin or end a purchase or sale."""
        return self.entities[role].is_mode or not self.entities[role].is_number

    def _faults_of(self, step: Step) -> Iterator[str]:
        match step:
            case SetStep(set=name, to=value):
                yield from self._set_faults(name, value)
            case PressStep(press=name):
                yield from self._role_faults(name, BUTTON_DOMAINS)
            case CallStep(data=data, confirm=confirm):
                for key, value in data.items():
                    yield from (f"{key}: {fault}" for fault in self._value_faults(value, value.unit))
                if confirm is not None:
                    yield from self._role_faults(confirm.role, frozenset[str]().union(*_KINDS))

    def _set_faults(self, name: str, value: Value) -> Iterator[str]:
        role = self.entities.get(name)
        if role is None:
            yield f"there is no entity '{name}' in entities"
            return
        if role.is_number != value.is_number:
            yield f"'{name}' takes {'a number' if role.is_number else 'a text'}"
        if SWITCH_DOMAINS.intersection(role.domains) and value.text not in {"on", "off"}:
            yield f"'{name}' takes the text on or off"
        if not role.is_number and not (SELECT_DOMAINS | SWITCH_DOMAINS).intersection(role.domains):
            yield f"'{name}' cannot be set"
        if value.unit is not None and value.unit is not role.unit:
            yield f"unit {value.unit}: '{name}' is in {role.unit or 'no unit'}"
        yield from self._value_faults(value, role.unit)

    def _value_faults(self, value: Value, unit: Unit | None) -> Iterator[str]:
        if value.option is not None and value.option not in self.options:
            yield f"there is no option '{value.option}' in options"
        if value.setting is not None and value.setting not in self.parameters:
            yield f"there is no parameter '{value.setting}' in parameters"
        if value.quantity is None:
            return
        units = (UNITS_OF if self.kind == "inverter" else CHARGER_UNITS_OF).get(value.quantity)
        if units is None:
            yield f"{value.quantity}: {'an inverter' if self.kind == 'inverter' else 'a charger'} has no such quantity"
        elif unit not in units:
            yield f"{value.quantity} in {unit or 'no unit'}: it can be written in {', '.join(sorted(units))}"

    def _role_faults(self, name: str, domains: frozenset[str]) -> Iterator[str]:
        role = self.entities.get(name)
        if role is None:
            yield f"there is no entity '{name}' in entities"
        elif not domains.intersection(role.domains):
            yield f"'{name}' must be one of {', '.join(sorted(domains))}"


def _roles_set(steps: tuple[Step, ...]) -> frozenset[str]:
    return frozenset(step.set for step in steps if isinstance(step, SetStep))


def _is_mode_call(step: Step) -> bool:
    return isinstance(step, CallStep) and step.is_mode


def capabilities_of(profile: DeviceProfile) -> frozenset[Capability]:
    """What the steps of a profile can bring about, when all its entities are there."""
    used = {
        state: frozenset[Quantity]().union(*(quantities_of(step) for step in steps))
        for state, steps in profile.states.items()
    }
    if profile.kind == "charger":
        return frozenset({Capability.CURRENT} if used[State.CHARGE] & {Quantity.CURRENT_A, Quantity.CHARGE_KW} else ())
    self_use, charge = used[State.SELF_USE], used[State.GRID_CHARGE]
    found = {
        Capability.CHARGE_POWER: Quantity.CHARGE_KW in charge,
        Capability.CHARGE_LIMIT: Quantity.CHARGE_KW in self_use or State.KEEP_PV_OUT in used,
        Capability.HOLD: Quantity.DISCHARGE_KW in self_use or State.HOLD in used,
        Capability.DISCHARGE_LIMIT: Quantity.DISCHARGE_KW in self_use,
        Capability.EXPORT: State.EXPORT in used,
        Capability.SOC_TARGET: Quantity.TARGET_SOC_PERCENT in charge,
    }
    return frozenset(capability for capability, present in found.items() if present)
