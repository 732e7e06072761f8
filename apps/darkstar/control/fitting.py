"""Compares a wanted value with an entity: does it have it, may it have it, which service sets it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..home.finite import number
from .writes import Option, Quantity, Toggle, Value, Write

UNREADABLE_STATES = frozenset({"unavailable", "unknown", "", "None"})
"""States that say nothing."""

_ROUNDING = 1e-6


class RefusedError(ValueError):
    """The entity cannot take the value; the message names entity, value and what is allowed."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A value that the entity takes, and what had to change for that."""

    value: Value
    note: str = ""


def fit(write: Write, attributes: Mapping[str, Any]) -> Fitted:
    """Fit a wanted value to what the entity says it takes.

    A number outside `min`..`max` becomes the nearest allowed one.

    Raises:
        RefusedError: an option the select does not have, a unit that is not ours, or an entity of a
            domain that cannot be set to such a value.
    """
    service(write)
    value = write.value
    if isinstance(value, Option):
        return _fit_option(write, value, attributes)
    if isinstance(value, Toggle):
        return Fitted(value)
    unit = attributes.get("unit_of_measurement")
    if unit and unit != value.unit:
        msg = (
            f"{write.entity_id} is in {unit}, {value.text} {value.unit} is not written to it: "
            f"configure an entity in {value.unit}"
        )
        raise RefusedError(msg)
    lowest, highest = number(attributes.get("min")), number(attributes.get("max"))
    nearest = value.amount
    nearest = nearest if lowest is None else max(nearest, lowest)
    nearest = nearest if highest is None else min(nearest, highest)
    if nearest == value.amount:
        return Fitted(value)
    note = f"{write.entity_id} takes {lowest} to {highest} {value.unit}: {nearest:g} instead of {value.text}"
    return Fitted(replace(value, amount=nearest), note)


def matches(value: Value, state: str, attributes: Mapping[str, Any]) -> bool:
    """Whether a state is the wanted value: numbers within half a step, everything else exactly."""
    if not isinstance(value, Quantity):
        return state == value.text
    present = number(state)
    if present is None:
        return False
    tolerance = max(value.tolerance, (number(attributes.get("step")) or 0.0) / 2)
    return abs(present - value.amount) <= tolerance + _ROUNDING


def service(write: Write) -> tuple[str, dict[str, Any]]:
    """The service of the entity's own domain that sets the value, and its data.

    Raises:
        RefusedError: the domain has no such service.
    """
    domain, value = write.domain, write.value
    if isinstance(value, Option) and domain in ("select", "input_select"):
        return f"{domain}/select_option", {"entity_id": write.entity_id, "option": value.text}
    if isinstance(value, Toggle) and domain in ("switch", "input_boolean"):
        return f"{domain}/turn_{value.text}", {"entity_id": write.entity_id}
    if isinstance(value, Quantity) and domain in ("number", "input_number"):
        return f"{domain}/set_value", {"entity_id": write.entity_id, "value": value.amount}
    msg = f"{write.entity_id} cannot be set to '{value.text}': configure {_suitable(value)}"
    raise RefusedError(msg)


def _fit_option(write: Write, value: Option, attributes: Mapping[str, Any]) -> Fitted:
    options = attributes.get("options")
    if options is None or value.text in options:
        return Fitted(value)
    allowed = ", ".join(f"'{option}'" for option in options)
    msg = (
        f"{write.entity_id} has no option '{value.text}', only {allowed}: "
        "set inverter.zero_export_mode and inverter.export_mode to its options"
    )
    raise RefusedError(msg)


def _suitable(value: Value) -> str:
    if isinstance(value, Option):
        return "a select or input_select"
    if isinstance(value, Toggle):
        return "a switch or input_boolean"
    return "a number or input_number"
