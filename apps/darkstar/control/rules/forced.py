"""What a quick action in force asks of battery, water heater and car."""

from __future__ import annotations

from collections.abc import Callable

from ...home.settings import HomeSettings
from ..decision import (
    ActiveOverrides,
    BatteryMode,
    BatterySettingsNow,
    EvMode,
    EvSettingsNow,
    HeaterMode,
    HeaterSettingsNow,
    Override,
    OverrideKind,
    Source,
)
from .battery_modes import export, grid_charge, self_use, why_no_purchase, why_no_sale
from .situation import Moment, Situation

FULL_PERCENT = 100.0


def in_force(overrides: ActiveOverrides, moment: Moment) -> ActiveOverrides:
    """The quick actions that hold now."""

    def held(override: Override | None) -> Override | None:
        return override if override is not None and override.in_force(moment.now) else None

    return ActiveOverrides(battery=held(overrides.battery), heater=held(overrides.heater), ev=held(overrides.ev))


def battery_for(override: Override, situation: Situation) -> BatterySettingsNow | None:
    """What the quick action asks of the battery; None when it leaves the battery to the plan."""
    rule = _BATTERY_RULES.get(override.kind)
    return None if rule is None else rule(override, situation)


def heater_for(override: Override, home: HomeSettings) -> HeaterSettingsNow | None:
    """What the quick action asks of the water heater; None when it leaves the heater to the plan."""
    wish = _HEATER_WISHES.get(override.kind)
    if wish is None:
        return None
    mode, words = wish
    return HeaterSettingsNow(mode, Source.OVERRIDE, words.format(until=until(override, home)))


def ev_for(override: Override, home: HomeSettings) -> EvSettingsNow | None:
    """What the quick action asks of the car; None when it leaves the car to the plan.

    Charging is allowed whether or not the plug can be read: the owner has said so, and no charger
    gives power without a car.
    """
    wish = _EV_WISHES.get(override.kind)
    if wish is None or home.ev is None:
        return None
    mode, words = wish
    current_a = home.ev.max_current_a if mode is EvMode.CHARGE else 0.0
    reason = words.format(until=until(override, home), current=f"{current_a:g} A")
    return EvSettingsNow(mode, current_a, Source.OVERRIDE, reason)


def until(override: Override, home: HomeSettings) -> str:
    """When the quick action ends, in local time."""
    return f"until {override.expires_at.astimezone(home.zone):%H:%M}"


def _force_charge(override: Override, situation: Situation) -> BatterySettingsNow:
    home, soc_percent = situation.home, situation.soc_percent
    target_percent = _asked_percent(override, home.overrides.force_charge_soc_percent, home)
    words = f"force charge to {target_percent:g} % {until(override, home)}"
    forbidden = why_no_purchase(home)
    if forbidden is not None:
        return self_use(home, Source.OVERRIDE, f"{words}: from PV only, {forbidden}", discharge_kw=0.0)
    resumes_at = target_percent - _resume_margin_percent(BatteryMode.GRID_CHARGE, situation)
    if soc_percent < target_percent and soc_percent <= resumes_at:
        reason = f"{words}: SoC {soc_percent:g} %"
        return grid_charge(situation, target_percent, Source.OVERRIDE, reason)
    reason = f"{words}: reached with {soc_percent:g} %, held there"
    return self_use(home, Source.OVERRIDE, reason, discharge_kw=0.0, floor_percent=target_percent)


def _force_export(override: Override, situation: Situation) -> BatterySettingsNow:
    home, soc_percent = situation.home, situation.soc_percent
    floor_percent = _asked_percent(override, home.overrides.force_export_soc_percent, home)
    words = f"force export down to {floor_percent:g} % {until(override, home)}"
    forbidden = why_no_sale(home)
    if forbidden is not None:
        return self_use(home, Source.OVERRIDE, f"{words}: self-use instead, {forbidden}")
    resumes_at = floor_percent + _resume_margin_percent(BatteryMode.EXPORT, situation)
    if soc_percent > floor_percent and soc_percent >= resumes_at:
        return export(home, floor_percent, Source.OVERRIDE, f"{words}: SoC {soc_percent:g} %")
    return self_use(home, Source.OVERRIDE, f"{words}: reached with {soc_percent:g} %, self-use from here")


def _stop_all(override: Override, situation: Situation) -> BatterySettingsNow:
    words = f"stop all {until(override, situation.home)}: self-use, nothing bought or sold"
    return self_use(situation.home, Source.OVERRIDE, words)


def _pause(override: Override, situation: Situation) -> BatterySettingsNow:
    words = f"paused {until(override, situation.home)}: self-use, as without Darkstar"
    return self_use(situation.home, Source.OVERRIDE, words)


_BATTERY_RULES: dict[OverrideKind, Callable[[Override, Situation], BatterySettingsNow]] = {
    OverrideKind.FORCE_CHARGE: _force_charge,
    OverrideKind.FORCE_EXPORT: _force_export,
    OverrideKind.STOP_ALL: _stop_all,
    OverrideKind.PAUSE: _pause,
}

_HEATER_WISHES = {
    OverrideKind.FORCE_HEAT: (HeaterMode.BOOST, "force heat {until}"),
    OverrideKind.STOP_ALL: (HeaterMode.OFF, "stop all {until}"),
    OverrideKind.PAUSE: (HeaterMode.NORMAL, "paused {until}: the thermostat decides"),
}

_EV_WISHES = {
    OverrideKind.FORCE_EV: (EvMode.CHARGE, "force car charging {until}: {current}"),
    OverrideKind.STOP_ALL: (EvMode.STOP, "stop all {until}"),
    OverrideKind.PAUSE: (EvMode.CHARGE, "paused {until}: the car charges as it likes, up to {current}"),
}


def _asked_percent(override: Override, configured: float, home: HomeSettings) -> float:
    asked = configured if override.soc_percent is None else override.soc_percent
    return min(max(asked, home.battery.min_soc_percent), FULL_PERCENT)


def _resume_margin_percent(mode: BatteryMode, situation: Situation) -> float:
    """How far the SoC must leave a level that a quick action has already reached."""
    before = situation.before
    paused = before is not None and before.source is Source.OVERRIDE and before.mode is not mode
    return situation.home.executor.soc_hysteresis_percent if paused else 0.0
