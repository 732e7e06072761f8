"""From wanted powers, currents, levels and times to numbers in the unit of an entity or a service.

Every conversion is written down here by its types; what is not here cannot reach a device.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from ...home.devices import InverterSettings
from ...home.profiles.vocabulary import Unit
from .writes import Amperes, Kilowatts, Minutes, Quantity, RatedPercent, Seconds, SocPercent, Watts

Rounding = Literal["nearest", "up", "down"]

HALF_UNIT = 0.5
"""Tolerance of settings that devices keep as whole numbers."""

_DECIMALS = 6
"""Finer differences come from floating-point arithmetic."""


@dataclass(frozen=True, slots=True)
class Power:
    """A power in kW, and what it may never become more than: in kW, and in A at the battery."""

    kw: float
    highest_kw: float
    highest_a: float


@dataclass(frozen=True, slots=True)
class Current:
    """A current per phase in A, and what it may never become more than."""

    amperes: float
    highest_a: float


@dataclass(frozen=True, slots=True)
class Level:
    """A state of charge in percent."""

    percent: float


@dataclass(frozen=True, slots=True)
class Duration:
    """A time in minutes."""

    minutes: float


Amount = Power | Current | Level | Duration
"""A number that a decision or the settings have."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How a device takes powers: the steps it knows, and the smallest above zero."""

    power_step_w: float = 1.0
    min_power_w: float = 0.0
    current_step_a: float = 1.0
    min_current_a: float = 0.0
    battery_voltage_v: float | None = None
    rated_power_kw: float | None = None

    @classmethod
    def of(cls, inverter: InverterSettings) -> Scale:
        """That of the inverter."""
        return cls(
            power_step_w=inverter.power_step_w,
            min_power_w=inverter.min_power_w,
            current_step_a=inverter.current_step_a,
            min_current_a=inverter.min_current_a,
            battery_voltage_v=inverter.battery_voltage_v,
            rated_power_kw=inverter.rated_power_kw,
        )


_OF_UNIT: dict[Unit, type[Quantity]] = {
    Unit.WATT: Watts,
    Unit.KILOWATT: Kilowatts,
    Unit.AMPERE: Amperes,
    Unit.PERCENT: SocPercent,
    Unit.RATED_PERCENT: RatedPercent,
    Unit.MINUTE: Minutes,
    Unit.SECOND: Seconds,
}


def constant(amount: float, unit: Unit) -> Quantity:
    """A number that a profile gives as it stands."""
    tolerance = HALF_UNIT / 1000 if unit is Unit.KILOWATT else HALF_UNIT
    return _OF_UNIT[unit](amount, tolerance)


def converted(amount: Amount, unit: Unit, rounding: Rounding, scale: Scale) -> Quantity:
    """An amount in a unit.

    Powers: zero stays zero; anything above it is rounded to the device's step and lies between the
    smallest that the device takes and the highest that the settings allow.

    Raises:
        TypeError: there is no such conversion; profiles that ask for one are refused when they are read.
    """
    if isinstance(amount, Power):
        number = _of_power(amount, unit, rounding, scale)
    else:
        number = _of_other(amount, unit, rounding)
    if number is None:
        msg = f"{type(amount).__name__} cannot be written in {unit}"
        raise TypeError(msg)
    return number


def _of_power(power: Power, unit: Unit, rounding: Rounding, scale: Scale) -> Quantity | None:
    watts = to_watts(power, rounding, scale)
    match unit:
        case Unit.WATT:
            return watts
        case Unit.KILOWATT:
            return Kilowatts(watts.amount / 1000, watts.tolerance / 1000)
        case Unit.AMPERE if scale.battery_voltage_v is not None:
            return to_amperes(power, rounding, scale, scale.battery_voltage_v)
        case Unit.RATED_PERCENT if scale.rated_power_kw is not None:
            return to_rated_percent(power, rounding, scale, scale.rated_power_kw)
    return None


def _of_other(amount: Current | Level | Duration, unit: Unit, rounding: Rounding) -> Quantity | None:
    match amount, unit:
        case Current(amperes=amperes, highest_a=highest), Unit.AMPERE:
            return Amperes(min(_stepped(amperes, 1.0, rounding), highest), HALF_UNIT)
        case Level(percent=percent), Unit.PERCENT:
            return SocPercent(min(max(_stepped(percent, 1.0, rounding), 0.0), 100.0), HALF_UNIT)
        case Duration(minutes=minutes), Unit.MINUTE:
            return Minutes(float(math.ceil(minutes)), HALF_UNIT)
        case Duration(minutes=minutes), Unit.SECOND:
            return Seconds(float(math.ceil(minutes * 60)), HALF_UNIT)
    return None


def to_amperes(power: Power, rounding: Rounding, scale: Scale, voltage_v: float) -> Amperes:
    """The battery current for a power at the lowest battery voltage: I = P x 1000 / U."""
    exact = power.kw * 1000 / voltage_v
    return Amperes(*_within(exact, scale.current_step_a, scale.min_current_a, power.highest_a, rounding))


def to_watts(power: Power, rounding: Rounding, scale: Scale) -> Watts:
    """A power in W."""
    return Watts(*_within(power.kw * 1000, scale.power_step_w, scale.min_power_w, power.highest_kw * 1000, rounding))


def to_rated_percent(power: Power, rounding: Rounding, scale: Scale, rated_kw: float) -> RatedPercent:
    """A power in whole percent of the device's rated power."""
    highest = min(math.floor(round(power.highest_kw / rated_kw * 100, _DECIMALS)), 100)
    lowest = math.ceil(round(scale.min_power_w / rated_kw / 10, _DECIMALS))
    return RatedPercent(*_within(power.kw / rated_kw * 100, 1.0, float(lowest), float(highest), rounding))


def _within(exact: float, step: float, lowest: float, highest: float, rounding: Rounding) -> tuple[float, float]:
    """A number on the steps between two limits, and the difference that does not count."""
    if exact <= 0:
        return 0.0, min(HALF_UNIT, step / 2)
    return min(max(_stepped(exact, step, rounding), lowest, step), highest), step / 2


def _stepped(exact: float, step: float, rounding: Rounding) -> float:
    steps = round(exact / step, _DECIMALS)
    whole = {"up": math.ceil(steps), "down": math.floor(steps), "nearest": math.floor(steps + 0.5)}[rounding]
    return whole * step
