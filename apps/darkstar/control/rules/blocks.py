"""What the owner's own blocks in the plan ask of battery, water heater and car."""

from __future__ import annotations

import math
from dataclasses import replace

from ...home.manual_block import BlockKind, ManualBlock
from ...home.settings import HomeSettings
from ..decision import (
    BatteryMode,
    BatterySettingsNow,
    EvMode,
    EvSettingsNow,
    HeaterMode,
    HeaterSettingsNow,
    Source,
)
from .battery_modes import export, grid_charge, load_beside_battery_kw, self_use, why_no_purchase, why_no_sale
from .car_power import amperes
from .situation import Moment, Situation

FULL_PERCENT = 100.0


def battery_in_block(block: ManualBlock, situation: Situation) -> BatterySettingsNow:
    """What a block asks of the battery."""
    if block.kind is BlockKind.CHARGE:
        return _charge(block, situation)
    if block.kind is BlockKind.EXPORT:
        return _export(block, situation)
    return _hold(block, situation)


def heater_in_block(block: ManualBlock, home: HomeSettings) -> HeaterSettingsNow:
    """What a block asks of the water heater."""
    return HeaterSettingsNow(HeaterMode.NORMAL, Source.BLOCK, _until(block, home))


def ev_in_block(block: ManualBlock, moment: Moment) -> EvSettingsNow | None:
    """What a block asks of the car; None where no car is there, or nobody knows."""
    ev = moment.home.ev
    if ev is None or not moment.readings.ev_connected:
        return None
    asked_a = ev.max_current_a if block.power_kw is None else float(math.floor(amperes(block.power_kw, ev) + 1e-6))
    current_a = min(max(asked_a, ev.min_current_a), ev.max_current_a)
    return EvSettingsNow(EvMode.CHARGE, current_a, Source.BLOCK, f"{_until(block, moment.home)}: {current_a:g} A")


def _hold(block: ManualBlock, situation: Situation) -> BatterySettingsNow:
    """Nothing out of the battery, but what the main fuse cannot give."""
    home, words = situation.home, f"{_until(block, situation.home)}: what is stored is kept, PV surplus is stored"
    fuse_kw = home.grid.max_import_kw
    above_kw = 0.0 if fuse_kw is None else max(load_beside_battery_kw(situation) - fuse_kw, 0.0)
    if above_kw <= 0:
        return self_use(home, Source.BLOCK, words, discharge_kw=0.0, floor_percent=FULL_PERCENT)
    given_kw = min(above_kw, home.battery.max_discharge_kw)
    return self_use(
        home, Source.SAFETY, f"{words}, but {above_kw:.1f} kW are above the main fuse", discharge_kw=given_kw
    )


def _charge(block: ManualBlock, situation: Situation) -> BatterySettingsNow:
    home, soc_percent = situation.home, situation.soc_percent
    asked = FULL_PERCENT if block.soc_percent is None else block.soc_percent
    target_percent = min(asked, home.battery.max_soc_percent)
    words = f"{_until(block, home)}: charge to {target_percent:g} %"
    forbidden = why_no_purchase(home)
    if forbidden is not None:
        return self_use(home, Source.BLOCK, f"{words}, from PV only, {forbidden}", discharge_kw=0.0)
    if soc_percent < target_percent and soc_percent <= target_percent - _margin(BatteryMode.GRID_CHARGE, situation):
        wanted = grid_charge(situation, target_percent, Source.BLOCK, words)
        limit_kw = wanted.charge_kw if block.power_kw is None else min(block.power_kw, wanted.charge_kw)
        return replace(wanted, charge_kw=limit_kw)
    reached = f"{words}, reached with {soc_percent:g} %, held there"
    return self_use(home, Source.BLOCK, reached, discharge_kw=0.0, floor_percent=target_percent)


def _export(block: ManualBlock, situation: Situation) -> BatterySettingsNow:
    home, soc_percent = situation.home, situation.soc_percent
    lowest = max(home.battery.min_soc_percent, home.executor.low_soc_export_percent)
    floor_percent = max(lowest, 0.0 if block.soc_percent is None else block.soc_percent)
    words = f"{_until(block, home)}: sell down to {floor_percent:g} %"
    forbidden = why_no_sale(home)
    if forbidden is not None:
        return self_use(home, Source.BLOCK, f"{words}: self-use instead, {forbidden}")
    if soc_percent > floor_percent and soc_percent >= floor_percent + _margin(BatteryMode.EXPORT, situation):
        wanted = export(home, floor_percent, Source.BLOCK, words)
        limit_kw = wanted.discharge_kw if block.power_kw is None else min(block.power_kw, wanted.discharge_kw)
        return replace(wanted, discharge_kw=limit_kw)
    reached = f"{words}, reached with {soc_percent:g} %, PV surplus is sold"
    return self_use(home, Source.BLOCK, reached, charge_kw=0.0)


def _margin(mode: BatteryMode, situation: Situation) -> float:
    """How far the SoC must leave a level that a block has already reached."""
    before = situation.before
    paused = before is not None and before.source is Source.BLOCK and before.mode is not mode
    return situation.home.executor.soc_hysteresis_percent if paused else 0.0


def _until(block: ManualBlock, home: HomeSettings) -> str:
    return f"your block until {block.end.astimezone(home.zone):%H:%M}"
