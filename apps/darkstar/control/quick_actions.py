"""Quick actions of the owner: how one starts, and what it asks of battery and water heater."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta

from ..home.settings import HomeSettings
from .battery_modes import export, grid_charge, self_use, why_no_purchase, why_no_sale
from .decision import (
    BatteryMode,
    BatterySettingsNow,
    HeaterMode,
    HeaterSettingsNow,
    Override,
    OverrideKind,
    Source,
)
from .situation import Situation

MAX_MINUTES = 720.0
"""Longest quick action, in minutes."""

HEATER_MODES = {OverrideKind.FORCE_HEAT: HeaterMode.BOOST, OverrideKind.STOP_ALL: HeaterMode.OFF}
"""Quick actions that take the water heater from the plan, and what they ask of it."""


class QuickActionError(ValueError):
    """A quick action cannot start; the message says why and what to do."""


def start(kind: OverrideKind, minutes: float, home: HomeSettings, now: datetime) -> Override:
    """Begin a quick action that lasts `minutes` from `now`.

    Raises:
        QuickActionError: the duration is not between 0 (exclusive) and 720 minutes, or the settings
            of the home forbid the action.
    """
    if not math.isfinite(minutes) or not 0 < minutes <= MAX_MINUTES:
        msg = (
            f"{kind} for {minutes:g} minutes: the duration ({home.entities.override_minutes}) must be above 0 "
            f"and at most {MAX_MINUTES:g}"
        )
        raise QuickActionError(msg)
    forbidden = _why_not(kind, home)
    if forbidden is not None:
        msg = f"{kind} is not possible in this home: {forbidden}; change the setting in apps.yaml to allow it"
        raise QuickActionError(msg)
    levels = {
        OverrideKind.FORCE_CHARGE: home.overrides.force_charge_soc_percent,
        OverrideKind.FORCE_EXPORT: home.overrides.force_export_soc_percent,
    }
    return Override(kind, now, now + timedelta(minutes=minutes), levels.get(kind))


def battery_for(override: Override, situation: Situation) -> BatterySettingsNow | None:
    """What the quick action asks of the battery; None when it leaves the battery to the plan."""
    rule = BATTERY_RULES.get(override.kind)
    return None if rule is None else rule(override, situation)


def heater_for(override: Override, home: HomeSettings) -> HeaterSettingsNow | None:
    """What the quick action asks of the water heater; None when it leaves the heater to the plan."""
    mode = HEATER_MODES.get(override.kind)
    if mode is None:
        return None
    words = "force heat" if override.kind is OverrideKind.FORCE_HEAT else "stop all"
    return HeaterSettingsNow(mode, Source.OVERRIDE, f"{words} {_until(override, home)}")


def _force_charge(override: Override, situation: Situation) -> BatterySettingsNow:
    home, soc_percent = situation.home, situation.soc_percent
    configured = home.overrides.force_charge_soc_percent
    asked_percent = configured if override.soc_percent is None else override.soc_percent
    target_percent = max(asked_percent, home.battery.min_soc_percent)
    words = f"force charge to {target_percent:g} % {_until(override, home)}"
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
    configured = home.overrides.force_export_soc_percent
    asked_percent = configured if override.soc_percent is None else override.soc_percent
    floor_percent = max(asked_percent, home.battery.min_soc_percent)
    words = f"force export down to {floor_percent:g} % {_until(override, home)}"
    forbidden = why_no_sale(home)
    if forbidden is not None:
        return self_use(home, Source.OVERRIDE, f"{words}: self-use instead, {forbidden}")
    resumes_at = floor_percent + _resume_margin_percent(BatteryMode.EXPORT, situation)
    if soc_percent > floor_percent and soc_percent >= resumes_at:
        return export(home, floor_percent, Source.OVERRIDE, f"{words}: SoC {soc_percent:g} %")
    return self_use(home, Source.OVERRIDE, f"{words}: reached with {soc_percent:g} %, self-use from here")


def _stop_all(override: Override, situation: Situation) -> BatterySettingsNow:
    words = f"stop all {_until(override, situation.home)}: self-use, nothing bought or sold"
    return self_use(situation.home, Source.OVERRIDE, words)


BATTERY_RULES: dict[OverrideKind, Callable[[Override, Situation], BatterySettingsNow]] = {
    OverrideKind.FORCE_CHARGE: _force_charge,
    OverrideKind.FORCE_EXPORT: _force_export,
    OverrideKind.STOP_ALL: _stop_all,
}
"""Quick actions that take the battery from the plan, and what they ask of it."""


def _resume_margin_percent(mode: BatteryMode, situation: Situation) -> float:
    """How far the SoC must leave a level that a quick action has already reached."""
    before = situation.before
    paused = before is not None and before.source is Source.OVERRIDE and before.mode is not mode
    return situation.home.executor.soc_hysteresis_percent if paused else 0.0


def _why_not(kind: OverrideKind, home: HomeSettings) -> str | None:
    if kind is OverrideKind.FORCE_CHARGE:
        return why_no_purchase(home)
    if kind is OverrideKind.FORCE_EXPORT:
        return why_no_sale(home)
    if kind is OverrideKind.FORCE_HEAT and home.water_heater is None:
        return "there is no water_heater"
    return None


def _until(override: Override, home: HomeSettings) -> str:
    return f"until {override.expires_at.astimezone(home.zone):%H:%M}"
