"""The PV forecast that the owner already has in Home Assistant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from ..forecast.bands import PvInterval
from ..home.ports import EntityState, StateReader
from ..home.problem import Problem, Severity
from ..home.settings import HomeSettings
from ..home.slots import SLOT_MINUTES, floor_to_slot, local_date, local_day, slots_between
from .pv_formats import parse_forecast_solar, parse_open_meteo, parse_solcast

Parser = Callable[[EntityState, ZoneInfo], tuple[PvInterval, ...]]

_PARSERS: Mapping[str, Parser] = MappingProxyType(
    {"solcast": parse_solcast, "forecast_solar": parse_forecast_solar, "open_meteo": parse_open_meteo}
)
_LISTS: Mapping[str, str] = MappingProxyType(
    {
        "solcast": "detailedForecast or detailedHourly",
        "forecast_solar": "watts or wh_period",
        "open_meteo": "wh_period or watts",
    }
)
_QUARTER = timedelta(minutes=SLOT_MINUTES)
_QUARTER_HOURS = _QUARTER / timedelta(hours=1)
_REACH = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class PvReading:
    """Forecast PV energy of the whole home per quarter-hour, and what is wrong with it."""

    intervals: tuple[PvInterval, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_pv_forecast(reader: StateReader, home: HomeSettings, now: datetime) -> PvReading:
    """Read the configured forecast sensors, from local midnight on.

    Intervals of any length are spread evenly over quarter-hours. Where sensors overlap they are added:
    each of them is an array. The sum (and each quantile) never exceeds the peak power of
    `pv_arrays`. An unreadable sensor is a problem and leaves the others' intervals as they are.
    """
    parse = _PARSERS.get(home.pv_forecast.source)
    if parse is None:
        return PvReading()
    midnight, _ = local_day(local_date(now, home.zone), home.zone)
    found: list[PvInterval] = []
    faults: list[str] = []
    for entity_id in home.pv_forecast.entities:
        state = reader.state(entity_id)
        intervals = () if state is None else parse(state, home.zone)
        near = [piece for piece in intervals if piece.end > midnight and piece.start < midnight + _REACH]
        found.extend(_scaled(piece, home.pv_forecast.scale) for piece in near)
        if not intervals:
            faults.append(_fault(entity_id, state, home))
    quarters = _added(found, sum(array.kwp for array in home.pv_arrays) or None)
    if not faults and not any(quarter.end > now for quarter in quarters):
        faults.append(f"{', '.join(home.pv_forecast.entities)} forecast nothing after now")
    return PvReading(quarters, _problems(faults, now))


def _scaled(interval: PvInterval, scale: float) -> PvInterval:
    """The interval with its energies times `pv_forecast.scale`."""
    low, high = interval.p10_kwh, interval.p90_kwh
    return PvInterval(
        interval.start,
        interval.end,
        interval.kwh * scale,
        None if low is None else low * scale,
        None if high is None else high * scale,
    )


def _added(intervals: Iterable[PvInterval], peak_kw: float | None) -> tuple[PvInterval, ...]:
    pieces: dict[datetime, list[PvInterval]] = defaultdict(list)
    for interval in intervals:
        for piece in _quarters_of(interval):
            pieces[floor_to_slot(piece.start)].append(piece)
    return tuple(_sum(start, pieces[start], peak_kw) for start in sorted(pieces))


def _quarters_of(interval: PvInterval) -> Iterable[PvInterval]:
    hours = (interval.end - interval.start) / timedelta(hours=1)
    for slot in slots_between(interval.start, interval.end):
        share = slot.hours / hours
        low, high = interval.p10_kwh, interval.p90_kwh
        yield PvInterval(
            slot.start,
            slot.end,
            interval.kwh * share,
            None if low is None else low * share,
            None if high is None else high * share,
        )


def _sum(start: datetime, pieces: Sequence[PvInterval], peak_kw: float | None) -> PvInterval:
    """Pieces of one quarter-hour added; quantiles only where every piece has them."""
    lows = [piece.p10_kwh for piece in pieces if piece.p10_kwh is not None]
    highs = [piece.p90_kwh for piece in pieces if piece.p90_kwh is not None]
    limit = float("inf") if peak_kw is None else peak_kw * _QUARTER_HOURS
    complete = len(lows) == len(pieces) == len(highs)
    return PvInterval(
        start,
        start + _QUARTER,
        min(sum(piece.kwh for piece in pieces), limit),
        min(sum(lows), limit) if complete else None,
        min(sum(highs), limit) if complete else None,
    )


def _fault(entity_id: str, state: EntityState | None, home: HomeSettings) -> str:
    if state is None:
        return f"Home Assistant has no entity {entity_id}"
    return f"{entity_id} has no forecast in {_LISTS[home.pv_forecast.source]} (it says '{state.state}')"


def _problems(faults: Sequence[str], now: datetime) -> tuple[Problem, ...]:
    if not faults:
        return ()
    return (
        Problem(
            "pv_forecast_unreadable",
            Severity.WARNING,
            now,
            f"The PV forecast is incomplete: {'; '.join(faults)}.",
            "Check pv_forecast.entities in apps.yaml and the integration behind them; Forecast.Solar's own sensors "
            "carry only today, later days need a template sensor on the action forecast_solar.get_forecast.",
        ),
    )
