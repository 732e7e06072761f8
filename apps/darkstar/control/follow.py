"""Turns SoC levels and the measured SoC into a battery mode, without flapping."""

from __future__ import annotations

from dataclasses import replace

from .battery_modes import export, grid_charge, self_use
from .decision import BatteryMode, BatterySettingsNow, Source
from .levels import Levels
from .reasons import Worth, why_buy, why_self_use, why_sell
from .situation import Situation


def follow(levels: Levels, situation: Situation, worth: Worth | None) -> BatterySettingsNow:
    """The battery settings for a slot's levels at the measured SoC.

    A level binds exactly as the end of what is going on; to begin again the SoC must have passed it
    by `executor.soc_hysteresis_percent`. Without a previous decision every level binds exactly.
    At or below `executor.low_soc_export_percent` nothing is sold, whatever the levels say.
    """
    home, soc_percent, before = situation.home, situation.soc_percent, situation.before
    lowest_export = home.executor.low_soc_export_percent
    margin = home.executor.soc_hysteresis_percent
    to_buy = 0.0 if before is None or before.mode is BatteryMode.GRID_CHARGE else margin
    to_sell = 0.0 if before is None or before.mode is BatteryMode.EXPORT else margin
    if _is_below(soc_percent, levels.grid_charge_to, to_buy):
        return grid_charge(situation, levels.grid_charge_to, Source.PLAN, why_buy(levels.grid_charge_to, worth))
    if levels.export_floor < soc_percent <= lowest_export:
        serving = _self_use(levels, situation, worth)
        rule = f"no export at {soc_percent:g} % SoC: executor.low_soc_export_percent is {lowest_export:g} %"
        return replace(serving, source=Source.SAFETY, reason=f"{rule}; {serving.reason}")
    floor = max(levels.export_floor, lowest_export)
    if _is_above(soc_percent, floor, to_sell):
        return export(home, floor, Source.PLAN, why_sell(floor, worth))
    return _self_use(levels, situation, worth)


def _self_use(levels: Levels, situation: Situation, worth: Worth | None) -> BatterySettingsNow:
    before, margin = situation.before, situation.home.executor.soc_hysteresis_percent
    was_storing = before is None or before.charge_kw > 0
    was_covering = before is None or (before.mode is not BatteryMode.GRID_CHARGE and before.discharge_kw > 0)
    stores = _is_below(situation.soc_percent, levels.pv_charge_to, 0.0 if was_storing else margin)
    covers = _is_above(situation.soc_percent, levels.load_floor, 0.0 if was_covering else margin)
    return self_use(
        situation.home,
        Source.PLAN,
        why_self_use(levels, worth, stores=stores, covers=covers),
        charge_kw=None if stores else 0.0,
        discharge_kw=None if covers else 0.0,
        floor_percent=levels.load_floor,
    )


def _is_below(soc_percent: float, level: float, margin: float) -> bool:
    return soc_percent < level and soc_percent <= level - margin


def _is_above(soc_percent: float, level: float, margin: float) -> bool:
    return soc_percent > level and soc_percent >= level + margin
