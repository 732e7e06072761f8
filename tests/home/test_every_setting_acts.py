"""A setting that changes nothing is a defect: each one is changed, and something real must change with it."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from darkstar.home.profiles.schema import DeviceProfile
from darkstar.home.settings import HomeSettings, load_settings
from tests.control.samples import CHARGER, CHARGER_CURRENT, DEYE_ENTITIES
from tests.home import app_observers as apps
from tests.home import car_observers as car
from tests.home import control_observers as control
from tests.home import dispatch_observers as dispatch
from tests.home import learning_observers as learning
from tests.home import observers as core
from tests.home import owner_observers as owner
from tests.home import reflex_observers as reflex
from tests.home import sensor_observers as sensors
from tests.home import strategy_observers as strategy
from tests.home import whatif_observers as whatif
from tests.home.app_observers import Stage
from tests.home.device_samples import (
    BY_CALL,
    IN_PERCENT,
    IN_WATTS,
    OTHER_CHARGER_ENTITIES,
    OWN_CHARGER,
    OWN_INVERTER,
    WITH_CAR,
    WITH_EASEE,
    WITH_GOE,
)

BLOCK: dict[str, Any] = {
    "time_zone": "Europe/Stockholm",
    "latitude": 59.3,
    "longitude": 18.1,
    "currency": "SEK",
    "battery": {"capacity_kwh": 10.0, "max_charge_kw": 5.0, "max_discharge_kw": 5.0, "wear_cost_per_kwh": 0.01},
    "inverter": {"profile": "deye", "entities": DEYE_ENTITIES},
    "charger": {"entities": {"charging": CHARGER, "current": CHARGER_CURRENT}},
    "grid": {},
    "pv_arrays": [{"kwp": 6.0}],
    "water_heater": {"power_kw": 3.0},
    "prices": {"source": "fixed", "fixed_per_kwh": 1.0},
    "weather": {},
    "tariff": {
        "transfer_fee_per_kwh": 0.25,
        "energy_tax_per_kwh": 0.44,
        "vat_percent": 25.0,
        "export_compensation_per_kwh": 0.06,
    },
    "entities": {
        "battery_soc": "sensor.soc",
        "load_power": "sensor.load_power",
        "pv_power": "sensor.pv_power",
        "grid_power": "sensor.grid_power",
        "battery_power": "sensor.battery_power",
        "load_energy": "sensor.load_energy",
        "pv_energy": "sensor.pv_energy",
        "grid_import_energy": "sensor.import_energy",
        "grid_export_energy": "sensor.export_energy",
        "battery_charge_energy": "sensor.charge_energy",
        "battery_discharge_energy": "sensor.discharge_energy",
        "water_heater_energy": "sensor.heater_energy",
        "water_heater": "input_number.water_heater_setpoint",
    },
    "planner": {"horizon_hours": 8, "scenario_days": 5},
    "executor": {"shadow_mode": False},
    "notifications": {},
    "storage": {},
    "demo": {},
}
"""A home with everything; a probe changes one setting of it."""

Observer = Callable[..., object]


@dataclass(frozen=True, slots=True)
class Probe:
    """Another value of a setting, and where it must be seen; `given` holds in both homes."""

    value: object
    observe: Observer
    given: Mapping[str, object] = field(default_factory=dict)


PERIOD = {"tariff.fee_periods": [{"fee_per_kwh": 0.6, "start": "06:00", "end": "22:00"}]}
NORDPOOL = {"prices": {"source": "nordpool_sensor", "entity": "sensor.nordpool"}}
SERVICE = {"prices": {"source": "nordpool_service", "nordpool_config_entry": "01AB", "nordpool_area": "SE4"}}
OCTOPUS = {
    "prices": {"source": "octopus", "entity": "event.current_day_rates"},
    "tariff.import_price_is_final": True,
    "currency": "GBP",
}
GENERIC = {"prices": {"source": "generic", "entity": "sensor.own", "mapping": {}}}
SOLCAST = {"pv_forecast": {"source": "solcast", "entities": ["sensor.solar"]}}
DUAL = {
    "entities.grid_power": None,
    "entities.grid_import_power": "sensor.drawn",
    "entities.grid_export_power": "sensor.fed",
}
PEAKS = {"grid.power_tariffs": [{"price_per_kw_month": 8.0}]}
NIGHT = {
    "grid.power_tariffs": [
        {"price_per_kw_month": 8.0, "windows": [{"weight": 0.5, "start": "07:00", "end": "11:00"}]},
    ]
}
STEPPED = {
    "grid.power_tariffs": [
        {"steps": [{"up_to_kw": 0.3, "fee_per_month": 1.0}, {"fee_per_month": 20.0}]},
    ]
}
YEARLY = {"grid.power_tariffs": [{"price_per_kw_year": 96.0}]}
SOFT = {"grid.soft_import_kw": 2.0, "grid.soft_import_price_per_kwh": 0.5}
CAR = {
    **WITH_CAR,
    "entities.ev_connected": "binary_sensor.plug",
    "entities.ev_soc": "sensor.car_soc",
    "entities.ev_power": "sensor.car_power",
    "entities.ev_energy": "sensor.car_energy",
}
MACHINE = {"appliances": [{"name": "dishwasher", "energy_kwh": 1.1, "hours": 2.0}]}
GUARDED = {"grid.fuse_a": 16.0, "entities.phase_currents": ["sensor.phase_1", "sensor.phase_2", "sensor.phase_3"]}
CHOSEN = {"risk.appetite": 3}
DYNAMIC = {"risk.appetite": 3, "risk.mode": "dynamic"}
QUIET = {"notifications.quiet_start": "22:00", "notifications.quiet_end": "07:00"}

PROBES: dict[str, Probe] = {
    "time_zone": Probe("Europe/Lisbon", core.outlook_without_history),
    "latitude": Probe(40.0, core.outlook_without_history),
    "longitude": Probe(-10.0, core.outlook_without_history),
    "currency": Probe("EUR", core.question),
    "battery.capacity_kwh": Probe(14.0, core.planned),
    "battery.max_charge_kw": Probe(2.0, core.planned),
    "battery.max_discharge_kw": Probe(2.0, core.planned),
    "battery.min_soc_percent": Probe(25.0, core.decisions),
    "battery.max_soc_percent": Probe(80.0, core.planned),
    "battery.charge_efficiency": Probe(0.85, core.planned),
    "battery.discharge_efficiency": Probe(0.85, core.planned),
    "battery.wear_cost_per_kwh": Probe(0.5, core.planned),
    "battery.charge_from_grid": Probe(False, core.planned),
    "battery.discharge_to_grid": Probe(False, core.planned),
    "inverter.profile": Probe(OWN_INVERTER, core.commands),
    "inverter.battery_voltage_v": Probe(51.0, core.commands),
    "inverter.min_current_a": Probe(15.0, core.commands),
    "inverter.max_charge_current_a": Probe(40.0, core.commands),
    "inverter.max_discharge_current_a": Probe(40.0, core.commands),
    "inverter.current_step_a": Probe(1.0, core.commands),
    "inverter.entities": Probe({**DEYE_ENTITIES, "work_mode": "select.other"}, core.commands),
    "inverter.options": Probe({"export": "Selling"}, core.commands),
    "inverter.parameters": Probe({"device_id": "two"}, core.asked_of_devices, BY_CALL),
    "inverter.min_power_w": Probe(4900.0, core.asked_of_devices, IN_WATTS),
    "inverter.power_step_w": Probe(500.0, core.asked_of_devices, IN_WATTS),
    "inverter.rated_power_kw": Probe(8.0, core.asked_of_devices, IN_PERCENT),
    "ev.capacity_kwh": Probe(80.0, car.car_asked_for, CAR),
    "ev.phases": Probe(1, car.car_asked_for, CAR),
    "ev.voltage_v": Probe(240.0, car.car_asked_for, CAR),
    "ev.min_current_a": Probe(8.0, car.car_asked_for, CAR),
    "ev.max_current_a": Probe(32.0, car.car_asked_for, CAR),
    "ev.charge_efficiency": Probe(0.85, car.car_asked_for, CAR),
    "ev.target_soc_percent": Probe(70.0, car.car_asked_for, CAR),
    "ev.departure": Probe("08:30", car.car_asked_for, CAR),
    "ev.from_home_battery": Probe(True, car.car_asked_for, CAR),
    "charger.profile": Probe(OWN_CHARGER, core.asked_of_devices, WITH_CAR),
    "charger.entities": Probe(OTHER_CHARGER_ENTITIES, core.asked_of_devices, WITH_CAR),
    "charger.options": Probe({"charge": "Now"}, core.asked_of_devices, WITH_GOE),
    "charger.parameters": Probe({"device_id": "two"}, core.asked_of_devices, WITH_EASEE),
    "appliances.name": Probe("big dishwasher", whatif.advice, MACHINE),
    "appliances.energy_kwh": Probe(2.0, whatif.advice, MACHINE),
    "appliances.hours": Probe(4.0, whatif.advice, MACHINE),
    "appliances.earliest": Probe("19:00", whatif.advice, MACHINE),
    "appliances.ready_by": Probe("11:00", whatif.advice, MACHINE),
    "grid.max_import_kw": Probe(3.0, core.planned),
    "grid.max_export_kw": Probe(1.0, core.planned),
    "grid.export_allowed": Probe(False, core.planned),
    "grid.soft_import_kw": Probe(1.0, core.planned, SOFT),
    "grid.soft_import_price_per_kwh": Probe(0.05, core.planned, SOFT),
    "grid.curtailment": Probe("never", core.planned, {"grid.max_export_kw": 1.0}),
    "grid.fuse_a": Probe(20.0, control.at_the_fuse, GUARDED),
    "grid.fuse_sacrifice": Probe(["heater"], control.at_the_fuse, GUARDED),
    "grid.power_tariffs.name": Probe("Effekt", core.question, PEAKS),
    "grid.power_tariffs.interval_minutes": Probe(15, core.planned, PEAKS),
    "grid.power_tariffs.count": Probe(1, core.planned, PEAKS),
    "grid.power_tariffs.different_days": Probe(False, core.planned, PEAKS),
    "grid.power_tariffs.price_per_kw_month": Probe(0.8, core.planned, PEAKS),
    "grid.power_tariffs.price_per_kw_year": Probe(9.6, core.planned, YEARLY),
    "grid.power_tariffs.steps.up_to_kw": Probe(5.0, core.planned, STEPPED),
    "grid.power_tariffs.steps.fee_per_month": Probe(19.0, core.planned, STEPPED),
    "grid.power_tariffs.floor_kw": Probe(9.0, core.planned, PEAKS),
    "grid.power_tariffs.months": Probe([7], core.planned, PEAKS),
    "grid.power_tariffs.windows.weight": Probe(0.0, core.planned, NIGHT),
    "grid.power_tariffs.windows.start": Probe("09:00", core.planned, NIGHT),
    "grid.power_tariffs.windows.end": Probe("08:00", core.planned, NIGHT),
    "grid.power_tariffs.windows.weekdays": Probe([5, 6], core.planned, NIGHT),
    "grid.power_tariffs.windows.months": Probe([7], core.planned, NIGHT),
    "pv_arrays.kwp": Probe(3.0, core.outlook_without_history),
    "pv_arrays.azimuth_deg": Probe(90.0, core.outlook_without_history),
    "pv_arrays.tilt_deg": Probe(80.0, core.outlook_without_history),
    "pv_arrays.efficiency": Probe(0.5, core.outlook_without_history),
    "water_heater.power_kw": Probe(2.0, core.planned),
    "water_heater.daily_energy_kwh": Probe(9.0, core.planned),
    "water_heater.defer_hours": Probe(0.0, core.planned, {"planner.horizon_hours": 30}),
    "water_heater.comfort_level": Probe(1, core.planned, {"water_heater.max_gap_hours": 0.5}),
    "water_heater.max_gap_hours": Probe(2.0, core.planned),
    "water_heater.min_spacing_hours": Probe(4.0, core.planned, {"water_heater.max_gap_hours": 2.0}),
    "water_heater.start_cost_percent": Probe(10.0, core.planned),
    "water_heater.off_celsius": Probe(35.0, core.commands),
    "water_heater.normal_celsius": Probe(55.0, core.commands),
    "water_heater.hygiene_celsius": Probe(66.0, core.commands),
    "water_heater.hygiene": Probe("always", owner.hygiene_cycles),
    "water_heater.hygiene_hours": Probe(2.0, owner.hygiene_cycles),
    "water_heater.hygiene_interval_days": Probe(10, owner.hygiene_cycles),
    "water_heater.hygiene_start": Probe("20:00", owner.hygiene_cycles),
    "water_heater.hygiene_end": Probe("12:00", owner.hygiene_cycles),
    "water_heater.boost_celsius": Probe(65.0, core.commands),
    "water_heater.max_celsius": Probe(72.0, core.commands),
    "prices.source": Probe("tibber", core.prices, {**NORDPOOL, "tariff.import_price_is_final": True}),
    "prices.entity": Probe("sensor.nordpool_other", core.prices, NORDPOOL),
    "prices.tomorrow_entity": Probe("event.my_next_day", core.prices, OCTOPUS),
    "prices.export_entity": Probe("sensor.nordpool_other", core.prices, NORDPOOL),
    "prices.history_entity": Probe("sensor.shown_price", core.past_prices, NORDPOOL),
    "prices.nordpool_config_entry": Probe("02CD", core.prices, SERVICE),
    "prices.nordpool_area": Probe("SE3", core.prices, SERVICE),
    "prices.fixed_per_kwh": Probe(2.0, core.prices),
    "prices.multiplier": Probe(0.5, core.prices, NORDPOOL),
    "prices.mapping.today_attribute": Probe("others_today", core.prices, GENERIC),
    "prices.mapping.tomorrow_attribute": Probe("prices_tomorrow", core.prices, GENERIC),
    "prices.mapping.start_key": Probe("from", core.prices, {**GENERIC, "prices.mapping.value_key": "cost"}),
    "prices.mapping.value_key": Probe("total", core.prices, {**GENERIC, "prices.entity": "sensor.dear"}),
    "tariff.transfer_fee_per_kwh": Probe(0.5, core.prices),
    "tariff.fee_periods.fee_per_kwh": Probe(0.9, core.prices, PERIOD),
    "tariff.fee_periods.start": Probe("09:00", core.prices, PERIOD),
    "tariff.fee_periods.end": Probe("20:00", core.prices, PERIOD),
    "tariff.fee_periods.weekdays": Probe([0, 6], core.prices, PERIOD),
    "tariff.fee_periods.months": Probe([7], core.prices, PERIOD),
    "tariff.energy_tax_per_kwh": Probe(0.5, core.prices),
    "tariff.vat_percent": Probe(10.0, core.prices),
    "tariff.supplier_fee_per_kwh": Probe(0.05, core.prices),
    "tariff.import_price_is_final": Probe(True, core.prices),
    "tariff.export_share": Probe(0.9, core.prices),
    "tariff.export_fee_per_kwh": Probe(0.02, core.prices),
    "tariff.export_compensation_per_kwh": Probe(0.1, core.prices),
    "tariff.fixed_feed_in_per_kwh": Probe(0.08, core.prices),
    "pv_forecast.source": Probe("forecast_solar", core.pv_service, SOLCAST),
    "pv_forecast.entities": Probe(["sensor.solar", "sensor.solar_west"], core.pv_service, SOLCAST),
    "weather.source": Probe("open_meteo", apps.weather_asked_for),
    "weather.url": Probe("http://own.server/v1", apps.weather_asked_for, {"weather.source": "open_meteo"}),
    "load_forecast.model": Probe("same_slot", core.outlook),
    "load_forecast.holidays": Probe("SE", core.days_off),
    "load_forecast.history_days": Probe(3, core.outlook),
    "load_forecast.yearly_consumption_kwh": Probe(9000.0, core.outlook_without_history),
    "entities.battery_soc": Probe("sensor.other_soc", core.readings),
    "entities.load_power": Probe("sensor.other_power", core.readings),
    "entities.pv_power": Probe("sensor.other_power", core.readings),
    "entities.grid_power": Probe("sensor.other_power", core.readings),
    "entities.grid_power_positive": Probe("export", core.readings),
    "entities.grid_import_power": Probe("sensor.other_power", core.readings, DUAL),
    "entities.grid_export_power": Probe("sensor.other_power", core.readings, DUAL),
    "entities.battery_power": Probe("sensor.other_power", core.readings),
    "entities.battery_power_positive": Probe("discharge", core.readings),
    "entities.load_energy": Probe("sensor.other_energy", core.counters),
    "entities.pv_energy": Probe("sensor.other_energy", core.counters),
    "entities.grid_import_energy": Probe("sensor.other_energy", core.counters),
    "entities.grid_export_energy": Probe("sensor.other_energy", core.counters),
    "entities.battery_charge_energy": Probe("sensor.other_energy", core.counters),
    "entities.battery_discharge_energy": Probe("sensor.other_energy", core.counters),
    "entities.water_heater_energy": Probe("sensor.other_energy", core.counters),
    "entities.load_includes_water_heater": Probe(False, core.observation),
    "entities.ev_connected": Probe("binary_sensor.other_plug", car.car_asked_for, CAR),
    "entities.ev_soc": Probe("sensor.other_soc", car.car_asked_for, CAR),
    "entities.ev_power": Probe("sensor.other_power", car.car_asked_for, CAR),
    "entities.ev_energy": Probe("sensor.other_energy", car.car_counter, CAR),
    "entities.load_includes_ev": Probe(False, car.car_filed, {**CAR, "entities.water_heater_energy": None}),
    "entities.ev_target_soc": Probe("input_number.other", car.car_asked_for, CAR),
    "entities.ev_departure": Probe("input_datetime.other", car.car_asked_for, CAR),
    "entities.phase_currents": Probe(["sensor.phase_2", "sensor.phase_3"], control.fuse_and_water_sensors, GUARDED),
    "entities.water_temperature": Probe(
        "sensor.other_water", control.fuse_and_water_sensors, {"entities.water_temperature": "sensor.water"}
    ),
    "entities.automation": Probe("input_boolean.other", core.readings),
    "entities.manual_override": Probe("input_boolean.other", core.readings),
    "entities.vacation": Probe("input_boolean.other", core.readings),
    "entities.risk_appetite": Probe("input_number.other", strategy.days_ahead),
    "entities.comfort_level": Probe("input_number.other", strategy.days_ahead),
    "entities.shadow": Probe("input_boolean.other", apps.watching),
    "entities.day_events": Probe("input_text.other", strategy.days_ahead),
    "entities.occupancy": Probe("group.other", strategy.days_ahead, {"entities.occupancy": "group.family"}),
    "entities.weather": Probe("weather.home", strategy.days_ahead),
    "entities.force_charge": Probe("input_button.other", apps.quick_actions),
    "entities.force_export": Probe("input_button.other", apps.quick_actions),
    "entities.force_heat": Probe("input_button.other", apps.quick_actions),
    "entities.stop_all": Probe("input_button.other", apps.quick_actions),
    "entities.clear_override": Probe("input_button.other", apps.quick_actions),
    "entities.pause": Probe("input_button.other", owner.buttons_and_levels),
    "entities.force_ev": Probe("input_button.other", owner.buttons_and_levels, WITH_CAR),
    "entities.force_charge_soc": Probe("input_number.other", owner.buttons_and_levels),
    "entities.force_export_soc": Probe("input_number.other", owner.buttons_and_levels),
    "entities.plan_now": Probe("input_button.other", apps.planning_times),
    "entities.test_notification": Probe("input_button.other", apps.trial_messages),
    "entities.override_minutes": Probe("input_number.other", apps.quick_actions),
    "entities.lease": Probe("input_number.other", dispatch.watchdog),
    "entities.watchdog": Probe("automation.other", dispatch.watchdog),
    "entities.water_heater": Probe("switch.other", core.commands),
    "planner.interval_minutes": Probe(60, apps.planning_times),
    "planner.horizon_hours": Probe(12, core.planned),
    "planner.slot_minutes": Probe(60, core.planned),
    "planner.solver_time_limit_s": Probe(3.0, core.question),
    "planner.end_value_factor": Probe(0.3, core.planned),
    "planner.scenario_days": Probe(2, core.planned),
    "planner.stability_money": Probe(5.0, core.planned_again),
    "planner.cycle_margin_per_kwh": Probe(0.5, core.planned),
    "pv_forecast.scale": Probe(0.8, core.pv_service, SOLCAST),
    "reflex.mode": Probe("apply", reflex.reflex),
    "entities.reflex_apply": Probe("input_button.other", reflex.reflex),
    "entities.reflex_undo": Probe("input_button.other", reflex.reflex),
    "risk.appetite": Probe(2, strategy.reserve),
    "risk.mode": Probe("static", strategy.reserve, CHOSEN),
    "risk.base_factor": Probe(1.0, strategy.reserve, CHOSEN),
    "risk.pv_deficit_weight": Probe(0.0, strategy.reserve, DYNAMIC),
    "risk.temperature_weight": Probe(0.1, strategy.reserve, DYNAMIC),
    "risk.mild_celsius": Probe(20.0, strategy.reserve, DYNAMIC),
    "risk.cold_celsius": Probe(-25.0, strategy.reserve, DYNAMIC),
    "risk.max_factor": Probe(1.05, strategy.reserve, DYNAMIC),
    "executor.shadow_mode": Probe(True, core.commands),
    "executor.interval_seconds": Probe(600, apps.ticks),
    "executor.max_reading_age_minutes": Probe(60.0, core.readings_of_forty_minutes_ago),
    "executor.max_plan_age_minutes": Probe(30.0, core.age_of_the_plan),
    "executor.emergency_margin_percent": Probe(15.0, core.decisions),
    "executor.low_soc_export_percent": Probe(35.0, core.decisions),
    "executor.soc_hysteresis_percent": Probe(5.0, core.decisions),
    "executor.min_hold_minutes": Probe(30.0, control.surplus_heating),
    "executor.pv_surplus_kw": Probe(None, control.surplus_heating),
    "executor.pv_surplus_minutes": Probe(30.0, control.surplus_mean),
    "executor.pv_surplus_soc_percent": Probe(60.0, control.surplus_heating),
    "executor.read_back_seconds": Probe(0.0, core.deaf_devices),
    "executor.max_attempts": Probe(10, core.deaf_devices),
    "executor.write_budget_per_day": Probe(10, dispatch.busy_day),
    "executor.max_reassertions": Probe(5, dispatch.disputed),
    "executor.lease_minutes": Probe(5.0, dispatch.watchdog),
    "overrides.pause_reminder_minutes": Probe(45, owner.pause_reminders),
    "overrides.default_minutes": Probe(45, apps.quick_action_without_a_helper),
    "overrides.force_charge_soc_percent": Probe(90.0, core.quick_action_levels),
    "overrides.force_export_soc_percent": Probe(30.0, core.quick_action_levels),
    "notifications.services": Probe(["notify.mobile_app_phone"], apps.messages),
    "notifications.persistent": Probe(True, apps.messages),
    "notifications.discord_webhook_url": Probe("https://discord.com/api/webhooks/1/x", apps.posts),
    "notifications.on_problem": Probe(False, core.notices),
    "notifications.on_problem_end": Probe(False, core.notices),
    "notifications.on_charge_start": Probe(False, core.notices),
    "notifications.on_charge_stop": Probe(True, core.notices),
    "notifications.on_export_start": Probe(False, core.notices),
    "notifications.on_export_stop": Probe(False, core.notices),
    "notifications.on_heat_start": Probe(False, core.notices),
    "notifications.on_heat_stop": Probe(True, core.notices),
    "notifications.on_ev_start": Probe(True, core.notices),
    "notifications.on_ev_stop": Probe(True, core.notices),
    "notifications.on_soc_target_change": Probe(True, core.notices),
    "notifications.on_override": Probe(False, core.notices),
    "notifications.min_minutes": Probe(30.0, core.notices),
    "notifications.max_per_hour": Probe(3, core.notices),
    "notifications.digest_at": Probe("20:30", core.notices),
    "notifications.quiet_start": Probe("20:00", core.notices, QUIET),
    "notifications.quiet_end": Probe("09:00", core.notices, QUIET),
    "entities.train_now": Probe("input_button.other", learning.learning_buttons),
    "entities.reset_learning": Probe("input_button.other", learning.learning_buttons),
    "entities.clear_learning": Probe("input_button.other", learning.learning_buttons),
    "entities.run_backfill": Probe("input_button.other", learning.learning_buttons),
    "learning.enabled": Probe(False, learning.trainings),
    "learning.run_days": Probe([1, 3], learning.trainings),
    "learning.run_time": Probe("05:30", learning.trainings),
    "learning.max_history_days": Probe(30, learning.history_learned_from),
    "learning.time_limit_minutes": Probe(7.0, learning.trainings),
    "sensors.through": Probe("mqtt", sensors.published),
    "sensors.mqtt_discovery_prefix": Probe("ha", sensors.published, {"sensors.through": "mqtt"}),
    "storage.execution_days": Probe(60, apps.rows_kept),
    "storage.plan_days": Probe(60, apps.rows_kept),
    "storage.forecast_days": Probe(90, apps.rows_kept),
    "storage.observation_days": Probe(400, apps.rows_kept),
    "storage.backfill_days": Probe(10, apps.history_asked_for),
    "demo.seed": Probe(7, core.demo),
    "demo.speed": Probe(10.0, apps.demo_meters),
    "demo.start_soc_percent": Probe(70.0, core.demo),
    "demo.step_seconds": Probe(20.0, apps.demo_meters),
    "demo.standby_kw": Probe(0.2, core.demo),
}


def leaves(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Dotted names of all settings; blocks in lists and optional blocks are looked into."""
    for name, each in model.model_fields.items():
        inner = next(blocks_in(each.annotation), None)
        if inner is None:
            yield f"{prefix}{name}"
        else:
            yield from leaves(inner, f"{prefix}{name}.")


