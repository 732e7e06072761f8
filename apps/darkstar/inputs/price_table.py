"""Rows of a price list turned into spot prices: placed in time, without repeats or overlap."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ..home.finite import number
from ..home.prices import SpotPrice
from ..home.slots import local_day
from .instants import LONGEST_INTERVAL, ends_of, to_utc_series
from .units import Unreadable

_STEPS_MINUTES = (60, 30, 15)


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One entry of a price list as it came: times as text or datetime, value as any JSON."""

    start: object
    value: object
    end: object = None


@dataclass(frozen=True, slots=True)
class SpotTable:
    """What a price list gave: prices sorted by start without overlap, in currency per kWh.

    `forecast` holds prices that the source itself calls a forecast; `faults` what could not be read.
    """

    prices: tuple[SpotPrice, ...] = ()
    faults: tuple[Unreadable, ...] = ()
    forecast: tuple[SpotPrice, ...] = ()


def from_rows(source: str, rows: Sequence[PriceRow], factor: float, zone: ZoneInfo) -> SpotTable:
    """Price table of rows that name their start.

    The end comes from the row, else from the next start. Of rows with the same start the later row
    counts. Rows without a number are left out: tomorrow is often listed before it is published.
    """
    placed = {
        start: row
        for start, row in zip(to_utc_series([row.start for row in rows], zone), rows, strict=True)
        if start is not None
    }
    if rows and not placed:
        return SpotTable(faults=(_misread(source, f"no readable start time, the first is '{rows[0].start}'"),))
    starts = sorted(placed)
    inferred = ends_of(starts, zone)
    given = dict(zip(starts, to_utc_series([placed[start].end for start in starts], zone), strict=True))
    prices = []
    for start in starts:
        end = given[start]
        if end is None or not start < end <= start + LONGEST_INTERVAL:
            end = inferred.get(start)
        value = _scaled(placed[start].value, factor)
        if end is not None and value is not None:
            prices.append(SpotPrice(start, end, value))
    return _without_overlap(source, prices)


def from_day_list(source: str, values: Sequence[object], day: date, factor: float, zone: ZoneInfo) -> SpotTable:
    """Price table of a bare list of numbers for a local day.

    The slot length is the day's real length (23, 24 or 25 hours) divided by the number of values. A
    list that does not divide the day into hours, half-hours or quarters is refused: it would shift.
    """
    start, end = local_day(day, zone)
    minutes = round((end - start) / timedelta(minutes=1))
    step = next((step for step in _STEPS_MINUTES if values and len(values) * step == minutes), None)
    if step is None:
        expected = ", ".join(str(minutes // step) for step in _STEPS_MINUTES)
        fault = _misread(source, f"{len(values)} values for {day.isoformat()}, where one of {expected} fills the day")
        return SpotTable(faults=(fault,))
    edges = [start + timedelta(minutes=step * index) for index in range(len(values) + 1)]
    scaled = [_scaled(value, factor) for value in values]
    return SpotTable(
        tuple(
            SpotPrice(edge, after, value)
            for edge, after, value in zip(edges, edges[1:], scaled, strict=False)
            if value is not None
        )
    )


def merged(source: str, tables: Iterable[SpotTable]) -> SpotTable:
    """Several tables as one; where two give a price for the same start, the later table counts."""
    tables = tuple(tables)
    by_start: dict[datetime, SpotPrice] = {price.start: price for table in tables for price in table.prices}
    together = _without_overlap(source, sorted(by_start.values()))
    faults = tuple(fault for table in tables for fault in table.faults) + together.faults
    forecast = tuple(price for table in tables for price in table.forecast)
    return SpotTable(together.prices, tuple(dict.fromkeys(faults)), forecast)


def _scaled(value: object, factor: float) -> float | None:
    unscaled = number(value)
    if unscaled is None or not math.isfinite(unscaled * factor):
        return None
    return unscaled * factor


def _without_overlap(source: str, prices: Sequence[SpotPrice]) -> SpotTable:
    """Of two intervals that overlap the one that starts later counts; what is cut off stays a gap."""
    kept: list[SpotPrice] = []
    faults: tuple[Unreadable, ...] = ()
    for price in prices:
        if kept and kept[-1].end > price.start:
            faults = (_misread(source, f"intervals that overlap at {price.start.isoformat()}"),)
            kept[-1] = SpotPrice(kept[-1].start, price.start, kept[-1].per_kwh)
        kept.append(price)
    return SpotTable(tuple(kept), faults)


def _misread(source: str, what: str) -> Unreadable:
    return Unreadable(
        f"the price list of {source} has {what}",
        "Check the entity and its format: prices.source, prices.entity and prices.mapping in apps.yaml.",
    )
