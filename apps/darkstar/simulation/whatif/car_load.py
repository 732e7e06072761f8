"""The load of a car that is charged every night: at once, or when the night is cheapest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ...home.prices import PriceCurve
from ...home.slots import Slot, local_date, overlap_hours, to_utc
from ..series import HomeSeries
from .changes import CarChange

_DAY = timedelta(days=1)


def car_load(car: CarChange, series: HomeSeries, prices: PriceCurve, zone: ZoneInfo) -> tuple[float, ...]:
    """What the car takes in each interval of a series, in kWh; stays that the series cuts off are charged in part."""
    taken = [0.0] * len(series.load_kwh)
    slots = series.slots
    for arrival, departure in _stays(car, series.start, series.end, zone):
        there = [number for number, slot in enumerate(slots) if arrival <= slot.start and slot.end <= departure]
        left = car.kwh_per_day * _share_inside(arrival, departure, series)
        for number in _in_order(car, there, slots, prices):
            kwh = min(left, car.max_kw * slots[number].hours)
            taken[number] += kwh
            left -= kwh
    return tuple(taken)


def _in_order(car: CarChange, there: list[int], slots: tuple[Slot, ...], prices: PriceCurve) -> list[int]:
    if car.charging == "at_once":
        return there

    def price_of(number: int) -> tuple[float, int]:
        price = prices.mean_over(slots[number])
        return (float("inf") if price is None else price.import_per_kwh), number

    return sorted(there, key=price_of)


def _stays(car: CarChange, start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """The nights at home that overlap `[start, end)`."""
    day = local_date(start, zone) - _DAY
    while True:
        arrival = to_utc(datetime.combine(day, car.arrival, zone))
        leaves = day if car.departure > car.arrival else day + _DAY
        departure = to_utc(datetime.combine(leaves, car.departure, zone))
        if arrival >= end:
            return
        if departure > start:
            yield arrival, departure
        day += _DAY


def _share_inside(arrival: datetime, departure: datetime, series: HomeSeries) -> float:
    return overlap_hours(arrival, departure, series.start, series.end) / ((departure - arrival) / timedelta(hours=1))
