"""Water heaters in whole slots: which slots serve a heat day, how much is enough, how much is too much."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from .plan import HeatDay, HeaterRequest, PlanRequest, RequestSlot

TOLERANCE = 0.05
"""A day's heat may fall short by this part of one slot's: a slot that began seconds ago still counts."""
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class HeatWindow:
    """The slots that can serve one heat day of one heater, with the heat (kWh) each gives within the day.

    The heater is on for whole slots, so between `need_kwh` and `cap_kwh` the day is served: at most
    one slot more than needed, also when energy is free or negative.
    """

    heater: int
    day: HeatDay
    heat_kwh: tuple[tuple[int, float], ...]
    need_kwh: float
    cap_kwh: float

    @property
    def tolerance_kwh(self) -> float:
        """The shortage that nobody notices."""
        return TOLERANCE * max(kwh for _, kwh in self.heat_kwh)

    def delivered_kwh(self, on: tuple[bool, ...]) -> float:
        """Heat within the day when the heater is on in these slots."""
        return sum(kwh for slot, kwh in self.heat_kwh if on[slot])


def heat_windows(request: PlanRequest) -> tuple[HeatWindow, ...]:
    """The heat days that owe anything in the horizon, each with its slots. Parts of slots count as parts."""
    windows = (
        _window(number, day, heat)
        for number, heater in enumerate(request.heaters)
        for day in heater.days
        if (heat := _heat_of_slots(heater, day, request.slots))
    )
    return tuple(window for window in windows if window.need_kwh > 0)


def starts(on: tuple[bool, ...], *, on_at_start: bool) -> int:
    """How often a heater is switched on, when it is on in these slots and was, or was not, before them."""
    return sum(now and not before for before, now in zip((on_at_start, *on), on, strict=False))


def _heat_of_slots(
    heater: HeaterRequest, day: HeatDay, slots: tuple[RequestSlot, ...]
) -> tuple[tuple[int, float], ...]:
    parts = ((index, heater.power_kw * _shared_hours(slot, day)) for index, slot in enumerate(slots))
    return tuple((index, kwh) for index, kwh in parts if kwh > 0)


def _window(number: int, day: HeatDay, heat: tuple[tuple[int, float], ...]) -> HeatWindow:
    full = max(kwh for _, kwh in heat)
    wished = max(day.energy_kwh - TOLERANCE * full, 0.0)
    enough = ceil(wished / full - _ROUNDING)
    if all(kwh > full - _ROUNDING for _, kwh in heat) and len(heat) >= enough:
        # With slots of one length the need rounds up to whole slots: the relaxation gets tight.
        return HeatWindow(number, day, heat, enough * full, enough * full)
    return HeatWindow(number, day, heat, wished, wished + full)


def _shared_hours(slot: RequestSlot, day: HeatDay) -> float:
    start, end = max(slot.start, day.start), min(slot.start + timedelta(hours=slot.hours), day.end)
    return max((end - start) / timedelta(hours=1), 0.0)
