"""The settings that every device with a profile has: the profile, its entities, options and parameters."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from ..block import Block, EntityId, FaultsError
from .load import find_profile
from .schema import BASE_STATES, DeviceProfile
from .steps import CallStep, Confirm, PressStep, SetStep, Step, quantities_of
from .vocabulary import Name, Quantity, State

PROFILES_FOLDER = "profiles_folder"
"""Key of the validation context: the owner's folder of profiles."""
_A = {"inverter": "an inverter", "charger": "a charger"}


class DeviceSettings(Block):
    """How a device is told what to do: a profile, and what the owner fills into it."""

    kind: ClassVar[str]

    profile: DeviceProfile
    """The name of a profile, or a whole profile as a block."""
    entities: dict[Name, EntityId] = Field(default_factory=dict)
    """The owner's entity for each entity of the profile."""
    options: dict[Name, str] = Field(default_factory=dict)
    """Texts of the profile that this model calls differently."""
    parameters: dict[Name, str | int | float] = Field(default_factory=dict)
    """What the profile asks the owner for, such as a device id."""

    @field_validator("profile", mode="before")
    @classmethod
    def _by_name(cls, given: object, info: ValidationInfo) -> object:
        if not isinstance(given, str):
            return given
        folder = (info.context or {}).get(PROFILES_FOLDER)
        return find_profile(cls.kind, given, folder if isinstance(folder, Path) else None)

    @field_validator("profile")
    @classmethod
    def _of_this_kind(cls, profile: DeviceProfile) -> DeviceProfile:
        if profile.kind != cls.kind:
            msg = f"'{profile.name}' is the profile of {_A[profile.kind]}, this is {_A[cls.kind]}"
            raise ValueError(msg)
        return profile

    @model_validator(mode="after")
    def _fills_its_profile(self) -> Self:
        faults = [*self._entity_faults(), *self._name_faults()]
        if faults:
            raise FaultsError(faults)
        return self

    def steps(self, state: State) -> tuple[Step, ...]:
        """The steps of a state whose entities the owner has."""
        return tuple(step for step in self.profile.states.get(state, ()) if self._has_entity(step))

    def opens(self, step: Step) -> bool:
        """Whether a step begins something: a mode that is not as in self-use, or stopped."""
        match step:
            case SetStep(set=role):
                is_mode = self.profile.is_mode(role)
            case CallStep(is_mode=is_mode):
                pass
            case _:
                return False
        return is_mode and step not in self.profile.states[BASE_STATES[self.kind]]

    def has_state(self, state: State) -> bool:
        """Whether the profile has the state, with an entity for what makes it another than self-use, or stopped."""
        return state in self._usable_states

    @cached_property
    def _usable_states(self) -> frozenset[State]:
        return frozenset(state for state in self.profile.states if self._is_usable(state))

    def _is_usable(self, state: State) -> bool:
        base = BASE_STATES[self.kind]
        begun = any(step not in self.profile.states[base] for step in self.steps(state))
        complete = all(self._has_entity(step) or not self.opens(step) for step in self.profile.states[state])
        return state is base or (begun and complete)

    def writes(self, state: State, quantity: Quantity) -> bool:
        """Whether the steps of a state tell the device a number."""
        return any(quantity in quantities_of(step) for step in self.steps(state))

    def option(self, name: str) -> str:
        """A text of the device, as the owner or else the profile has it."""
        return self.options.get(name, self.profile.options[name])

    def confirm_entity(self, confirm: Confirm | None) -> str | None:
        """The entity that shows that a call has worked, where the owner has it."""
        return self.entities.get(confirm.role) if confirm is not None else None

    def _has_entity(self, step: Step) -> bool:
        match step:
            case SetStep(set=role) | PressStep(press=role):
                return role in self.entities
        return True

    def _entity_faults(self) -> Iterator[str]:
        roles, name = self.profile.entities, self.profile.name
        for role, entity_id in self.entities.items():
            if role not in roles:
                yield f"entities.{role}: profile {name} has no such entity, only {', '.join(roles)}"
            elif entity_id.partition(".")[0] not in roles[role].domains:
                yield f"entities.{role} (is '{entity_id}'): it must be of {' or '.join(roles[role].domains)}"
        for role in self.profile.required_roles:
            if role not in self.entities:
                yield (
                    f"entities.{role} is needed and missing: {roles[role].meaning}, such as {roles[role].example} "
                    f"(profile {name})"
                )
        for entity_id in {one for one in self.entities.values() if [*self.entities.values()].count(one) > 1}:
            shared = " and ".join(role for role, one in self.entities.items() if one == entity_id)
            yield f"entities: {shared} cannot be the same entity {entity_id}"

    def _name_faults(self) -> Iterator[str]:
        profile = self.profile
        for option in self.options.keys() - profile.options.keys():
            yield f"options.{option}: profile {profile.name} has {_listed(profile.options)}"
        for parameter in self.parameters.keys() - profile.parameters.keys():
            yield f"parameters.{parameter}: profile {profile.name} has {_listed(profile.parameters)}"
        for parameter in profile.parameters.keys() - self.parameters.keys():
            yield f"parameters.{parameter} is needed and missing: {profile.parameters[parameter]}"


def _listed(names: dict[str, str]) -> str:
    return f"only {', '.join(names)}" if names else "none"
