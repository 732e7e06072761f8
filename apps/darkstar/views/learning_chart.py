"""What was forecast beside what was measured, as series for a chart; and what a day's forecast is made of.

Instants are milliseconds since 1970 (UTC), power in kW, energies in kWh. A hole in a series is None; no number is NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ..forecast.bands import Band, Forecast, ForecastSlot
from ..home.observation import NOT_LOAD, NOT_PV, Observation
from ..home.slots import local_date, local_day, to_utc
from .series import Drawn, Line, hour_ticks, milliseconds, tidy
from .words import moment, span

BASE_DAYS = 7
"""The base is the mean of so many days before at the same time."""
AHEAD = timedelta(days=1)
"""So much of the newest forecast is drawn."""
_FEWEST_DAYS = 2
_QUARTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a quantity is read."""

    name: str
    title: str
    band: Callable[[ForecastSlot], Band]
    measured: Callable[[Observation], float | None]
    unlike: frozenset[str]
    """Rows with one of these flags are no base."""


_KINDS = (
    _Kind("load", "Home", lambda slot: slot.load_kwh, lambda row: row.load_kwh, NOT_LOAD),
    _Kind("pv", "Solar", lambda slot: slot.pv_kwh, lambda row: row.pv_kwh, NOT_PV),
)


@dataclass(frozen=True, slots=True)
class _Told:
    """A slot as it was forecast, and when."""

    slot: ForecastSlot
    issued_at: datetime


def learning_chart(
    issued: Sequence[Forecast],
    newest: Forecast | None,
    rows: Sequence[Observation],
    start: datetime,
    now: datetime,
    lead: timedelta,
    zone: ZoneInfo,
) -> dict[str, Any]:
    """Load and PV from `start` on: each past slot as forecast at least `lead` before it, the coming ones by the newest.

    `issued` and `rows` are oldest first; `rows` also has the days before `start` that the base rests on.
    """
    told = [*_as_issued(issued, start, now, lead), *_coming(newest, now)]
    shown = [row for row in rows if row.start >= start]
    end = max((each.slot.start for each in told), default=now) + _QUARTER
    return {
        "now": milliseconds(now),
        "window": [milliseconds(start), milliseconds(end)],
        "ticks": list(hour_ticks(start, end, zone)),
        "spots": _spots(told, shown, zone),
        **{kind.name: _series(kind, told, shown, _by_start(kind, rows), zone) for kind in _KINDS},
    }


def made_of(
    newest: Forecast | None, rows: Sequence[Observation], now: datetime, zone: ZoneInfo
) -> list[dict[str, Any]]:
    """What the newest forecast of the rest of today and of tomorrow is made of: base, correction, and both together."""
    if newest is None:
        return []
    today = local_date(now, zone)
    found = []
    for day, title in ((today, "Rest of today"), (today + timedelta(days=1), "Tomorrow")):
        start, end = local_day(day, zone)
        slots = [slot for slot in newest.slots if max(start, now) <= slot.start < end]
        found += [_made(kind, title, slots, _by_start(kind, rows), zone) for kind in _KINDS if slots]
    return found


def _made(
    kind: _Kind, day: str, slots: Sequence[ForecastSlot], measured: Mapping[datetime, float], zone: ZoneInfo
) -> dict[str, Any]:
    expected = sum(kind.band(slot).expected for slot in slots)
    bases = [_base_kw(slot.start, measured, zone) for slot in slots]
    known = [kw * slot.hours for kw, slot in zip(bases, slots, strict=True) if kw is not None]
    base = sum(known) if len(known) == len(slots) else None
    return {
        "quantity": kind.name,
        "day": day,
        "title": kind.title,
        "base": None if base is None else tidy(base),
        "correction": None if base is None else tidy(expected - base),
        "expected": tidy(expected),
    }


def _as_issued(issued: Sequence[Forecast], start: datetime, now: datetime, lead: timedelta) -> Iterator[_Told]:
    """Each slot of `[start, now)` by the newest forecast that is at least `lead` older."""
    for forecast, following in zip(issued, (*issued[1:], None), strict=False):
        first = max(forecast.issued_at + lead, start)
        last = now if following is None else min(following.issued_at + lead, now)
        yield from (_Told(slot, forecast.issued_at) for slot in forecast.slots if first <= slot.start < last)


