"""Numbers out of entities: finite, in our unit, or the reason why not."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..home.finite import number
from ..home.ports import EntityState

_UNITS_PER_KW: Mapping[str, float] = MappingProxyType({"W": 1000.0, "kW": 1.0, "MW": 0.001})
_UNITS_PER_KWH: Mapping[str, float] = MappingProxyType({"Wh": 1000.0, "kWh": 1.0, "MWh": 0.001})
_UNITS_PER_A: Mapping[str, float] = MappingProxyType({"A": 1.0, "mA": 1000.0})
_UNITS_PER_CELSIUS: Mapping[str, float] = MappingProxyType({"°C": 1.0})
FAHRENHEIT = "°F"
_UNITS_PER_FAHRENHEIT: Mapping[str, float] = MappingProxyType({FAHRENHEIT: 1.8})
_UNITS_PER_PERCENT: Mapping[str, float] = MappingProxyType({"%": 1.0})


ZERO_FAHRENHEIT = 32 / 1.8
"""Degrees Celsius from 0 °F up to the freezing point."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why something has no value. `reason` names the entity and what it said, `remedy` the way out."""

    reason: str
    remedy: str


def power_kw(state: EntityState) -> float | Unreadable:
    """The entity's power in kW, from W, kW or MW."""
    return _converted(state, _UNITS_PER_KW)


def energy_kwh(state: EntityState) -> float | Unreadable:
    """The entity's energy in kWh, from Wh, kWh or MWh."""
    return _converted(state, _UNITS_PER_KWH)


def current_a(state: EntityState) -> float | Unreadable:
    """The entity's current in A, from A or mA."""
    return _converted(state, _UNITS_PER_A)


def celsius(state: EntityState) -> float | Unreadable:
    """The entity's temperature in degrees Celsius, from °C or °F."""
    if state.attributes.get("unit_of_measurement") != FAHRENHEIT:
        return _converted(state, _UNITS_PER_CELSIUS)
    above_zero = _converted(state, _UNITS_PER_FAHRENHEIT)
    return above_zero if isinstance(above_zero, Unreadable) else above_zero - ZERO_FAHRENHEIT


def percent(state: EntityState) -> float | Unreadable:
    """The entity's share in percent; its unit must be `%`."""
    return _converted(state, _UNITS_PER_PERCENT)


def _converted(state: EntityState, divisors: Mapping[str, float]) -> float | Unreadable:
    value = number(state.state)
    if value is None:
        return Unreadable(
            f"{state.entity_id} says '{state.state}', which is not a number",
            f"Check the device and the integration behind {state.entity_id} in Home Assistant.",
        )
    unit = state.attributes.get("unit_of_measurement")
    divisor = divisors.get(unit) if isinstance(unit, str) else None
    if divisor is None:
        said = f"the unit '{unit}'" if unit else "no unit of measurement"
        wanted = " or ".join(divisors)
        return Unreadable(
            f"{state.entity_id} says {value:g} with {said}, where {wanted} is needed",
            f"Give {state.entity_id} the right unit_of_measurement in Home Assistant, "
            "or name another entity in apps.yaml under entities.",
        )
    converted = value / divisor
    if not math.isfinite(converted):
        return Unreadable(f"{state.entity_id} says {value:g} {unit}", f"Check the device behind {state.entity_id}.")
    return converted
