"""Keeps the home battery from feeding the car: while the car charges, the battery covers the house alone."""

from __future__ import annotations

import math
from dataclasses import replace

from ..decision import BatteryMode, BatterySettingsNow, EvMode
from .battery_modes import self_use
from .situation import Situation

DRAWING_KW = 0.5
"""A car that takes more than this is charging; less is its charger's own use."""
STEP_KW = 0.5
"""The battery's limit moves in steps: not every change of the load is worth a write."""


def spare_for_the_house(settings: BatterySettingsNow, situation: Situation) -> BatterySettingsNow:
    """The battery settings with its discharge kept to the house's load while the car charges.

    Only where `ev.from_home_battery` is false. A charge from the grid stays as it is. A sale would feed the
    car before the grid, so it becomes self-use.
    """
    ev = situation.home.ev
    if ev is None or ev.from_home_battery or not _draws(situation):
        return settings
    if settings.mode is BatteryMode.GRID_CHARGE:
        return settings
    house_kw = _house_kw(situation)
    limit_kw = 0.0 if house_kw is None else min(_stepped(house_kw, situation.before), settings.discharge_kw)
    words = f"{settings.reason}; {_words(house_kw, limit_kw)}"
    if settings.mode is BatteryMode.EXPORT:
        return self_use(
            situation.home,
            settings.source,
            f"{words}, and nothing is sold: it would feed the car",
            discharge_kw=limit_kw,
            floor_percent=settings.target_soc_percent,
        )
    return settings if limit_kw >= settings.discharge_kw else replace(settings, discharge_kw=limit_kw, reason=words)


def _words(house_kw: float | None, limit_kw: float) -> str:
    rule = "ev.from_home_battery is false and the car charges"
    if house_kw is None:
        return f"{rule}: the load without the car is not known, so the battery rests"
    return f"{rule}: the battery covers at most the house's {limit_kw:g} kW"


def _draws(situation: Situation) -> bool:
    """Whether the car takes power, or is told to for the first time now."""
    measured, wish = situation.readings.ev_kw, situation.ev
    if measured is not None and measured.value > DRAWING_KW:
        return True
    if wish is None or wish.mode is EvMode.STOP:
        return False
    before = situation.previous.ev if situation.previous is not None else None
    return measured is None or before is None or before.mode is EvMode.STOP


def _house_kw(situation: Situation) -> float | None:
    """Load without the car that PV does not cover; None when it is not known."""
    readings = situation.readings
    if readings.load_kw is None:
        return None
    car_kw = 0.0
    if situation.home.entities.load_includes_ev:
        if readings.ev_kw is None:
            return None
        car_kw = readings.ev_kw.value
    pv_kw = 0.0 if readings.pv_kw is None else readings.pv_kw.value
    return max(0.0, readings.load_kw.value - car_kw - pv_kw)


def _stepped(house_kw: float, before: BatterySettingsNow | None) -> float:
    """The next step above the load; the last limit stays while it is above it by less than two steps."""
    if before is not None and before.mode is BatteryMode.SELF_USE:
        spare_kw = before.discharge_kw - house_kw
        if 0 <= spare_kw < 2 * STEP_KW:
            return before.discharge_kw
    return math.ceil(house_kw / STEP_KW) * STEP_KW
