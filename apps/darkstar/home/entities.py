"""Every entity id that Darkstar uses, in one place."""

from __future__ import annotations

from typing import Literal

from .block import Block, EntityId


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

    phase_currents: tuple[EntityId, ...] = ()
    """Currents through the main fuse in A: one sensor per phase, or one for all."""
    water_temperature: EntityId | None = None
    """Temperature of the hot water in degrees Celsius."""
    ev_soc: EntityId | None = None
    ev_connected: EntityId | None = None
    """A binary sensor, or the charger's state sensor: whether the car is plugged in."""
    ev_power: EntityId | None = None
    ev_energy: EntityId | None = None
    load_includes_ev: bool = True
    """Whether `load_energy` and `load_power` count the car too."""

    @property
    def taken_out_of_load(self) -> tuple[str, ...]:
        """`water_heater` and `ev` where they are measured apart and the load, or the balance in its place, has them."""
        is_balance = self.load_energy is None
        measured = {
            "water_heater": (self.water_heater_energy, self.load_includes_water_heater),
            "ev": (self.ev_energy, self.load_includes_ev),
        }
        return tuple(
            name for name, (counter, is_included) in measured.items() if counter and (is_balance or is_included)
        )

    automation: EntityId = "input_boolean.darkstar_automation"
    """Darkstar writes nothing unless this reads `on`."""
    manual_override: EntityId = "input_boolean.darkstar_manual_override"
    """Hands off while this reads `on`."""
    vacation: EntityId = "input_boolean.darkstar_vacation"
    """No comfort heating while this reads `on`."""
    shadow: EntityId = "input_boolean.darkstar_shadow"
    """While this reads `on`, decide and record everything and write nothing, as `executor.shadow_mode` does."""
    risk_appetite: EntityId = "input_select.darkstar_risk_appetite"
    """A select whose option begins with 1 to 5, or a number; anything else leaves it to `risk.appetite`."""
    comfort_level: EntityId = "input_select.darkstar_comfort_level"
    """A select whose option begins with 1 to 5; anything else leaves it to `water_heater.comfort_level`."""
    day_events: EntityId = "input_text.darkstar_day_events"
    """A calendar, or a text such as `guests; oven 17-19; tomorrow away`, today's unless it says tomorrow."""
    occupancy: EntityId | None = None
    """Whether someone is at home: a person, a group, a binary sensor, a zone's count or an alarm panel."""
    weather: EntityId | None = None
    """A weather entity with an hourly forecast."""
    force_charge: EntityId = "input_button.darkstar_force_charge"
    force_export: EntityId = "input_button.darkstar_force_export"
    force_heat: EntityId = "input_button.darkstar_force_heat"
    stop_all: EntityId = "input_button.darkstar_stop_all"
    clear_override: EntityId = "input_button.darkstar_clear_override"
    plan_now: EntityId = "input_button.darkstar_plan_now"
    test_notification: EntityId = "input_button.darkstar_test_notification"
    """Sends a message through each channel, and tells what became of it."""
    train_now: EntityId = "input_button.darkstar_train_now"
    """Trains the forecasting models at once."""
    reset_learning: EntityId = "input_button.darkstar_reset_learning"
    """Takes back what was learned today."""
    clear_learning: EntityId = "input_button.darkstar_clear_learning"
    """Puts the trained models aside: the simple forecasters serve until the next training."""
    run_backfill: EntityId = "input_button.darkstar_run_backfill"
    """Reads the past from Home Assistant's statistics again."""
    reflex_apply: EntityId = "input_button.darkstar_reflex_apply"
    """Makes the changes of settings that are proposed."""
    reflex_undo: EntityId = "input_button.darkstar_reflex_undo"
    """Takes back the last change of a setting that Darkstar has made."""
    pause: EntityId = "input_button.darkstar_pause"
    """Pauses, and resumes when it is pressed again."""
    force_ev: EntityId = "input_button.darkstar_force_ev"
    ev_target_soc: EntityId = "input_number.darkstar_ev_target_soc"
    """What the car should have at departure, in percent."""
    ev_departure: EntityId = "input_datetime.darkstar_ev_departure"
    """When the car leaves: a time of day, or a date and time. Midnight counts as not set."""
    override_minutes: EntityId = "input_number.darkstar_override_minutes"
    """How long the next quick action lasts."""
    force_charge_soc: EntityId = "input_number.darkstar_force_charge_soc"
    """Where the next force charge stops, in percent; 0 leaves it to the setting."""
    force_export_soc: EntityId = "input_number.darkstar_force_export_soc"
    """Where the next force export stops, in percent; 0 leaves it to the setting."""
    lease: EntityId = "input_number.darkstar_lease_until"
    """Until when a grid charge or a sale of Darkstar's may go on, in seconds since 1970; 0: there is none."""
    watchdog: EntityId = "automation.darkstar_watchdog"
    """The automation that ends a grid charge or a sale when Darkstar shows no sign of life."""

    water_heater: EntityId | None = None
    """A `number`, `water_heater` or `climate` entity (setpoint in degrees Celsius), or a switch."""
