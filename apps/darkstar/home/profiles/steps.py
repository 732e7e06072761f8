"""The steps that bring a device to a state: set an entity, press a button, call a service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from ..block import Block
from .vocabulary import Name, Quantity, ServiceName, Unit

STEP_KINDS = ("set", "press", "call")
"""The key that says what a step does."""


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
