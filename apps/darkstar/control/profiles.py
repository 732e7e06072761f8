"""From wanted battery and heater settings to wanted states of entities, per inverter profile."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from ..home.devices import InverterSettings
from ..home.settings import HomeSettings
from .decision import BatteryMode, BatterySettingsNow, HeaterMode, HeaterSettingsNow
from .writes import Amperes, Celsius, Option, Phase, SocPercent, Toggle, Write

NUMBER_DOMAINS = ("number", "input_number")
"""Domains of entities that take a number."""

HALF_UNIT = 0.5
"""Tolerance of settings that devices keep as whole numbers."""


@dataclass(frozen=True, slots=True)
class Kilowatts:
    """A battery power, which must become a current before it can be written."""

    amount: float


def to_amperes(power: Kilowatts, max_current_a: float, inverter: InverterSettings) -> Amperes:
    """The current for a power at the lowest battery voltage: I = P x 1000 / U.

    Rounded to `current_step_a`; zero stays zero, anything above it lies within the smallest current
    that the inverter knows and `max_current_a`.
    """
    step = inverter.current_step_a
    if power.amount <= 0:
        return Amperes(0.0, min(HALF_UNIT, step / 2))
    exact = power.amount * 1000 / inverter.battery_voltage_v
    rounded = math.floor(exact / step + 0.5) * step
    return Amperes(min(max(rounded, inverter.min_current_a, step), max_current_a), step / 2)


def wanted(settings: BatterySettingsNow, home: HomeSettings) -> tuple[Write, ...]:
    """The states of the inverter's entities for these settings, in the order in which to write them.

    What ends a purchase or a sale comes before the limits, what begins one after them. Entities that
    are not configured are left out; the first write then notes what the inverter cannot do.
    """
    note = "; ".join(_shortfalls(settings, home))
    modes = list(_modes(settings, home, note))
    closing = [write for write in modes if write.phase is Phase.CLOSE]
    opening = [write for write in modes if write.phase is Phase.OPEN]
    return (*closing, *_limits(settings, home), *opening)


def wanted_heater(settings: HeaterSettingsNow, home: HomeSettings) -> tuple[Write, ...]:
    """The state of the water heater's entity: a setpoint for a number, on or off for anything else."""
    heater, entity_id = home.water_heater, home.entities.water_heater
    if heater is None or entity_id is None:
        return ()
    if entity_id.partition(".")[0] not in NUMBER_DOMAINS:
        return (Write(entity_id, Toggle.OFF if settings.mode is HeaterMode.OFF else Toggle.ON),)
    celsius = {
        HeaterMode.OFF: heater.off_celsius,
        HeaterMode.NORMAL: heater.normal_celsius,
        HeaterMode.BOOST: heater.boost_celsius,
    }[settings.mode]
    return (Write(entity_id, Celsius(celsius, HALF_UNIT)),)


def _modes(settings: BatterySettingsNow, home: HomeSettings, note: str) -> Iterator[Write]:
    entities, inverter = home.entities, home.inverter
    if entities.inverter_grid_charging is not None:
        charges = settings.mode is BatteryMode.GRID_CHARGE
        toggle, phase = (Toggle.ON, Phase.OPEN) if charges else (Toggle.OFF, Phase.CLOSE)
        yield Write(entities.inverter_grid_charging, toggle, phase, note)
    if inverter.profile == "deye" and entities.inverter_work_mode is not None:
        sells = settings.mode is BatteryMode.EXPORT
        option = inverter.export_mode if sells else inverter.zero_export_mode
        yield Write(entities.inverter_work_mode, Option(option), Phase.OPEN if sells else Phase.CLOSE)


def _limits(settings: BatterySettingsNow, home: HomeSettings) -> Iterator[Write]:
    entities, inverter = home.entities, home.inverter
    if entities.inverter_charge_current is not None:
        charge = to_amperes(Kilowatts(settings.charge_kw), inverter.max_charge_current_a, inverter)
        yield Write(entities.inverter_charge_current, charge)
    if entities.inverter_discharge_current is not None:
        discharge = to_amperes(Kilowatts(settings.discharge_kw), inverter.max_discharge_current_a, inverter)
        yield Write(entities.inverter_discharge_current, discharge)
    if inverter.profile == "deye" and entities.inverter_soc_target is not None:
        yield Write(entities.inverter_soc_target, SocPercent(_whole_percent(settings, home), HALF_UNIT))


def _whole_percent(settings: BatterySettingsNow, home: HomeSettings) -> float:
    """The SoC target as the whole percent at which the decision's own target is surely reached.

    In self-use the minimum SoC serves where a discharge current ends the discharge: the floor moves
    with every slot, and each move would be a write into the inverter's memory.
    """
    target, lowest = round(settings.target_soc_percent, 6), math.ceil(round(home.battery.min_soc_percent, 6))
    if settings.mode is BatteryMode.GRID_CHARGE:
        return float(math.ceil(target))
    if settings.mode is BatteryMode.SELF_USE and home.entities.inverter_discharge_current is not None:
        return float(lowest)
    return float(max(math.floor(target), lowest))


def _shortfalls(settings: BatterySettingsNow, home: HomeSettings) -> Iterator[str]:
    entities, deye = home.entities, home.inverter.profile == "deye"
    if settings.mode is BatteryMode.EXPORT and not home.has_export_mode:
        yield (
            f"inverter.profile {home.inverter.profile} cannot sell from the battery: self-use instead "
            "(set battery.discharge_to_grid: false, or use profile deye with entities.inverter_work_mode)"
        )
    can_hold = entities.inverter_discharge_current is not None or (deye and entities.inverter_soc_target is not None)
    if settings.mode is BatteryMode.SELF_USE and settings.discharge_kw <= 0 and not can_hold:
        yield "the battery still feeds the load: entities.inverter_discharge_current is not set"
    if settings.mode is BatteryMode.SELF_USE and settings.charge_kw <= 0 and entities.inverter_charge_current is None:
        yield "PV surplus is still stored: entities.inverter_charge_current is not set"
