"""Rules that stand above plan and quick actions: hands off, an unreadable SoC, an empty battery."""

from __future__ import annotations

from dataclasses import replace

from ..home.readings import Readings
from ..home.settings import HomeSettings
from .battery_modes import grid_charge, self_use, why_no_purchase
from .decision import BatteryMode, BatterySettingsNow, Decision, Source
from .situation import Situation


def why_hands_off(readings: Readings, home: HomeSettings) -> str | None:
    """Why nothing at all may be written, naming the toggle; None when Darkstar may act.

    A toggle that cannot be read counts as the owner's wish to be left alone.
    """
    manual, automation = home.entities.manual_override, home.entities.automation
    if readings.manual_override:
        return f"hands off: the manual override {manual} is on"
    if readings.automation is False:
        return f"hands off: the automation {automation} is off"
    if readings.manual_override is None:
        return f"hands off: the manual override {manual} cannot be read, so it counts as on"
    if readings.automation is None:
        return f"hands off: the automation {automation} cannot be read, so it counts as off"
    return None


def soc_lost_words(home: HomeSettings) -> str:
    """What an unreadable SoC means, in words."""
    return f"the SoC ({home.entities.battery_soc}) cannot be read, so nothing is bought for or sold from the battery"


def without_soc(previous: Decision | None, home: HomeSettings) -> BatterySettingsNow | None:
    """What to do while the SoC cannot be read.

    A running grid charge or export goes back to self-use (nothing is discharged when the battery was
    last seen below its floor), and what safety has set stays asserted until the SoC is back. An
    inverter that is otherwise in self-use is not touched.
    """
    if previous is None or previous.battery is None:
        return None
    before = previous.battery
    if before.mode is not BatteryMode.SELF_USE:
        discharge_kw = 0.0 if previous.emergency else None
        return self_use(home, Source.SAFETY, soc_lost_words(home), discharge_kw=discharge_kw)
    if before.source is Source.SAFETY:
        return replace(before, reason=soc_lost_words(home))
    return None


def emergency_target_percent(home: HomeSettings) -> float:
    """SoC at which an emergency charge ends."""
    battery = home.battery
    return min(battery.min_soc_percent + home.executor.emergency_margin_percent, battery.max_soc_percent)


def is_emergency(situation: Situation) -> bool:
    """Whether the battery is below its floor, or was and has not recovered by the margin."""
    if situation.soc_percent < situation.home.battery.min_soc_percent:
        return True
    running = situation.previous is not None and situation.previous.emergency
    return running and situation.soc_percent < emergency_target_percent(situation.home)


def emergency(situation: Situation) -> BatterySettingsNow:
    """Lift the battery above its floor: from the grid where that is allowed, else by PV alone."""
    home = situation.home
    target_percent = emergency_target_percent(home)
    floor = f"SoC {situation.soc_percent:g} %, floor {home.battery.min_soc_percent:g} %"
    forbidden = why_no_purchase(home)
    if forbidden is None:
        reason = f"emergency charge up to {target_percent:g} %: {floor}"
        return grid_charge(situation, target_percent, Source.SAFETY, reason)
    reason = f"nothing is discharged up to {target_percent:g} %: {floor}; not charged from the grid, {forbidden}"
    return self_use(home, Source.SAFETY, reason, discharge_kw=0.0, floor_percent=target_percent)
