"""How far stored energy can move in a slot when power falls on a straight line near full or empty."""

from __future__ import annotations

from collections.abc import Callable
from math import exp, log

from ..home.slots import overlap_hours
from ..optimizer.request import BatteryRequest, RequestSlot, Taper

_SAME_KW = 1e-9


def available_share(battery: BatteryRequest, slot: RequestSlot) -> float:
    """Part of a slot in which the battery is there."""
    if not battery.available:
        return 1.0
    there = sum(overlap_hours(slot.start, slot.end, window.start, window.end) for window in battery.available)
    return min(there / slot.hours, 1.0)


def charging(battery: BatteryRequest, hours: float) -> Callable[[float], float]:
    """From stored energy to stored energy (kWh) after charging for `hours` at all the power there is."""
    full_kw = max(battery.max_charge_kw, 0.0)
    return _mover(battery.charge_taper, full_kw, battery.charge_efficiency, hours, 1.0)


def discharging(battery: BatteryRequest, hours: float) -> Callable[[float], float]:
    """From stored energy to stored energy (kWh) after discharging for `hours` at all the power there is."""
    full_kw = max(battery.max_discharge_kw, 0.0)
    return _mover(battery.discharge_taper, full_kw, 1 / battery.discharge_efficiency, hours, -1.0)


def _mover(
    taper: Taper | None, full_kw: float, stored_per_kwh: float, hours: float, sign: float
) -> Callable[[float], float]:
    """Moves stored energy up (`sign` 1) or down (-1)."""
    if taper is None:
        return lambda soc_kwh: soc_kwh + sign * full_kw * stored_per_kwh * hours
    begin, end = sign * taper.from_kwh, sign * taper.to_kwh
    last_kw = min(max(taper.end_kw, 0.0), full_kw)
    fast, slow = full_kw * stored_per_kwh, last_kw * stored_per_kwh
    return lambda soc_kwh: sign * _through_ramp(sign * soc_kwh, begin, max(end, begin), fast, slow, hours)


def _through_ramp(place: float, begin: float, end: float, fast: float, slow: float, hours: float) -> float:
    """Where a place gets to at speed `fast` before `begin`, `slow` after `end`, linear between; exact."""
    if place < begin and fast > 0:
        needed = (begin - place) / fast
        if needed >= hours:
            return place + fast * hours
        place, hours = begin, hours - needed
    if place < end and fast - slow > _SAME_KW:
        fall = (fast - slow) / (end - begin)
        speed = fast - fall * (max(place, begin) - begin)
        needed = log(speed / slow) / fall if slow > 0 else float("inf")
        if needed >= hours:
            return place + speed / fall * (1 - exp(-fall * hours))
        place, hours = end, hours - needed
    return place + slow * hours
