"""From wanted water-heater settings to writes to the heater's entity."""

from __future__ import annotations

from ...home.devices import WaterHeaterSettings
from ...home.settings import HomeSettings
from ..decision import HeaterMode, HeaterSettingsNow
from .fitting import SETPOINT_DOMAINS
from .writes import Celsius, Toggle, Write

HALF_DEGREE = 0.5
"""Tolerance of setpoints that devices keep as whole degrees."""


def wanted_heater(settings: HeaterSettingsNow, home: HomeSettings) -> tuple[Write, ...]:
    """The state of the water heater's entity: a setpoint where it takes one, else on or off."""
    heater, entity_id = home.water_heater, home.entities.water_heater
    if heater is None or entity_id is None:
        return ()
    if entity_id.partition(".")[0] in SETPOINT_DOMAINS:
        return (Write(entity_id, Celsius(_celsius(settings.mode, heater), HALF_DEGREE)),)
    return (Write(entity_id, Toggle.OFF if settings.mode is HeaterMode.OFF else Toggle.ON),)


def _celsius(mode: HeaterMode, heater: WaterHeaterSettings) -> float:
    return {
        HeaterMode.OFF: heater.off_celsius,
        HeaterMode.NORMAL: heater.normal_celsius,
        HeaterMode.HYGIENE: heater.hygiene_celsius,
        HeaterMode.BOOST: heater.boost_celsius,
        HeaterMode.MAX: heater.max_celsius,
    }[mode]
