"""What a storage can do in a slot: power, availability, minimum power, and less of it near full and empty.

A taper is a line in stored energy: `power <= max_kw - slope_kw * (stored - from)`, taken at the mean of
what is stored at the slot's start and end. With `stored` negated the same holds for discharging.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import inf

from .request import BatteryRequest, ForcedPower, RequestSlot, Taper, Window


@dataclass(frozen=True, slots=True)
class PowerLimits:
    """Bounds of a storage in one slot, in kWh (AC). A flow is zero or at least its minimum.

    `hours` is how long the storage is there within the slot.
    """

    hours: float
    charge_kwh: float
    discharge_kwh: float
    least_charge_kwh: float
    least_discharge_kwh: float


@dataclass(frozen=True, slots=True)
class Edge:
    """Where a flow gets less and ends. `sign` is 1 for charging, -1 for discharging.

    All levels are `sign` times stored energy: they rise while the flow goes on. Above `from_level` power
    falls by `slope_kw` per kWh, at `dead_level` nothing flows. `gain` is how much the level rises per kWh (AC).
    """

    sign: float
    gain: float
    max_kw: float
    slope_kw: float
    from_level: float
    dead_level: float

    def is_dead(self, stored_kwh: float) -> bool:
        """Whether nothing can flow at this SoC."""
        return self.sign * stored_kwh >= self.dead_level

    def most_kwh(self, hours: float, stored_kwh: float) -> float:
        """The largest flow within `hours` that begins at this SoC, in kWh (AC)."""
        room = self.dead_level - self.sign * stored_kwh
        if room <= 0:
            return 0.0
        line_kw = self.max_kw - self.slope_kw * (self.sign * stored_kwh - self.from_level)
        # The level in the middle of the slot rises by half of what flows.
        tapered = hours * line_kw / (1 + hours * self.slope_kw * self.gain / 2)
        return min(room / self.gain, max(tapered, 0.0))


def power_limits(storage: BatteryRequest, slots: Sequence[RequestSlot]) -> tuple[PowerLimits, ...]:
    """The bounds of each slot. Where the minimum is above the maximum nothing flows."""
    if storage.available:
        windows = tuple(_merged(storage.available))
        free = tuple(_limits(storage, _shared_hours(windows, slot.start, slot.end)) for slot in slots)
    else:
        of_length = {hours: _limits(storage, hours) for hours in {slot.hours for slot in slots}}
        free = tuple(of_length[slot.hours] for slot in slots)
    if not storage.forced:
        return free
    return tuple(_limited(limits, forced_in(storage, slot)) for limits, slot in zip(free, slots, strict=True))


def forced_in(storage: BatteryRequest, slot: RequestSlot) -> ForcedPower | None:
    """What somebody has said of a slot: the first rule in which its middle lies."""
    middle = slot.start + (slot.end - slot.start) / 2
    return next((force for force in storage.forced if force.start <= middle < force.end), None)


def _limited(limits: PowerLimits, force: ForcedPower | None) -> PowerLimits:
    """The bounds within those of a forced power: what is to be charged is not discharged, and the other way round."""
    if force is None:
        return limits
    charge_kw = 0.0 if force.least_discharge_kw > 0 else force.max_charge_kw
    discharge_kw = 0.0 if force.least_charge_kw > 0 else force.max_discharge_kw
    return replace(
        limits,
        charge_kwh=_within(limits.charge_kwh, charge_kw, limits.hours, limits.least_charge_kwh),
        discharge_kwh=_within(limits.discharge_kwh, discharge_kw, limits.hours, limits.least_discharge_kwh),
    )


def _within(most_kwh: float, max_kw: float | None, hours: float, least_kwh: float) -> float:
    if max_kw is None:
        return most_kwh
    within = min(most_kwh, max_kw * hours)
    return within if within >= least_kwh else 0.0


def available_hours(storage: BatteryRequest, start: datetime, end: datetime) -> float:
    """How long the storage is there between two instants."""
    windows = tuple(_merged(storage.available)) if storage.available else (Window(start, end),)
    return _shared_hours(windows, start, end)


def charge_edge(storage: BatteryRequest) -> Edge | None:
    """How charging ends near full; None where the room alone bounds it."""
    max_kw, taper = max(storage.max_charge_kw, 0.0), storage.charge_taper
    slope = _slope(max_kw, taper)
    if taper is None or slope <= 0:
        return None
    return Edge(1.0, storage.charge_efficiency, max_kw, slope, taper.from_kwh, taper.from_kwh + max_kw / slope)


def discharge_edge(storage: BatteryRequest) -> Edge | None:
    """How discharging ends near empty; None where it goes on until nothing is left, or never begins."""
    max_kw, taper = max(storage.max_discharge_kw, 0.0), storage.discharge_taper
    if max_kw <= 0:
        return None
    gain, floor_level = 1 / storage.discharge_efficiency, -max(storage.discharge_floor_kwh, 0.0)
    slope = _slope(max_kw, taper)
    if taper is not None and slope > 0:
        return Edge(-1.0, gain, max_kw, slope, -taper.from_kwh, min(max_kw / slope - taper.from_kwh, floor_level))
    return Edge(-1.0, gain, max_kw, 0.0, 0.0, floor_level) if floor_level < 0 else None


def full_kwh(storage: BatteryRequest) -> float:
    """The SoC up to which it can be charged: its capacity, or where the taper ends."""
    edge = charge_edge(storage)
    return min(storage.capacity_kwh, inf if edge is None else edge.dead_level)


def empty_kwh(storage: BatteryRequest) -> float:
    """The SoC down to which it can be discharged: 0, its hard floor, or where the taper ends."""
    edge = discharge_edge(storage)
    return 0.0 if edge is None else max(-edge.dead_level, 0.0)


def _limits(storage: BatteryRequest, hours: float) -> PowerLimits:
    charge_kw, discharge_kw = max(storage.max_charge_kw, 0.0), max(storage.max_discharge_kw, 0.0)
    least_charge_kw, least_discharge_kw = max(storage.min_charge_kw, 0.0), max(storage.min_discharge_kw, 0.0)
    return PowerLimits(
        hours,
        charge_kw * hours if charge_kw >= least_charge_kw else 0.0,
        discharge_kw * hours if discharge_kw >= least_discharge_kw else 0.0,
        least_charge_kw * hours,
        least_discharge_kw * hours,
    )


def _slope(max_kw: float, taper: Taper | None) -> float:
    """How much power falls per kWh; 0 where the taper takes nothing away."""
    if taper is None or taper.from_kwh == taper.to_kwh:
        return 0.0
    return (max_kw - max(taper.end_kw, 0.0)) / abs(taper.to_kwh - taper.from_kwh)


def _merged(windows: Sequence[Window]) -> Iterator[Window]:
    """The same instants in windows that do not overlap, in order."""
    open_until: datetime | None = None
    for window in sorted(windows, key=lambda one: one.start):
        start = window.start if open_until is None else max(window.start, open_until)
        if start < window.end:
            yield Window(start, window.end)
            open_until = window.end


def _shared_hours(windows: Sequence[Window], start: datetime, end: datetime) -> float:
    shared = (min(window.end, end) - max(window.start, start) for window in windows)
    return sum(max(span / timedelta(hours=1), 0.0) for span in shared)
