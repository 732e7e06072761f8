"""Turns SoC levels and the measured SoC into a battery mode, without flapping."""

from __future__ import annotations

from dataclasses import dataclass

from ..decision import BatteryMode, BatterySettingsNow, Source
from .battery_modes import export, grid_charge, load_beside_battery_kw, self_use
from .levels import Cap, Levels
from .reasons import Worth, why_buy, why_cover_peak, why_self_use, why_sell
from .situation import Situation


def follow(levels: Levels, situation: Situation, worth: Worth | None) -> BatterySettingsNow:
    """The battery settings for a slot's levels at the measured SoC.

    A level binds exactly as the end of what is going on; to begin again the SoC must have passed it
    by `executor.soc_hysteresis_percent`. Without a previous decision every level binds exactly.
    Load above an import cap is covered, as far as it is measured, before the battery is charged from the
    grid.
    """
    home, soc_percent, before = situation.home, situation.soc_percent, situation.before
    margin = home.executor.soc_hysteresis_percent
    to_buy = 0.0 if before is None or before.mode is BatteryMode.GRID_CHARGE else margin
    to_sell = 0.0 if before is None or before.mode is BatteryMode.EXPORT else margin
    target = levels.grid_charge_to
    if _is_below(soc_percent, target, to_buy) and _peak_to_cover(levels, situation) is None:
        most_import_kw = levels.caps[0].import_kw if levels.caps else None
        return grid_charge(situation, target, Source.PLAN, why_buy(target, worth), most_import_kw=most_import_kw)
    if _is_above(soc_percent, levels.export_floor, to_sell):
        return export(home, levels.export_floor, Source.PLAN, why_sell(levels.export_floor, worth))
    return _self_use(levels, situation, worth)


def _self_use(levels: Levels, situation: Situation, worth: Worth | None) -> BatterySettingsNow:
    before, margin = situation.before, situation.home.executor.soc_hysteresis_percent
    was_storing = before is None or before.charge_kw > 0
    was_covering = before is None or (before.mode is not BatteryMode.GRID_CHARGE and before.discharge_kw > 0)
    stores = _is_below(situation.soc_percent, levels.pv_charge_to, 0.0 if was_storing else margin)
    covers = _is_above(situation.soc_percent, levels.load_floor, 0.0 if was_covering else margin)
    peak = None if covers else _peak_to_cover(levels, situation)
    if peak is not None:
        return self_use(
            situation.home,
            Source.PLAN,
            why_cover_peak(peak.cap.import_kw, peak.cap.floor),
            charge_kw=None if stores else 0.0,
            discharge_kw=min(peak.excess_kw, situation.home.battery.max_discharge_kw),
            floor_percent=peak.cap.floor,
        )
    return self_use(
        situation.home,
        Source.PLAN,
        why_self_use(levels, worth, stores=stores, covers=covers),
        charge_kw=None if stores else 0.0,
        discharge_kw=None if covers else 0.0,
        floor_percent=levels.load_floor,
    )


@dataclass(frozen=True, slots=True)
class _Peak:
    cap: Cap
    excess_kw: float


def _peak_to_cover(levels: Levels, situation: Situation) -> _Peak | None:
    """The largest part of the load that lies above a cap and is to be covered at this SoC."""
    load_kw = load_beside_battery_kw(situation)
    reserved = (cap for cap in levels.caps if situation.soc_percent > cap.floor and load_kw > cap.import_kw)
    cap = next(reserved, None)
    return None if cap is None else _Peak(cap, load_kw - cap.import_kw)


def _is_below(soc_percent: float, level: float, margin: float) -> bool:
    return soc_percent < level and soc_percent <= level - margin


def _is_above(soc_percent: float, level: float, margin: float) -> bool:
    return soc_percent > level and soc_percent >= level + margin
