"""Devices that draw from the main fuse, in A per phase, and how a limit changes what they are to do.

A device's power is spread over as many phases as there are sensors, at 230 V; the car's over its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from ..decision import (
    BatteryMode,
    BatterySettingsNow,
    EvMode,
    EvSettingsNow,
    HeaterMode,
    HeaterSettingsNow,
    Source,
)
from .car_power import amperes, commanded_a
from .situation import Moment

PHASE_V = 230.0
"""Between phase and neutral, in Europe and where else houses have up to three phases."""
NOISE_A = 1.0
"""A device that takes less than this has not begun."""
ROUNDING_A = 1e-6
"""What floating point may take from an ampere."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What battery, car and water heater are to do; None is not touched."""

    battery: BatterySettingsNow | None
    ev: EvSettingsNow | None
    heater: HeaterSettingsNow | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the sensors say: `room_a` below the fuse on the worst phase (negative: above it)."""

    phases: int
    room_a: float
    is_blind: bool
    words: str

    def amperes(self, power_kw: float) -> float:
        """Current per phase of a power."""
        return power_kw * 1000 / (PHASE_V * self.phases)

    def kilowatts(self, amperes: float) -> float:
        """Power of a current per phase."""
        return amperes * PHASE_V * self.phases / 1000


@dataclass(frozen=True, slots=True)
class Device:
    """Currents of one device: wished for, asked for here, commanded before, drawn now.

    `freed_a` is what it gives up by itself in this decision, as far as that is measured. Below `least_a`
    it is off.
    """

    wish_a: float
    asked_a: float
    told_a: float
    drawn_a: float
    freed_a: float
    least_a: float = 0.0

    @property
    def claim_a(self) -> float:
        """What it will draw with what it asks for."""
        if self.asked_a <= self.told_a:
            return min(self.asked_a, self.drawn_a)
        return self.drawn_a + self.asked_a - self.told_a

    def settled(self, share_a: float) -> float:
        """The current to command with a share: what it asks for where that fits, else whole amperes."""
        if share_a >= self.claim_a - ROUNDING_A:
            return self.asked_a
        bearable_a = share_a if share_a < self.drawn_a else max(share_a, self.told_a)
        floored_a = float(math.floor(min(bearable_a, self.asked_a) + ROUNDING_A))
        return floored_a if floored_a >= self.least_a else 0.0


def _device(wish_a: float, asked_a: float, told_a: float, measured_a: float | None, *, least_a: float = 0.0) -> Device:
    """A device; what it draws is what it was told, or less where that is measured."""
    begun = measured_a is not None and measured_a >= NOISE_A
    drawn_a = min(told_a, measured_a) if measured_a is not None and begun else told_a
    freed_a = max(0.0, drawn_a - asked_a) if begun else 0.0
    return Device(wish_a, asked_a, told_a, drawn_a, freed_a, least_a)


def _battery(wishes: Wishes, evidence: Evidence, moment: Moment) -> Device:
    told_kw, wish_kw = _charging_kw(moment.before), _charging_kw(wishes.battery)
    forced = wishes.battery is not None and wishes.battery.source is Source.OVERRIDE
    asked_kw = min(wish_kw, told_kw) if evidence.is_blind and forced else wish_kw
    measured = moment.readings.battery_kw
    measured_a = None if measured is None else evidence.amperes(measured.value)
    return _device(evidence.amperes(wish_kw), evidence.amperes(asked_kw), evidence.amperes(told_kw), measured_a)


def _charging_kw(settings: BatterySettingsNow | None) -> float:
    return settings.charge_kw if settings is not None and settings.mode is BatteryMode.GRID_CHARGE else 0.0


def _ev(wishes: Wishes, evidence: Evidence, moment: Moment) -> Device:
    ev, measured = moment.home.ev, moment.readings.ev_kw
    if ev is None:
        return Device(0.0, 0.0, 0.0, 0.0, 0.0)
    measured_a = None if measured is None else amperes(measured.value, ev)
    told_a = commanded_a(moment.previous.ev if moment.previous else None)
    if wishes.ev is None:
        untouched_a = measured_a if measured_a is not None and measured_a >= NOISE_A else 0.0
        return Device(untouched_a, untouched_a, untouched_a, untouched_a, 0.0, ev.min_current_a)
    wish_a = asked_a = commanded_a(wishes.ev)
    if evidence.is_blind and wishes.ev.source is not Source.PLAN:
        asked_a = min(wish_a, max(told_a, ev.min_current_a))
    return _device(wish_a, asked_a, told_a, measured_a, least_a=ev.min_current_a)


def _heater(wishes: Wishes, evidence: Evidence, moment: Moment) -> Device:
    heater = moment.home.water_heater
    full_a = 0.0 if heater is None else evidence.amperes(heater.power_kw)
    wish_a = full_a if _heats(wishes.heater) else 0.0
    told_a = full_a if _heats(moment.previous.heater if moment.previous else None) else 0.0
    return _device(wish_a, wish_a, told_a, None, least_a=full_a)


def _heats(settings: HeaterSettingsNow | None) -> bool:
    return settings is not None and settings.mode is not HeaterMode.OFF


READERS: Mapping[str, Callable[[Wishes, Evidence, Moment], Device]] = MappingProxyType(
    {
        "battery": _battery,
        "ev": _ev,
        "heater": _heater,
    }
)
"""What each device draws and is to draw."""


def _limit_battery(wishes: Wishes, allowed_a: float, evidence: Evidence) -> Wishes:
    battery = wishes.battery
    if battery is None:
        return wishes
    charge_kw = min(evidence.kilowatts(allowed_a), battery.charge_kw)
    words = f"the fuse guard allows {charge_kw:.1f} of {battery.charge_kw:g} kW"
    reason = _reason(battery.reason, words, evidence)
    return replace(wishes, battery=replace(battery, charge_kw=charge_kw, source=Source.SAFETY, reason=reason))


def _limit_ev(wishes: Wishes, allowed_a: float, evidence: Evidence) -> Wishes:
    mode = EvMode.CHARGE if allowed_a > 0 else EvMode.STOP
    wished = wishes.ev
    words = f"the fuse guard allows {allowed_a:g} A"
    before = "the charger is left alone"
    if wished is not None:
        before, words = wished.reason, f"{words} of {wished.current_a:g} A"
    return replace(wishes, ev=EvSettingsNow(mode, allowed_a, Source.SAFETY, _reason(before, words, evidence)))


def _limit_heater(wishes: Wishes, allowed_a: float, evidence: Evidence) -> Wishes:
    heater = wishes.heater
    if heater is None or allowed_a > 0:
        return wishes
    reason = _reason(heater.reason, "the fuse guard keeps it off", evidence)
    return replace(wishes, heater=HeaterSettingsNow(HeaterMode.OFF, Source.SAFETY, reason))


LIMITERS: Mapping[str, Callable[[Wishes, float, Evidence], Wishes]] = MappingProxyType(
    {
        "battery": _limit_battery,
        "ev": _limit_ev,
        "heater": _limit_heater,
    }
)
"""The wishes with one device kept to a current, and why."""


def _reason(before: str, words: str, evidence: Evidence) -> str:
    return f"{before}; {words}: {evidence.words}"
