"""Homes for tests."""

from __future__ import annotations

from typing import Any

from darkstar.home.devices import (
    BatterySettings,
    ChargerSettings,
    InverterSettings,
    PvArraySettings,
    WaterHeaterSettings,
)
from darkstar.home.entities import EntitySettings
from darkstar.home.settings import HomeSettings
from darkstar.home.sources import PriceSourceSettings

ENTITIES = EntitySettings(
    battery_soc="sensor.soc",
    load_power="sensor.load_power",
    pv_power="sensor.pv_power",
    grid_power="sensor.grid_power",
    water_heater="number.water_heater",
    ev_connected="binary_sensor.car_plug",
)

INVERTER = InverterSettings(
    entities={
        "grid_charging": "switch.grid_charging",
        "charge_current": "number.charge_current",
        "discharge_current": "number.discharge_current",
    }
)
DEYE = InverterSettings(
    profile="deye",
    entities={**INVERTER.entities, "work_mode": "select.work_mode", "soc_target": "number.soc_target"},
)
CHARGER = ChargerSettings(entities={"charging": "switch.charger", "current": "number.charger_current"})


def home(**changes: Any) -> HomeSettings:
    """A Swedish home with everything; `changes` replaces top-level blocks."""
    blocks: dict[str, Any] = {
        "time_zone": "Europe/Stockholm",
        "latitude": 59.33,
        "longitude": 18.07,
        "battery": BatterySettings(capacity_kwh=10, max_charge_kw=5, max_discharge_kw=5),
        "inverter": INVERTER,
        "charger": CHARGER,
        "pv_arrays": (PvArraySettings(kwp=6),),
        "water_heater": WaterHeaterSettings(power_kw=3),
        "prices": PriceSourceSettings(source="fixed", fixed_per_kwh=0.2),
        "entities": ENTITIES,
    }
    return HomeSettings(**{**blocks, **changes})
