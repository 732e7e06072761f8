"""Homes for tests."""

from __future__ import annotations

from typing import Any

from darkstar.home.devices import BatterySettings, PvArraySettings, WaterHeaterSettings
from darkstar.home.entities import EntitySettings
from darkstar.home.settings import HomeSettings
from darkstar.home.sources import PriceSourceSettings

ENTITIES = EntitySettings(
    battery_soc="sensor.soc",
    load_power="sensor.load_power",
    pv_power="sensor.pv_power",
    grid_power="sensor.grid_power",
    inverter_work_mode="select.work_mode",
    inverter_grid_charging="switch.grid_charging",
    inverter_charge_current="number.charge_current",
    inverter_discharge_current="number.discharge_current",
    inverter_soc_target="number.soc_target",
    water_heater="number.water_heater",
)


def home(**changes: Any) -> HomeSettings:
    """A Swedish home with everything; `changes` replaces top-level blocks."""
    blocks: dict[str, Any] = {
        "time_zone": "Europe/Stockholm",
        "latitude": 59.33,
        "longitude": 18.07,
        "battery": BatterySettings(capacity_kwh=10, max_charge_kw=5, max_discharge_kw=5),
        "pv_arrays": (PvArraySettings(kwp=6),),
        "water_heater": WaterHeaterSettings(power_kw=3),
        "prices": PriceSourceSettings(source="fixed", fixed_per_kwh=0.2),
        "entities": ENTITIES,
    }
    return HomeSettings(**{**blocks, **changes})
