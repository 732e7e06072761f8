"""Made-up plan requests, as varied as homes are: a number gives the same request everywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any

import numpy as np

from ..forecast.bands import Scenarios
from ..optimizer.request import (
    BatteryRequest,
    DayPeak,
    GridRequest,
    HeatDay,
    HeaterRequest,
    MeteringInterval,
    PlanRequest,
    PowerTariffRequest,
    RequestSlot,
    VehicleRequest,
)

_MIDNIGHT = datetime(2026, 3, 10, tzinfo=UTC)
_HOUR = timedelta(hours=1)
_HORIZON_H = 48
_TWO_WEEKS_H = 14 * 24
_SCENARIOS = 28
_NIGHT_ENDS, _NIGHT_BEGINS = 6, 22
_HALF_DAYLIGHT_H = 5.0
_EXPORT_SHARE = 0.8
_ENERGY_TAX = 0.6
_VAT = 1.25


class Prices(StrEnum):
    """Kinds of price days."""

    SPOT = "spot prices"
    FLAT = "flat price"
    LEVELS = "two price levels"
    NEGATIVE = "negative prices"


@dataclass(frozen=True, slots=True)
class Sample:
    """A plan request, and net loads that may come instead of the expected ones."""

    request: PlanRequest
    scenarios: Scenarios


def prices_of(number: int) -> Prices:
    """The kind of prices that a sample has: the kinds take turns."""
    return tuple(Prices)[number % len(Prices)]


def battery_home(number: int) -> Sample:
    """48 h in quarter-hours, the first slot short: a battery behind a fuse, with PV or without."""
    chance = np.random.default_rng(number)
    start = _MIDNIGHT + timedelta(minutes=float(chance.integers(0, 24 * 60)))
    return _home(chance, _quarters(start), prices_of(number))


def full_home(number: int) -> Sample:
    """The battery home with a water heater, a car to be charged, and a power tariff of three peaks."""
    sample = battery_home(number)
    chance = np.random.default_rng(number + 1_000_000)
    request = sample.request
    grid = replace(request.grid, power_tariffs=(_power_tariff(chance, request.slots),))
    devices = replace(
        request, grid=grid, heaters=(_heater(chance, request.slots),), vehicles=(_car(chance, request.slots),)
    )
    return replace(sample, request=devices)


def two_weeks(number: int) -> Sample:
    """14 days in hours, with two batteries."""
    chance = np.random.default_rng(number)
    slots = tuple((_MIDNIGHT + index * _HOUR, 1.0) for index in range(_TWO_WEEKS_H))
    sample = _home(chance, slots, prices_of(number))
    second = _battery(chance)
    return replace(sample, request=replace(sample.request, batteries=(*sample.request.batteries, second)))


SAMPLES: dict[str, Callable[[int], Sample]] = {
    "battery + heater + car + power tariff": full_home,
    "battery alone": battery_home,
    "14 days hourly, two batteries": two_weeks,
}


def _quarters(start: datetime) -> tuple[tuple[datetime, float], ...]:
    """Starts and lengths of 192 slots: the first is what is left of a quarter-hour."""
    edge = start.replace(minute=start.minute - start.minute % 15, second=0, microsecond=0)
    edges = [start, *(edge + timedelta(minutes=15 * count) for count in range(1, 4 * _HORIZON_H + 1))]
    return tuple((begin, (end - begin) / _HOUR) for begin, end in pairwise(edges))


def _home(chance: Any, slots: tuple[tuple[datetime, float], ...], prices: Prices) -> Sample:  # noqa: ANN401 - numpy's generator has no stable name
    clock = np.array([(begin.hour + begin.minute / 60) for begin, _ in slots])
    length = np.array([hours for _, hours in slots])
    load_kw = _load_kw(chance, clock)
    pv_kw = _pv_kw(chance, clock)
    bought, sold = _money(chance, clock, prices)
    known_h = float(chance.uniform(11, 35))
    request = PlanRequest(
        created_at=slots[0][0],
        currency="SEK",
        slots=tuple(
            RequestSlot(
                begin,
                hours,
                float(load_kw[index] * hours),
                float(pv_kw[index] * hours),
                float(bought[index]),
                float(sold[index]),
                (begin - slots[0][0]) / _HOUR < known_h,
            )
            for index, (begin, hours) in enumerate(slots)
        ),
        batteries=(_battery(chance),),
        grid=GridRequest(max_import_kw=float(chance.choice([11.0, 13.8, 17.3])), max_export_kw=11.0),
    )
    return Sample(request, _scenarios(chance, (load_kw - pv_kw) * length, length))


def _load_kw(chance: Any, clock: Any) -> Any:  # noqa: ANN401 - numpy arrays
    base, evening, morning = chance.uniform(0.2, 0.9), chance.uniform(0.5, 2.5), chance.uniform(0.2, 1.2)
    shape = base + evening * np.exp(-((clock - 18.5) ** 2) / 6) + morning * np.exp(-((clock - 7.0) ** 2) / 2)
    return shape * chance.uniform(0.7, 1.3, len(clock))


def _pv_kw(chance: Any, clock: Any) -> Any:  # noqa: ANN401 - numpy arrays
    peak = chance.choice([0.0, 4.0, 8.0, 12.0]) * chance.uniform(0.2, 1.0)
    bell = np.maximum(np.cos((clock - 12.0) / _HALF_DAYLIGHT_H * np.pi / 2), 0.0)
    daylight = np.where(np.abs(clock - 12.0) < _HALF_DAYLIGHT_H, bell, 0.0)
    return peak * daylight * chance.uniform(0.3, 1.0, len(clock))


def _money(chance: Any, clock: Any, prices: Prices) -> tuple[Any, Any]:  # noqa: ANN401 - numpy arrays
    """Import and export price per kWh."""
    if prices is Prices.FLAT:
        return np.full(len(clock), chance.uniform(1.0, 2.5)), np.full(len(clock), chance.uniform(0.2, 0.9))
    if prices is Prices.LEVELS:
        night = (clock < _NIGHT_ENDS) | (clock >= _NIGHT_BEGINS)
        return np.where(night, chance.uniform(0.8, 1.3), chance.uniform(1.6, 2.6)), np.full(len(clock), 0.5)
    shape = np.exp(-((clock - 18.0) ** 2) / 8) + 0.7 * np.exp(-((clock - 8.0) ** 2) / 4)
    shape -= chance.uniform(0.2, 0.6) * np.exp(-((clock - 13.0) ** 2) / 6)
    spot = chance.uniform(0.2, 0.7) + chance.uniform(0.3, 1.5) * shape + chance.normal(0.0, 0.06, len(clock))
    if prices is Prices.NEGATIVE:
        spot -= chance.uniform(0.8, 1.6)
    return _VAT * spot + _ENERGY_TAX, spot


def _battery(chance: Any) -> BatteryRequest:  # noqa: ANN401 - numpy's generator
    capacity, power = ((5.0, 2.5), (10.0, 5.0), (20.0, 8.0))[int(chance.integers(0, 3))]
    efficiency = float(chance.choice([0.93, 0.95, 0.97]))
    return BatteryRequest(
        capacity_kwh=capacity,
        initial_kwh=float(chance.uniform(0.05, 1.0)) * capacity,
        min_kwh=0.1 * capacity,
        max_kwh=capacity,
        max_charge_kw=power,
        max_discharge_kw=power,
        charge_efficiency=efficiency,
        discharge_efficiency=efficiency,
        wear_cost_per_kwh=float(chance.choice([0.0, 0.05, 0.3])),
        end_value_per_kwh=float(chance.uniform(0.5, 1.3)),
    )


def _heater(chance: Any, slots: tuple[RequestSlot, ...]) -> HeaterRequest:  # noqa: ANN401 - numpy's generator
    day_kwh = float(chance.uniform(3.0, 9.0))
    midnight = slots[0].start.replace(hour=0, minute=0)
    gone = (slots[0].start - midnight) / (24 * _HOUR)
    owed = (day_kwh * (1 - gone), day_kwh, day_kwh * gone)
    days = tuple(
        HeatDay(midnight + day * 24 * _HOUR, midnight + (day + 1) * 24 * _HOUR, kwh) for day, kwh in enumerate(owed)
    )
    return HeaterRequest(
        power_kw=float(chance.choice([2.0, 3.0])),
        days=days,
        start_cost=0.04,
        heated_until=slots[0].start - timedelta(hours=float(chance.uniform(0.0, 9.0))),
        max_gap_hours=float(chance.choice([10.0, 12.0, 16.0])),
        gap_price_per_hour=float(chance.uniform(0.2, 1.0)),
        min_spacing_hours=float(chance.choice([2.0, 4.0])),
    )


def _car(chance: Any, slots: tuple[RequestSlot, ...]) -> VehicleRequest:  # noqa: ANN401 - numpy's generator
    plugged_in = slots[0].start + timedelta(hours=float(chance.uniform(-6.0, 12.0)))
    capacity = float(chance.choice([40.0, 60.0, 77.0]))
    initial = capacity * float(chance.uniform(0.2, 0.6))
    return VehicleRequest(
        capacity_kwh=capacity,
        initial_kwh=initial,
        needed_kwh=min(initial + float(chance.uniform(4.0, 30.0)), capacity),
        plugged_in=plugged_in,
        departure=max(plugged_in, slots[0].start) + timedelta(hours=float(chance.uniform(7.0, 16.0))),
        phases=int(chance.choice([1, 3])),
        name="car",
    )


def _power_tariff(chance: Any, slots: tuple[RequestSlot, ...]) -> PowerTariffRequest:  # noqa: ANN401 - numpy's generator
    first = slots[0].start.replace(minute=0)
    intervals = []
    while first < slots[-1].end:
        intervals.append(MeteringInterval(first, 1.0, first.date().isoformat()))
        first += _HOUR
    past = tuple(DayPeak(f"2026-03-0{day}", float(chance.uniform(2.0, 7.0))) for day in range(1, 4))
    expected = tuple(float(peak) for peak in chance.uniform(2.0, 5.0, 2))
    return PowerTariffRequest(
        tuple(intervals), float(chance.uniform(30.0, 90.0)), 3, past=past, expected_kw=expected, name="power tariff"
    )


def _scenarios(chance: Any, net_kwh: Any, hours: Any) -> Scenarios:  # noqa: ANN401 - numpy arrays
    """Net loads around the expected one, with errors that last for hours."""
    errors = np.zeros((_SCENARIOS, len(net_kwh)))
    error = np.zeros(_SCENARIOS)
    for index, length in enumerate(hours):
        stays = np.exp(-length / 3.0)
        error = stays * error + np.sqrt(1 - stays**2) * chance.normal(0.0, 0.5, _SCENARIOS)
        errors[:, index] = error * length
    return tuple(tuple(map(float, row)) for row in net_kwh + errors)
