"""Every entity id that Darkstar uses, in one place."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .devices import Block

EntityId = Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z0-9_]+$")]


class EntitySettings(Block):
    """Which entity of Home Assistant says or does what. None: the home does not have it.

    Units come from each entity's `unit_of_measurement` (W or kW, Wh or kWh). Energy counters may reset.
    """

    battery_soc: EntityId | None = None
    load_power: EntityId | None = None
    pv_power: EntityId | None = None
    grid_power: EntityId | None = None
    """Net meter with a sign; leave out with a dual meter."""
    grid_power_positive: Literal["import", "export"] = "import"
    """What a positive value of `grid_power` means."""
    grid_import_power: EntityId | None = None
    """Dual meter: power drawn."""
    grid_export_power: EntityId | None = None
    """Dual meter: power fed in."""
    battery_power: EntityId | None = None
    battery_power_positive: Literal["charge", "discharge"] = "charge"
    """What a positive value of `battery_power` means."""

    load_energy: EntityId | None = None
    pv_energy: EntityId | None = None
    grid_import_energy: EntityId | None = None
    grid_export_energy: EntityId | None = None
    battery_charge_energy: EntityId | None = None
    battery_discharge_energy: EntityId | None = None
    water_heater_energy: EntityId | None = None
    load_includes_water_heater: bool = True
    """Whether `load_energy` and `load_power` count the water heater too."""

    automation: EntityId = "input_boolean.darkstar_automation"
    """Darkstar writes nothing unless this reads `on`."""
    manual_override: EntityId = "input_boolean.darkstar_manual_override"
    """Hands off while this reads `on`."""
    vacation: EntityId = "input_boolean.darkstar_vacation"
    """No comfort heating while this reads `on`."""
    force_charge: EntityId = "input_button.darkstar_force_charge"
    force_export: EntityId = "input_button.darkstar_force_export"
    force_heat: EntityId = "input_button.darkstar_force_heat"
    stop_all: EntityId = "input_button.darkstar_stop_all"
    clear_override: EntityId = "input_button.darkstar_clear_override"
    plan_now: EntityId = "input_button.darkstar_plan_now"
    override_minutes: EntityId = "input_number.darkstar_override_minutes"
    """How long the next quick action lasts."""

    inverter_work_mode: EntityId | None = None
    inverter_grid_charging: EntityId | None = None
    inverter_charge_current: EntityId | None = None
    inverter_discharge_current: EntityId | None = None
    inverter_soc_target: EntityId | None = None
    water_heater: EntityId | None = None
    """A number (setpoint in degrees Celsius) or a switch."""
