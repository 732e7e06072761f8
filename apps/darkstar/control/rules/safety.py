"""Rules that protect owner and battery: hands off, an unreadable SoC, an empty battery, no sale at low SoC."""

from __future__ import annotations

import math
from dataclasses import replace

from ...home.readings import Readings
from ...home.settings import HomeSettings
from ..decision import BatteryMode, BatterySettingsNow, Holding, Source
from .battery_modes import grid_charge, self_use, why_no_purchase
from .holding import held_since, hold
from .levels import Levels
from .situation import Moment, Situation

FORCED = "forced_mode"
"""A grid charge or an export was commanded, and nothing has taken it back."""
EXPORT_BLOCK = "low_soc_export"
"""Nothing is sold from a nearly empty battery: a rule with a minimum hold time."""


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


def without_soc(moment: Moment) -> BatterySettingsNow | None:
    """What to do while the SoC cannot be read: self-use.

    A running grid charge or export ends (nothing is discharged when the battery was last seen below its
    floor); limits of a self-use stay as they were. An inverter to which nothing was said is not touched.
    """
    home, before = moment.home, moment.before
    words = soc_lost_words(home)
    if before is not None and before.mode is BatteryMode.SELF_USE:
        return replace(before, source=Source.SAFETY, reason=words)
    if before is None and held_since(moment, FORCED) is None:
        return None
    was_empty = moment.previous is not None and moment.previous.emergency
    return self_use(home, Source.SAFETY, words, discharge_kw=0.0 if was_empty else None)


def forced_mode(battery: BatterySettingsNow | None, moment: Moment) -> Holding | None:
    """Remembers a grid charge or an export until another mode is commanded.

    A restart of Home Assistant makes toggles and SoC unreadable in turn: without this memory a charge
    would go on unseen.
    """
    if battery is not None and battery.mode is BatteryMode.SELF_USE:
        return None
    since = held_since(moment, FORCED)
    if battery is None and since is None:
        return None
    return Holding(FORCED, moment.now if since is None else since)


def export_block(levels: Levels, situation: Situation) -> Holding | None:
    """The block of sales at low SoC.

    It begins where a sale is wanted at or below `executor.low_soc_export_percent`, and ends above it by
    the hysteresis, after its minimum hold time.
    """
    executor, soc_percent = situation.home.executor, situation.soc_percent
    lowest = executor.low_soc_export_percent
    return hold(
        situation,
        EXPORT_BLOCK,
        enters=levels.export_floor < soc_percent <= lowest,
        leaves=soc_percent >= lowest + executor.soc_hysteresis_percent,
    )


def sellable(levels: Levels, block: Holding | None, home: HomeSettings) -> Levels:
    """The levels with what may be sold under the block; without it, down to `executor.low_soc_export_percent`."""
    lowest = home.executor.low_soc_export_percent
    return replace(levels, export_floor=max(levels.export_floor, lowest) if block is None else math.inf)


def no_sale(serving: BatterySettingsNow, situation: Situation) -> BatterySettingsNow:
    """The settings in place of a blocked sale, with the rule and its numbers."""
    lowest = situation.home.executor.low_soc_export_percent
    rule = f"no export at {situation.soc_percent:g} % SoC: executor.low_soc_export_percent is {lowest:g} %"
    return replace(serving, source=Source.SAFETY, reason=f"{rule}; {serving.reason}")


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
