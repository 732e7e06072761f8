"""Heat days: which slots serve them, how much is enough, how much is too much."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from ..request import HeatDay, HeaterRequest, PlanRequest, RequestSlot

TOLERANCE = 0.05
"""A day's heat may fall short by this part of one slot's: a slot that began seconds ago still counts."""
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class HeatWindow:
    """The slots that can serve one heat day of one heater, with the heat (kWh) each gives within the day.

    Between `need_kwh` and `cap_kwh` the day is served: at most one slot more than needed, also when
    energy is free or negative.
    """

    heater: int
    day: HeatDay
    heat_kwh: tuple[tuple[int, float], ...]
    """Heat of each slot at full power."""
    shares: tuple[float, ...]
    """Part of each of these slots that lies in the day."""
    need_kwh: float
    cap_kwh: float

    @property
    def tolerance_kwh(self) -> float:
        """The shortage that nobody notices."""
        return TOLERANCE * max(kwh for _, kwh in self.heat_kwh)

    def delivered_kwh(self, energies_kwh: Sequence[float]) -> float:
        """Heat within the day when the heater takes these energies, one per slot of the request."""
        pairs = zip(self.heat_kwh, self.shares, strict=True)
        return sum(share * energies_kwh[slot] for (slot, _), share in pairs)


def heat_windows(request: PlanRequest) -> tuple[HeatWindow, ...]:
    """The heat days of all heaters that the horizon can serve. Parts of slots count as parts."""
    return tuple(
        window for number, heater in enumerate(request.heaters) for window in windows_of(number, heater, request.slots)
    )


def windows_of(number: int, heater: HeaterRequest, slots: Sequence[RequestSlot]) -> tuple[HeatWindow, ...]:
    """The heat days of one heater, in order of time.

    A day that owes nothing counts only where a longest gap asks for heat all the same.
    """
    days = sorted(heater.days, key=lambda day: day.start)
    ends = [slot.end for slot in slots]
    windows = (_window(number, heater, day, heat) for day in days if (heat := _parts(heater, day, slots, ends)))
    return tuple(window for window in windows if window.need_kwh > 0 or _fills_gaps(heater))


def _fills_gaps(heater: HeaterRequest) -> bool:
    return heater.max_gap_hours is not None and heater.gap_price_per_hour > 0


def _parts(
    heater: HeaterRequest, day: HeatDay, slots: Sequence[RequestSlot], ends: Sequence[datetime]
) -> tuple[tuple[int, float, float], ...]:
    """Slot, heat at full power within the day, and the part of the slot in the day."""
    first, after = bisect_right(ends, day.start), bisect_left(slots, day.end, key=lambda slot: slot.start)
    shares = ((index, slots[index], _shared(slots[index], day)) for index in range(first, after))
    parts = ((index, heater.power_kw * slot.hours * share, share) for index, slot, share in shares)
    return tuple(part for part in parts if part[1] > 0)


def _window(
    number: int, heater: HeaterRequest, day: HeatDay, parts: tuple[tuple[int, float, float], ...]
) -> HeatWindow:
    heat = tuple((index, kwh) for index, kwh, _ in parts)
    shares = tuple(share for _, _, share in parts)
    full = max(kwh for _, kwh in heat)
    if heater.min_power_kw is not None:
        room = heater.min_power_kw / heater.power_kw * full
        return HeatWindow(number, day, heat, shares, day.energy_kwh, day.energy_kwh + room)
    wished = max(day.energy_kwh - TOLERANCE * full, 0.0)
    enough = ceil(wished / full - _ROUNDING)
    room = full if _fills_gaps(heater) else 0.0
    if all(kwh > full - _ROUNDING for _, kwh in heat) and len(heat) >= enough:
        # With slots of one length the need rounds up to whole slots: the relaxation gets tight.
        return HeatWindow(number, day, heat, shares, enough * full, enough * full + room)
    return HeatWindow(number, day, heat, shares, wished, wished + full)


def _shared(slot: RequestSlot, day: HeatDay) -> float:
    """Part of a slot that lies in a day."""
    start, end = max(slot.start, day.start), min(slot.end, day.end)
    return max((end - start) / (slot.end - slot.start), 0.0)
