"""Compares a wanted value with an entity: does it have it, may it have it, which service sets it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...home.finite import number
from ...home.ports import EntityState
from .writes import Call, Celsius, Option, Press, Quantity, Toggle, Value, Write

UNREADABLE_STATES = frozenset({"unavailable", "unknown", "", "None"})
"""States that say nothing."""

NUMBER_DOMAINS = frozenset({"number", "input_number"})
THERMOSTAT_DOMAINS = frozenset({"water_heater", "climate"})
"""Domains whose setpoint is an attribute."""
SETPOINT_DOMAINS = NUMBER_DOMAINS | THERMOSTAT_DOMAINS
"""Domains that take a temperature."""
HOTTEST_CELSIUS = 110.0
"""No water heater goes above it: an entity that does counts in Fahrenheit."""

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
    if not isinstance(value, Quantity):
        return Fitted(value)
    unit = attributes.get("unit_of_measurement")
    if unit and unit != value.unit:
        msg = (
            f"{write.entity_id} is in {unit}, {value.text} {value.unit} is not written to it: "
            f"configure an entity in {value.unit}"
        )
        raise RefusedError(msg)
    lowest, highest = _range(write, attributes)
    nearest = value.amount
    nearest = nearest if lowest is None else max(nearest, lowest)
    nearest = nearest if highest is None else min(nearest, highest)
    if nearest == value.amount:
        return Fitted(value)
    note = f"{write.entity_id} takes {lowest} to {highest} {value.unit}: {nearest:g} instead of {value.text}"
    return Fitted(replace(value, amount=nearest), note)


def _range(write: Write, attributes: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """The lowest and the highest number that the entity takes."""
    if write.domain not in THERMOSTAT_DOMAINS:
        return number(attributes.get("min")), number(attributes.get("max"))
    lowest, highest = number(attributes.get("min_temp")), number(attributes.get("max_temp"))
    if highest is not None and highest > HOTTEST_CELSIUS:
        msg = f"{write.entity_id} goes up to {highest:g}, it counts in °F: Darkstar writes °C"
        raise RefusedError(msg)
    return lowest, highest


def shown(write: Write, entity: EntityState) -> str:
    """What an entity shows of what is written to it: its state, or its setpoint."""
    if write.domain in THERMOSTAT_DOMAINS:
        return str(entity.attributes.get("temperature", ""))
    return entity.state


def matches(value: Value, state: str, attributes: Mapping[str, Any]) -> bool:
    """Whether what is shown is the wanted value: numbers within half a step, everything else exactly."""
    if not isinstance(value, Quantity):
        return state == value.text
    present = number(state)
    if present is None:
        return False
    step = number(attributes.get("step", attributes.get("target_temp_step"))) or 0.0
    tolerance = max(value.tolerance, step / 2)
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
    if isinstance(value, Press) and domain in ("button", "input_button"):
        return f"{domain}/press", {"entity_id": write.entity_id}
    if isinstance(value, Call):
        return value.service, dict(value.data)
    if isinstance(value, Celsius) and domain in THERMOSTAT_DOMAINS:
        return f"{domain}/set_temperature", {"entity_id": write.entity_id, "temperature": value.amount}
    if isinstance(value, Quantity) and domain in NUMBER_DOMAINS:
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
        "say in `options` of the device's settings what it calls them"
    )
    raise RefusedError(msg)


def _suitable(value: Value) -> str:
    if isinstance(value, Option):
        return "a select or input_select"
    if isinstance(value, Toggle):
        return "a switch or input_boolean"
    if isinstance(value, Press):
        return "a button or input_button"
    return "a number or input_number"
