"""The format of a device profile: entities with their units, and the steps that bring about each state.

A profile is one JSON file. It names the entities (roles) that a device has in Home Assistant, and for
each state that Darkstar may want the steps that bring it about. Every number has a unit, and a number
reaches an entity only through a conversion that exists: kW to W, kW or A, percent to percent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from ..block import Block, EntityId

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
ServiceName = Annotated[str, Field(pattern=r"^[a-z0-9_]+/[a-z0-9_]+$")]

NUMBER_DOMAINS = frozenset({"number", "input_number"})
SELECT_DOMAINS = frozenset({"select", "input_select"})
SWITCH_DOMAINS = frozenset({"switch", "input_boolean"})
BUTTON_DOMAINS = frozenset({"button", "input_button"})
READ_DOMAINS = frozenset({"sensor", "binary_sensor"})

Domain = Literal[
    "number", "input_number", "select", "input_select", "switch", "input_boolean", "button", "input_button", "sensor",
    "binary_sensor",
]  # fmt: skip


class Unit(StrEnum):
    """Unit of a number that a device takes."""

    WATT = "W"
    KILOWATT = "kW"
    AMPERE = "A"
    PERCENT = "%"
    """Of the battery's capacity."""
    RATED_PERCENT = "rated_percent"
    """Of the device's rated power; the entity shows `%`."""
    MINUTE = "min"
    SECOND = "s"


class Quantity(StrEnum):
    """A number that a decision or the settings have."""

    CHARGE_KW = "charge_kw"
    """Inverter: limit of charging, 0 keeps PV out. Charger: wanted power."""
    DISCHARGE_KW = "discharge_kw"
    """Limit of discharging, 0 holds the battery's energy."""
    MAX_CHARGE_KW = "max_charge_kw"
    MAX_DISCHARGE_KW = "max_discharge_kw"
    MAX_IMPORT_KW = "max_import_kw"
    """`grid.max_import_kw`, or what load and battery can draw at most where it is not set."""
    TARGET_SOC_PERCENT = "target_soc_percent"
    """Where a grid charge ends from below, and a discharge from above."""
    MIN_SOC_PERCENT = "min_soc_percent"
    MAX_SOC_PERCENT = "max_soc_percent"
    SOC_PERCENT = "soc_percent"
    """As measured; whole percent, rounded down."""
    CURRENT_A = "current_a"
    """Charger: wanted current per phase."""
    LEASE_MINUTES = "lease_minutes"
    """`executor.lease_minutes`, for devices that return to normal by themselves."""


STEP_KINDS = ("set", "press", "call")
"""The key that says what a step does."""
POWERS = frozenset(quantity for quantity in Quantity if quantity.value.endswith("_kw"))
SOC_LEVELS = frozenset(quantity for quantity in Quantity if quantity.value.endswith("_percent"))
UNITS_OF: Mapping[Quantity, frozenset[Unit]] = {
    **dict.fromkeys(POWERS, frozenset({Unit.WATT, Unit.KILOWATT, Unit.AMPERE, Unit.RATED_PERCENT})),
    Quantity.MAX_IMPORT_KW: frozenset({Unit.WATT, Unit.KILOWATT, Unit.RATED_PERCENT}),
    **dict.fromkeys(SOC_LEVELS, frozenset({Unit.PERCENT})),
    Quantity.LEASE_MINUTES: frozenset({Unit.MINUTE, Unit.SECOND}),
}
"""The units that each quantity of an inverter can be written in."""
CHARGER_UNITS_OF: Mapping[Quantity, frozenset[Unit]] = {
    Quantity.CHARGE_KW: frozenset({Unit.WATT, Unit.KILOWATT}),
    Quantity.MAX_CHARGE_KW: frozenset({Unit.WATT, Unit.KILOWATT}),
    Quantity.CURRENT_A: frozenset({Unit.AMPERE}),
    Quantity.LEASE_MINUTES: UNITS_OF[Quantity.LEASE_MINUTES],
}
"""The same for chargers, which are told a current per phase."""


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


def _switch_word(given: object) -> object:
    """YAML reads a bare on or off as a truth value."""
    return {True: "on", False: "off"}.get(given, given) if isinstance(given, bool) else given


