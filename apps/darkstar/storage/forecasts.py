"""Table of forecasts: what was expected, and when; compact, because there is one every quarter-hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import TypeAdapter

from ..forecast.bands import Band, Forecast, ForecastSlot
from ..home.slots import SLOT_MINUTES, floor_to_slot
from .database import Database
from .epoch import from_epoch, to_epoch
from .payload import pack, readable

_QUARTER = timedelta(minutes=SLOT_MINUTES)
_MICROSECOND = timedelta(microseconds=1)
_DECIMALS = 4
"""Energies are kept to 0.1 Wh: a third of the size, far below any forecast error."""

_BETWEEN = """
    SELECT payload FROM forecasts WHERE issued_us IN (
        SELECT max(issued_us) FROM forecasts WHERE issued_us >= :start_us AND issued_us < :end_us
        GROUP BY (:end_us - issued_us - 1) / :every_us
    ) ORDER BY issued_us
"""

_Bands = tuple[tuple[float, float, float] | tuple[float, float, float, float], ...]
"""p10, p50, p90, and the mean where it is not the median."""


@dataclass(frozen=True, slots=True)
class _Columns:
    """A forecast by columns, which pack far better than by rows."""

    issued_at: datetime
    load_model: str
    pv_model: str
    assumed: tuple[str, ...]
    starts_us: tuple[int, ...]
    hours: tuple[float, ...]
    load_kwh: _Bands
    pv_kwh: _Bands


_COLUMNS = TypeAdapter(_Columns)


class Forecasts:
    """Repository of issued forecasts; of those issued in the same quarter-hour the last one is kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, forecast: Forecast) -> None:
        """Store a forecast, its energies to 0.1 Wh.

        Raises:
            StorageError: it was not stored.
        """
        row = (to_epoch(floor_to_slot(forecast.issued_at)), to_epoch(forecast.issued_at), pack(_columns(forecast)))
        with self._database.write() as connection:
            connection.execute("INSERT OR REPLACE INTO forecasts VALUES (NULL, ?, ?, ?)", row)

    def issued_between(self, start: datetime, end: datetime, every: timedelta = _QUARTER) -> tuple[Forecast, ...]:
        """Forecasts issued in `[start, end)`, oldest first, at most one per `every`.

        The time is cut into stretches of `every` counted back from `end`, and the last forecast of
        each is taken: with one day, those issued at the same time of day as `end`.
        """
        bounds = {"start_us": to_epoch(start), "end_us": to_epoch(end), "every_us": every // _MICROSECOND}
        with self._database.read() as connection:
            packed = [payload for (payload,) in connection.execute(_BETWEEN, bounds)]
        return tuple(_forecast(columns) for columns in readable(_COLUMNS, packed, "forecasts"))

    def latest(self) -> Forecast | None:
        """The forecast saved last that can be read, or None."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT payload FROM forecasts ORDER BY sequence DESC")
            columns = next(readable(_COLUMNS, (payload for (payload,) in rows), "forecasts"), None)
        return None if columns is None else _forecast(columns)

    def purge(self, before: datetime) -> int:
        """Delete what was issued before `before`; returns how many."""
        with self._database.write() as connection:
            return connection.execute("DELETE FROM forecasts WHERE issued_us < ?", (to_epoch(before),)).rowcount


def _columns(forecast: Forecast) -> _Columns:
    return _Columns(
        issued_at=forecast.issued_at,
        load_model=forecast.load_model,
        pv_model=forecast.pv_model,
        assumed=forecast.assumed,
        starts_us=tuple(to_epoch(slot.start) for slot in forecast.slots),
        hours=tuple(slot.hours for slot in forecast.slots),
        load_kwh=tuple(_rounded(slot.load_kwh) for slot in forecast.slots),
        pv_kwh=tuple(_rounded(slot.pv_kwh) for slot in forecast.slots),
    )


def _rounded(band: Band) -> tuple[float, float, float] | tuple[float, float, float, float]:
    p10, p50, p90 = round(band.p10, _DECIMALS), round(band.p50, _DECIMALS), round(band.p90, _DECIMALS)
    return (p10, p50, p90) if band.mean is None else (p10, p50, p90, round(band.mean, _DECIMALS))


def _forecast(columns: _Columns) -> Forecast:
    slots = tuple(
        ForecastSlot(from_epoch(start_us), hours, Band(*load), Band(*pv))
        for start_us, hours, load, pv in zip(
            columns.starts_us, columns.hours, columns.load_kwh, columns.pv_kwh, strict=True
        )
    )
    return Forecast(columns.issued_at, columns.load_model, columns.pv_model, slots, columns.assumed)
