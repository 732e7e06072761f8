"""What the water heater is asked to do now."""

from __future__ import annotations

from ..home.readings import Readings
from ..home.settings import HomeSettings
from ..optimizer.plan import PlanSlot
from .decision import HeaterMode, HeaterSettingsNow, Override, Source
from .quick_actions import heater_for

NOISE_SHARE = 0.01
"""A planned heater energy below this share of a full slot is the solver's rounding."""


def heater_now(
    plan_slot: PlanSlot | None, readings: Readings, override: Override | None, home: HomeSettings
) -> HeaterSettingsNow | None:
    """Wanted state of the water heater; None when the home has none.

    A quick action comes first, then the plan. Without a plan the heater works by its own thermostat,
    as it would without Darkstar: nobody is left without hot water by a planner that stands still.
    """
    if home.water_heater is None:
        return None
    forced = heater_for(override, home) if override is not None else None
    if forced is not None:
        return forced
    if plan_slot is None:
        return _without_plan(readings)
    if plan_slot.heater_kwh > NOISE_SHARE * home.water_heater.power_kw * plan_slot.hours:
        cost = f"{plan_slot.import_price:.2f} {home.currency}/kWh"
        return HeaterSettingsNow(
            HeaterMode.NORMAL, Source.PLAN, f"{plan_slot.heater_kwh:.2f} kWh planned for this slot at {cost}"
        )
    return HeaterSettingsNow(HeaterMode.OFF, Source.PLAN, "no heating planned for this slot")


def _without_plan(readings: Readings) -> HeaterSettingsNow:
    if readings.vacation:
        return HeaterSettingsNow(HeaterMode.OFF, Source.SAFETY, "no valid plan, and vacation is on")
    return HeaterSettingsNow(HeaterMode.NORMAL, Source.SAFETY, "no valid plan: the thermostat decides")