def _coming(newest: Forecast | None, now: datetime) -> Iterator[_Told]:
    if newest is not None:
        yield from (_Told(slot, newest.issued_at) for slot in newest.slots if now <= slot.start < now + AHEAD)


def _series(
    kind: _Kind, told: Sequence[_Told], rows: Sequence[Observation], measured: Mapping[datetime, float], zone: ZoneInfo
) -> dict[str, Any]:
    bands = [(each.slot, kind.band(each.slot)) for each in told]
    bases = [(slot, _base_kw(slot.start, measured, zone)) for slot, _ in bands]
    return {
        "p10": _line((slot, band.p10 / slot.hours) for slot, band in bands),
        "p90": _line((slot, band.p90 / slot.hours) for slot, band in bands),
        "expected": _line((slot, band.expected / slot.hours) for slot, band in bands),
        "base": _line(bases),
        "measured": _measured(kind, rows),
    }


def _spots(told: Sequence[_Told], rows: Sequence[Observation], zone: ZoneInfo) -> list[dict[str, Any]]:
    """What can be pointed at: each slot with what was told of it and what was measured, in words."""
    measured = {row.start: row for row in rows}
    found = {each.slot.start: _spot(each, measured.get(each.slot.start), zone) for each in told}
    for row in rows:
        if row.start not in found:
            found[row.start] = _place(row.start, row.end, zone) | {"rows": list(_measured_rows(row)), "reason": ""}
    return [found[start] for start in sorted(found)]


def _spot(told: _Told, row: Observation | None, zone: ZoneInfo) -> dict[str, Any]:
    slot = told.slot
    lines = []
    for kind in _KINDS:
        band = kind.band(slot)
        spread = f"{band.p10 / slot.hours:.2f} to {band.p90 / slot.hours:.2f}"
        lines.append([f"{kind.title}, expected", f"{band.expected / slot.hours:.2f} kW ({spread})"])
    rows = [*lines, *(_measured_rows(row) if row is not None else ())]
    reason = f"Forecast issued {moment(told.issued_at, zone)}."
    return _place(slot.start, slot.start + timedelta(hours=slot.hours), zone) | {"rows": rows, "reason": reason}


def _measured_rows(row: Observation) -> Iterator[list[str]]:
    for kind in _KINDS:
        kwh = kind.measured(row)
        if kwh is not None:
            yield [f"{kind.title}, measured", f"{kwh / row.hours:.2f} kW"]


def _place(start: datetime, end: datetime, zone: ZoneInfo) -> dict[str, Any]:
    return {"from": milliseconds(start), "to": milliseconds(end), "title": span(start, end, zone)}


def _line(values: Iterable[tuple[ForecastSlot, float | None]]) -> Drawn:
    line = Line()
    for slot, kw in values:
        line.step(slot.start, slot.start + timedelta(hours=slot.hours), kw)
    return line.drawn()


def _measured(kind: _Kind, rows: Iterable[Observation]) -> Drawn:
    line = Line()
    for row in rows:
        kwh = kind.measured(row)
        line.step(row.start, row.end, None if kwh is None else kwh / row.hours)
    return line.drawn()


def _by_start(kind: _Kind, rows: Iterable[Observation]) -> dict[datetime, float]:
    """Power of the rows that are like any other, by the quarter-hours that they cover."""
    found = {}
    for row in rows:
        kwh = kind.measured(row)
        if kwh is None or kind.unlike.intersection(row.flags):
            continue
        instant = row.start
        while instant < row.end:
            found[instant] = kwh / row.hours
            instant += _QUARTER
    return found


def _base_kw(instant: datetime, measured: Mapping[datetime, float], zone: ZoneInfo) -> float | None:
    """Mean of the days before at the same time of day at home; None where too few were measured."""
    local = instant.astimezone(zone).replace(tzinfo=None)
    past = (to_utc((local - timedelta(days=back)).replace(tzinfo=zone)) for back in range(1, BASE_DAYS + 2))
    found = [measured[one] for one in past if one in measured][:BASE_DAYS]
    return sum(found) / len(found) if len(found) >= _FEWEST_DAYS else None
