"""Builds wanted battery settings: one constructor per mode, with the limits that go with it."""

from __future__ import annotations

from ...home.settings import HomeSettings
from ..decision import BatteryMode, BatterySettingsNow, Source
from .car_power import beside_load_kw
from .situation import Situation


def self_use(
    home: HomeSettings,
    source: Source,
    reason: str,
    *,
    charge_kw: float | None = None,
    discharge_kw: float | None = None,
    floor_percent: float | None = None,
) -> BatterySettingsNow:
    """Self-use: no purchase for, no sale from the battery.

    Limits in kW that are left out are open (the battery's own), the floor is then the battery's
    minimum SoC.
    """
    battery = home.battery
    return BatterySettingsNow(
        mode=BatteryMode.SELF_USE,
        charge_kw=battery.max_charge_kw if charge_kw is None else charge_kw,
        discharge_kw=battery.max_discharge_kw if discharge_kw is None else discharge_kw,
        target_soc_percent=battery.min_soc_percent if floor_percent is None else floor_percent,
        source=source,
        reason=reason,
    )


def grid_charge(
    situation: Situation, target_percent: float, source: Source, reason: str, *, most_import_kw: float | None = None
) -> BatterySettingsNow:
    """Charge from the grid up to `target_percent`, as fast as battery and main fuse allow.

    `most_import_kw` is what load and charging may draw together where that is less than the fuse. The
    discharge limit stays open: this mode does not use it, and an inverter whose controller dies then
    falls back to working self-use.
    """
    battery = situation.home.battery
    fuse_kw = situation.home.grid.max_import_kw
    limits = [(fuse_kw, "the main fuse"), (most_import_kw, f"an import of {most_import_kw or 0:.1f} kW")]
    power_kw = battery.max_charge_kw
    words = ""
    for limit_kw, name in limits:
        room_kw = power_kw if limit_kw is None else max(0.0, limit_kw - load_beside_battery_kw(situation))
        if room_kw < power_kw:
            power_kw, words = room_kw, f" ({name} leaves {room_kw:.1f} of {battery.max_charge_kw:g} kW)"
    reason = f"{reason}{words}"
    return BatterySettingsNow(
        BatteryMode.GRID_CHARGE, power_kw, battery.max_discharge_kw, target_percent, source, reason
    )


def export(home: HomeSettings, floor_percent: float, source: Source, reason: str) -> BatterySettingsNow:
    """Sell from the battery down to `floor_percent`.

    At full discharge power, not at the power of the sale: a lower limit would starve the house.
    """
    battery = home.battery
    return BatterySettingsNow(
        BatteryMode.EXPORT, battery.max_charge_kw, battery.max_discharge_kw, floor_percent, source, reason
    )


def load_beside_battery_kw(situation: Situation) -> float:
    """Power in kW that the house takes now besides the battery, less PV; at least 0.

    An unknown load counts as zero, unknown PV too; a water heater that the load meter does not see
    counts as on, a car as far as it charges.
    """
    home, readings = situation.home, situation.readings
    load_kw = 0.0 if readings.load_kw is None else readings.load_kw.value
    pv_kw = 0.0 if readings.pv_kw is None else readings.pv_kw.value
    if home.water_heater is not None and not home.entities.load_includes_water_heater:
        load_kw += home.water_heater.power_kw
    return max(0.0, load_kw + beside_load_kw(situation) - pv_kw)


def why_no_purchase(home: HomeSettings) -> str | None:
    """Why the battery may not be charged from the grid, naming the setting; None when it may."""
    if not home.battery.charge_from_grid:
        return "battery.charge_from_grid is false"
    return None


def why_no_sale(home: HomeSettings) -> str | None:
    """Why nothing may be sold from the battery, naming the setting; None when it may."""
    if not home.grid.export_allowed:
        return "grid.export_allowed is false"
    if not home.battery.discharge_to_grid:
        return "battery.discharge_to_grid is false"
    return None
