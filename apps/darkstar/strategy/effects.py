"""What rules of the strategy do to a plan: value types, and their application to forecast, heat and car."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..forecast.bands import Band, Forecast, ForecastSlot, Scenarios
from ..home.slots import overlap_hours
from ..home.vehicle import VehicleState
from ..optimizer.request import HeatDay, RequestSlot

_HOUR = timedelta(hours=1)
_DAY_HOURS = 24
TRIP_REACH = timedelta(hours=12)
"""A trip that begins so soon after the car's departure is what the departure is for."""


@dataclass(frozen=True, slots=True)
class LoadChange:
    """Load of `[start, end)`: `towards` p10 (-1) or p90 (1) of its band, and `add_kw` more."""

    start: datetime
    end: datetime
    towards: float = 0.0
    add_kw: float = 0.0


@dataclass(frozen=True, slots=True)
class WaterChange:
    """Heat owed in `[start, end)`, as share of the usual: 0 is none, 1.5 is half more."""

    start: datetime
    end: datetime
    share: float


@dataclass(frozen=True, slots=True)
class Trip:
    """The car is to be full before `start`."""

    start: datetime


@dataclass(frozen=True, slots=True)
class Effect:
    """What one rule does to this plan, in `words`; empty words: nothing."""

    rule: str
    words: str = ""
    loads: tuple[LoadChange, ...] = ()
    waters: tuple[WaterChange, ...] = ()
    trips: tuple[Trip, ...] = ()
    volatility: float = 0.0
    """Of the weather, 0 to 1: it moves the reserve away from its usual size."""
    reserve_points: float = 0.0
    """Added to the reserve, in percent of the battery."""


@dataclass(frozen=True, slots=True)
class Effects:
    """What all rules do to this plan."""

    each: tuple[Effect, ...] = ()

    @property
    def loads(self) -> tuple[LoadChange, ...]:
        """Of all rules."""
        return tuple(change for effect in self.each for change in effect.loads)

    @property
    def waters(self) -> tuple[WaterChange, ...]:
        """Of all rules."""
        return tuple(change for effect in self.each for change in effect.waters)

    @property
    def trips(self) -> tuple[Trip, ...]:
        """Of all rules."""
        return tuple(trip for effect in self.each for trip in effect.trips)

    @property
    def volatility(self) -> float:
        """Of the weather, 0 to 1."""
        return max((effect.volatility for effect in self.each), default=0.0)

    @property
    def reserve_points(self) -> float:
        """Added to the reserve by all rules together."""
        return sum(effect.reserve_points for effect in self.each)

    @property
    def notes(self) -> tuple[str, ...]:
        """One line per rule that does something, one for all the others."""
        idle = [effect.rule for effect in self.each if not effect.words]
        return (
            *(f"{effect.rule}: {effect.words}" for effect in self.each if effect.words),
            *([f"rules without effect: {', '.join(idle)}"] if idle else []),
        )


def changed_forecast(forecast: Forecast, changes: Sequence[LoadChange]) -> Forecast:
    """The forecast with the changes of load that overlap its slots, in proportion."""
    if not changes:
        return forecast
    return replace(forecast, slots=tuple(_changed_slot(slot, changes) for slot in forecast.slots))


def _changed_slot(slot: ForecastSlot, changes: Iterable[LoadChange]) -> ForecastSlot:
    load, end = slot.load_kwh, slot.start + slot.hours * _HOUR
    towards = added = 0.0
    for change in changes:
        hours = overlap_hours(slot.start, end, change.start, change.end)
        towards += change.towards * hours / slot.hours
        added += change.add_kw * hours
    moved = max(_within(load, min(max(towards, -1.0), 1.0)) + added, 0.0)
    if moved == load.expected:
        return slot
    return replace(slot, load_kwh=_moved(load, moved, added))


def _moved(band: Band, expected: float, added: float) -> Band:
    """The band around another expected energy, with so much added to its edges."""
    low, high = min(max(band.p10 + added, 0.0), expected), max(band.p90 + added, expected)
    return Band(low, min(max(band.p50 + expected - band.expected, low), high), high, expected)


def _within(band: Band, towards: float) -> float:
    side = band.p90 - band.expected if towards > 0 else band.expected - band.p10
    return band.expected + towards * max(side, 0.0)


def changed_heat(days: Sequence[HeatDay], daily_kwh: float, changes: Sequence[WaterChange]) -> tuple[HeatDay, ...]:
    """What the days owe after the changes; `daily_kwh` is what a whole day usually owes."""
    return tuple(
        replace(day, energy_kwh=max(day.energy_kwh + _heat_moved(day, daily_kwh, changes), 0.0)) for day in days
    )


def _heat_moved(day: HeatDay, daily_kwh: float, changes: Iterable[WaterChange]) -> float:
    shares = ((change.share - 1) * overlap_hours(day.start, day.end, change.start, change.end) for change in changes)
    return sum(shares) / _DAY_HOURS * daily_kwh


def changed_vehicle(vehicle: VehicleState | None, trips: Sequence[Trip], now: datetime) -> VehicleState | None:
    """The car with all it can take before the first trip that begins by its departure, or soon after it."""
    due = sorted(trip.start for trip in trips if trip.start > now)
    if vehicle is None or not due or due[0] > vehicle.departure + TRIP_REACH:
        return vehicle
    return replace(vehicle, target_soc_percent=100.0, departure=min(vehicle.departure, due[0]))


def moved_scenarios(scenarios: Scenarios, before: Forecast, after: Sequence[RequestSlot]) -> Scenarios:
    """The scenarios with what rules and caution add to the expected net load of each slot."""
    moved = [
        (now.load_kwh - now.pv_kwh) - (was.load_kwh.expected - was.pv_kwh.expected)
        for was, now in zip(before.slots, after, strict=True)
    ]
    if not any(moved):
        return scenarios
    return tuple(tuple(net + more for net, more in zip(path, moved, strict=True)) for path in scenarios)
