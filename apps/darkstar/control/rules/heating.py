"""What the water heater is asked to do now."""

from __future__ import annotations

from ...home.devices import WaterHeaterSettings
from ...home.manual_block import ManualBlock
from ...home.readings import Readings
from ...home.settings import HomeSettings
from ...optimizer.plan import PlanSlot
from ..decision import BatteryMode, BatterySettingsNow, HeaterMode, HeaterSettingsNow, Holding, Override, Source
from .blocks import heater_in_block
from .car_power import beside_load_kw
from .forced import heater_for
from .holding import held_since, hold
from .situation import Moment, Situation

NOISE_SHARE = 0.01
"""A planned heater energy below this share of a full slot is the solver's rounding."""
SURPLUS_HEATING = "pv_surplus_heating"
"""PV surplus heats water: a rule with a minimum hold time."""
LEAVING_SHARE = 0.5
"""The rule ends below this share of the surplus at which it begins."""
REHEAT_CELSIUS = 1.0
"""Water that is as hot as allowed must cool by this much before surplus heats it again."""
FULL_PERCENT = 100.0


def heater_now(
    plan_slot: PlanSlot | None, override: Override | None, moment: Moment, block: ManualBlock | None = None
) -> HeaterSettingsNow | None:
    """Wanted state of the water heater; None when the home has none.

    A quick action comes first, then the owner's own block, then the plan. Without a plan the heater works by its
    own thermostat, as it would without Darkstar: nobody is left without hot water by a planner that stands still.
    """
    home = moment.home
    if home.water_heater is None:
        return None
    forced = heater_for(override, home) if override is not None else None
    if forced is not None:
        return forced
    if block is not None and (plan_slot is None or not plan_slot.hygiene):
        return heater_in_block(block, home)
    return (
        _without_plan(moment.readings) if plan_slot is None else _by_plan(plan_slot, home.water_heater, home.currency)
    )


def _by_plan(slot: PlanSlot, heater: WaterHeaterSettings, currency: str) -> HeaterSettingsNow:
    if slot.heater_kwh <= NOISE_SHARE * heater.power_kw * slot.hours:
        return HeaterSettingsNow(HeaterMode.OFF, Source.PLAN, "no heating planned for this slot")
    words = f"{slot.heater_kwh:.2f} kWh planned for this slot at {slot.import_price:.2f} {currency}/kWh"
    if slot.hygiene:
        return HeaterSettingsNow(HeaterMode.HYGIENE, Source.PLAN, f"{words}, for the cycle against legionella")
    return HeaterSettingsNow(HeaterMode.NORMAL, Source.PLAN, words)


def on_surplus(
    planned: HeaterSettingsNow | None, battery: BatterySettingsNow, situation: Situation
) -> tuple[HeaterSettingsNow | None, Holding | None]:
    """The heater's settings once PV surplus may have its say, and the rule if it is in force.

    Only surplus that would be fed in or lost heats water: what battery and car take is theirs, and a
    planned purchase or sale is not disturbed. It needs a plan (without one the thermostat decides), and
    yields to quick actions, to vacation and to a cycle against legionella.
    """
    if planned is None or planned.source is not Source.PLAN or planned.mode is HeaterMode.HYGIENE:
        return planned, None
    if battery.mode is not BatteryMode.SELF_USE or situation.readings.vacation:
        return planned, None
    surplus_kw = _surplus_kw(battery, situation)
    threshold_kw = situation.home.executor.pv_surplus_kw
    if surplus_kw is None or threshold_kw is None:
        return planned, None
    executor, soc_percent = situation.home.executor, situation.soc_percent
    is_warm = soc_percent >= executor.pv_surplus_soc_percent
    is_empty = soc_percent < executor.pv_surplus_soc_percent - executor.soc_hysteresis_percent
    rule = hold(
        situation,
        SURPLUS_HEATING,
        enters=surplus_kw >= threshold_kw and is_warm and not _is_hot(situation, REHEAT_CELSIUS),
        leaves=surplus_kw < LEAVING_SHARE * threshold_kw or is_empty or _is_hot(situation, 0.0),
    )
    if rule is None:
        return planned, None
    return HeaterSettingsNow(HeaterMode.MAX, Source.SURPLUS, _words(surplus_kw, situation.home)), rule


def _without_plan(readings: Readings) -> HeaterSettingsNow:
    if readings.vacation:
        return HeaterSettingsNow(HeaterMode.OFF, Source.FALLBACK, "no valid plan, and vacation is on")
    return HeaterSettingsNow(HeaterMode.NORMAL, Source.FALLBACK, "no valid plan: the thermostat decides")


def _surplus_kw(battery: BatterySettingsNow, situation: Situation) -> float | None:
    """Surplus in kW that neither battery nor car takes; None when it is not measured.

    While the rule is in force, what the heater draws is part of the measured load and is added back; as
    its thermostat may have switched it off, the surplus is then never taken for more than the PV.
    """
    readings, home = situation.readings, situation.home
    surplus_kw = readings.pv_surplus_kw
    if surplus_kw is None:
        return None
    runs = held_since(situation, SURPLUS_HEATING) is not None
    if runs and home.water_heater is not None and home.entities.load_includes_water_heater:
        surplus_kw += home.water_heater.power_kw
        if readings.pv_kw is not None:
            surplus_kw = min(surplus_kw, readings.pv_kw.value)
    stored_kw = battery.charge_kw if situation.soc_percent < FULL_PERCENT else 0.0
    return surplus_kw - stored_kw - beside_load_kw(situation)


def _is_hot(situation: Situation, margin_celsius: float) -> bool:
    """Whether the water is known to be as hot as allowed, or cooler by no more than a margin."""
    heater, water = situation.home.water_heater, situation.readings.water_celsius
    return heater is not None and water is not None and water.value >= heater.max_celsius - margin_celsius


def _words(surplus_kw: float, home: HomeSettings) -> str:
    celsius = home.water_heater.max_celsius if home.water_heater else 0.0
    return f"a PV surplus of {surplus_kw:.1f} kW, which the battery does not take, heats water up to {celsius:g} °C"
