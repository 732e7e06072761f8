"""When a purchase or a sale must begin: as late as it can still end with its slot.

What PV and load do until then shows in the SoC, so no more is bought or sold than the end of the slot needs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ...policy.thresholds import PolicySlot
from ..decision import BatteryMode
from .levels import Levels
from .situation import Situation


@dataclass(frozen=True, slots=True)
class Patience:
    """The levels to follow now, and what waits, as words for the reason; empty where nothing does."""

    levels: Levels
    words: str = ""


def patient(levels: Levels, slot: PolicySlot | None, situation: Situation) -> Patience:
    """The levels without a purchase or sale that can wait for a later look at the SoC.

    What has begun in the slot goes on. What would begin before half of `executor.interval_seconds` is
    over begins now. A plan without policy has nothing that waits.
    """
    if slot is None:
        return Patience(levels)
    home, running = situation.home, _running(slot, situation)
    soc_kwh = situation.soc_percent / 100 * home.battery.capacity_kwh
    soon = situation.now + timedelta(seconds=home.executor.interval_seconds) / 2
    buys = situation.soc_percent < levels.grid_charge_to and slot.buys_kwh_per_hour > 0
    if buys and running is not BatteryMode.GRID_CHARGE and soc_kwh >= slot.buys_below_kwh(soon):
        begin = slot.end - timedelta(hours=(slot.grid_charge_to_kwh - soc_kwh) / slot.buys_kwh_per_hour)
        words = (
            f"; charging from the grid up to {levels.grid_charge_to:.0f} % can wait until {_clock(begin, situation)}"
        )
        return Patience(replace(levels, grid_charge_to=0.0), words)
    sells = situation.soc_percent > levels.export_floor and slot.sells_kwh_per_hour > 0
    if sells and running is not BatteryMode.EXPORT and soc_kwh <= slot.sells_above_kwh(soon):
        begin = slot.end - timedelta(hours=(soc_kwh - slot.export_floor_kwh) / slot.sells_kwh_per_hour)
        words = f"; selling down to {levels.export_floor:.0f} % can wait until {_clock(begin, situation)}"
        return Patience(replace(levels, export_floor=math.inf), words)
    return Patience(levels)


def _running(slot: PolicySlot, situation: Situation) -> BatteryMode | None:
    """What the battery has been told to do in this slot; None before the first decision in it."""
    previous = situation.previous
    if previous is None or previous.battery is None or previous.decided_at < slot.start:
        return None
    return previous.battery.mode


def _clock(instant: datetime, situation: Situation) -> str:
    return f"{instant.astimezone(situation.home.zone):%H:%M}"
