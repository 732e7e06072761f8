"""One parser per PV forecast format: a sensor's attributes in, energy per interval out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from ..forecast.bands import PvInterval
from ..home.finite import number
from ..home.ports import EntityState
from ..home.slots import local_date, local_day
from .instants import LONGEST_INTERVAL, ends_of, to_utc_series

_HOUR = timedelta(hours=1)
_ENERGY_ATTRIBUTES = ("wh_period_15m", "wh_period", "wh_hours")


def parse_solcast(state: EntityState, zone: ZoneInfo) -> tuple[PvInterval, ...]:
    """HACS Solcast sensor: `detailedForecast`, else `detailedHourly`.

    Rows `{period_start, pv_estimate, pv_estimate10, pv_estimate90}`, mean power in kW over the 30 or
    60 minutes from `period_start`. Checked against BJReplay/ha-solcast-solar sensor.py and templates
    that halve the half-hours to kWh.
    """
    rows = _rows(state.attributes.get("detailedForecast")) or _rows(state.attributes.get("detailedHourly"))
    starts = to_utc_series([row.get("period_start") for row in rows], zone)
    row_of = {start: row for start, row in zip(starts, rows, strict=True) if start is not None}
    ends = ends_of(sorted(row_of), zone)
    return tuple(
        interval
        for start, end in ends.items()
        if (interval := _solcast_interval(start, end, row_of[start])) is not None
    )


def parse_open_meteo(state: EntityState, zone: ZoneInfo) -> tuple[PvInterval, ...]:
    """HACS Open-Meteo Solar Forecast sensor: `wh_period` (Wh from the named time on), else `watts`.

    `watts` is taken as the mean of the interval that its time begins. Checked against
    rany2/open-meteo-solar-forecast: both are keyed by the start of their interval; newer versions add
    `wh_period_15m`.
    """
    for attribute in _ENERGY_ATTRIBUTES:
        energies = _series(state.attributes.get(attribute), zone)
        if energies:
            return tuple(
                PvInterval(start, end, max(0.0, energies[start]) / 1000)
                for start, end in ends_of(tuple(energies), zone).items()
            )
    powers = _series(state.attributes.get("watts"), zone)
    return tuple(
        PvInterval(start, end, max(0.0, powers[start]) / 1000 * ((end - start) / _HOUR))
        for start, end in ends_of(tuple(powers), zone).items()
    )


def parse_forecast_solar(state: EntityState, zone: ZoneInfo) -> tuple[PvInterval, ...]:
    """Forecast.Solar: `watts`, the power at the named time, else `wh_period`, the Wh up to it.

    Times run from sunrise to sunset; the rest of a day that begins or ends at 0 is 0. Checked against
    homeassistant/components/forecast_solar/sensor.py (2026: today's curve as attributes of the sensor
    of today's production) and the answer recorded in home-assistant-libs/forecast_solar
    (tests/fixtures/forecast.json): its `watt_hours_period` equals the mean of the `watts` at both ends
    times the time up to the key, so the key is the end of the interval, not its start.
    """
    powers = _with_nights(_series(state.attributes.get("watts"), zone), zone)
    if powers:
        return tuple(
            PvInterval(start, end, max(0.0, (powers[start] + powers[end]) / 2) / 1000 * ((end - start) / _HOUR))
            for start, end in _neighbours(powers)
        )
    for attribute in _ENERGY_ATTRIBUTES:
        energies = _with_nights(_series(state.attributes.get(attribute), zone), zone)
        if energies:
            return tuple(PvInterval(start, end, max(0.0, energies[end]) / 1000) for start, end in _neighbours(energies))
    return ()


def _solcast_interval(start: datetime, end: datetime, row: Mapping[str, object]) -> PvInterval | None:
    hours = (end - start) / _HOUR
    power = number(row.get("pv_estimate"))
    if power is None:
        return None
    low, high = number(row.get("pv_estimate10")), number(row.get("pv_estimate90"))
    kwh = max(0.0, power) * hours
    return PvInterval(
        start,
        end,
        kwh,
        None if low is None else min(max(0.0, low) * hours, kwh),
        None if high is None else max(high * hours, kwh),
    )


def _rows(entries: object) -> list[Mapping[str, object]]:
    if not isinstance(entries, list | tuple):
        return []
    return [entry for entry in entries if isinstance(entry, Mapping)]


def _series(values: object, zone: ZoneInfo) -> dict[datetime, float]:
    """A `{time: number}` attribute by rising time in UTC, without what is not a number."""
    if not isinstance(values, Mapping):
        return {}
    placed = zip(to_utc_series(tuple(values), zone), map(number, values.values()), strict=True)
    found = {start: value for start, value in placed if start is not None and value is not None}
    return dict(sorted(found.items()))


def _with_nights(series: Mapping[datetime, float], zone: ZoneInfo) -> dict[datetime, float]:
    """The series with a 0 at the midnights before a sunrise and after a sunset."""
    complete = dict(series)
    days: dict[tuple[datetime, datetime], list[float]] = {}
    for instant, value in series.items():
        days.setdefault(local_day(local_date(instant, zone), zone), []).append(value)
    for (midnight, next_midnight), values in days.items():
        if values[0] == 0:
            complete.setdefault(midnight, 0.0)
        if values[-1] == 0:
            complete.setdefault(next_midnight, 0.0)
    return dict(sorted(complete.items()))


def _neighbours(series: Mapping[datetime, float]) -> Iterator[tuple[datetime, datetime]]:
    """Neighbouring times, without the holes in which something is missing."""
    instants: Sequence[datetime] = tuple(series)
    for start, end in pairwise(instants):
        dark = series[start] == 0 and series[end] == 0 and end - start <= LONGEST_INTERVAL
        if dark or end - start <= _HOUR:
            yield start, end