def blocks_in(annotation: object) -> Iterator[type[BaseModel]]:
    if annotation is DeviceProfile:
        return  # a setting itself: which one, not what is in it
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from blocks_in(part)


def home(changes: Mapping[str, object]) -> HomeSettings:
    """The sample home with some settings changed."""
    block = copy.deepcopy(BLOCK)
    for path, value in changes.items():
        *parents, name = path.split(".")
        target: Any = block
        for parent in parents:
            target = target.setdefault(parent, {})
            target = target[0] if isinstance(target, list) else target
        target[name] = copy.deepcopy(value)
    return load_settings(block)


def seen_in(settings: HomeSettings, observe: Observer, stage: Stage) -> object:
    """What an observer sees; those of apps need a stage."""
    needs_stage = "stage" in inspect.signature(observe).parameters
    return observe(settings, stage) if needs_stage else observe(settings)


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(tmp_path, monkeypatch)


def test_every_setting_has_a_probe() -> None:
    settings = set(leaves(HomeSettings))
    assert len(settings) > 100
    assert settings - PROBES.keys() == set(), "settings that nobody has shown to act"
    assert PROBES.keys() - settings == set(), "probes of settings that are gone"


@pytest.mark.parametrize("path", PROBES)
def test_a_changed_setting_changes_what_darkstar_does(path: str, stage: Stage) -> None:
    probe = PROBES[path]
    before, after = home(probe.given), home({**probe.given, path: probe.value})
    assert before != after, "the probe changes nothing"
    assert seen_in(before, probe.observe, stage) != seen_in(after, probe.observe, stage)


@pytest.mark.parametrize("observe", dict.fromkeys(probe.observe for probe in PROBES.values()))
def test_what_is_looked_at_is_the_same_for_the_same_settings(observe: Observer, stage: Stage) -> None:
    """Else every probe would succeed by chance."""
    assert seen_in(home({}), observe, stage) == seen_in(home({}), observe, stage)