SwitchText = Annotated[str, BeforeValidator(_switch_word)]


class Value(Block):
    """What is written: exactly one of a text, an owner's option, an owner's setting, a constant or a quantity."""

    text: SwitchText | None = None
    """As it stands: a select's option, `on` or `off`, or text for a service."""
    option: Name | None = None
    """A text that the owner may replace (`options` of the device's settings)."""
    setting: Name | None = None
    """Something that only the owner knows, such as a device id (`parameters` of the device's settings)."""
    constant: float | None = None
    quantity: Quantity | None = None
    negative: bool = False
    """The quantity with a minus."""
    unit: Unit | None = None
    """Of a number in a service call; an entity's number has the unit of its role."""
    rounding: Literal["nearest", "up", "down"] = "nearest"

    @property
    def is_number(self) -> bool:
        """Whether it is a number."""
        return self.constant is not None or self.quantity is not None

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        given = [self.text, self.option, self.setting, self.constant, self.quantity]
        if sum(one is not None for one in given) != 1:
            msg = "give exactly one of text, option, setting, constant and quantity"
            raise ValueError(msg)
        return self


class SetStep(Block):
    """Bring an entity to a value. Compared first: an entity that has it is not written."""

    set: Name
    to: Value


class PressStep(Block):
    """Press a button after a step before it was written, and again after `renew_minutes`."""

    press: Name
    renew_minutes: Annotated[float, Field(gt=0)] | None = None


class Confirm(Block):
    """An entity that shows that a call has worked: its state is, or begins with, one of `states`."""

    role: Name
    states: tuple[str, ...] = Field(min_length=1)


class CallStep(Block):
    """Call a service of the device's integration.

    Called when the wanted data differ from those of the last call, when `confirm` does not show it, and
    again after `renew_minutes`.
    """

    call: ServiceName
    data: dict[str, Value] = Field(default_factory=dict)
    confirm: Confirm | None = None
    renew_minutes: Annotated[float, Field(gt=0)] | None = None
    is_mode: bool = True


def _kind_of_step(given: object) -> str | None:
    if isinstance(given, Mapping):
        return next((kind for kind in STEP_KINDS if kind in given), None)
    return next((kind for kind in STEP_KINDS if hasattr(given, kind)), None)


Step = Annotated[
    Annotated[SetStep, Tag("set")] | Annotated[PressStep, Tag("press")] | Annotated[CallStep, Tag("call")],
    Discriminator(
        _kind_of_step,
        custom_error_type="step",
        custom_error_message="a step is one of: set (with to), press, call",
    ),
]


class State(StrEnum):
    """A state that Darkstar may want of a device."""

    SELF_USE = "self_use"
    """Inverter: PV surplus in, load out; neither purchase nor sale. The state that is safe to be left in."""
    HOLD = "hold"
    """Inverter: as self-use, but nothing is discharged. Only where self-use has no discharge limit."""
    KEEP_PV_OUT = "keep_pv_out"
    """Inverter: as self-use, but nothing is charged. Only where self-use has no charge limit."""
    GRID_CHARGE = "grid_charge"
    EXPORT = "export"
    """Inverter: sell from the battery."""
    CHARGE = "charge"
    """Charger: charge the car."""
    STOP = "stop"
    """Charger: do not charge."""


class Capability(StrEnum):
    """What a device can be told. What is missing degrades, with the effect stated."""

    CHARGE_POWER = "charge_power"
    """The power of a grid charge can be set."""
    CHARGE_LIMIT = "charge_limit"
    """PV can be kept out of the battery."""
    HOLD = "hold"
    """Discharging can be stopped while the load draws."""
    DISCHARGE_LIMIT = "discharge_limit"
    """The discharge power can be set."""
    EXPORT = "export"
    """The battery can sell."""
    SOC_TARGET = "soc_target"
    """The device itself ends a grid charge or a sale at an SoC."""
    CURRENT = "current"
    """The charger's current can be set."""


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


def quantities_of(step: Step) -> frozenset[Quantity]:
    """The numbers that a step writes."""
    match step:
        case SetStep(to=value):
            values = [value]
        case CallStep(data=data):
            values = list(data.values())
        case _:
            values = []
    return frozenset(value.quantity for value in values if value.quantity is not None)


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
