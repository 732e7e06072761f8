"""Table of the weather as it was forecast, by how many days before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from ..home.weather import WeatherHour
from .database import Database
from .epoch import from_epoch, to_epoch
from .leads import FARNESS, lead_days

_HOUR = timedelta(hours=1)
_VALUES = "cloud_percent, temperature_celsius, shortwave_w_m2, wind_m_s, snow_depth_m"
_INSERT = f"INSERT OR REPLACE INTO weather (start_us, lead_days, issued_us, {_VALUES}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - constants
_NEWEST = f"""
    SELECT start_us, {_VALUES}, max(issued_us) FROM weather
    WHERE start_us >= ? AND issued_us >= ? AND issued_us <= ? GROUP BY start_us ORDER BY start_us
"""  # noqa: S608
_PAST = f"""
    SELECT start_us, {_VALUES}, min({FARNESS})
    FROM weather WHERE start_us >= ? AND start_us < ? GROUP BY start_us ORDER BY start_us
"""  # noqa: S608


class Weather:
    """Repository of weather forecasts.

    Of each hour the last forecast is kept that was made less than one, two, ... days before it began, and what was
    told of it afterwards: a service's archive has what it said shortly before.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, issued_at: datetime, hours: Iterable[WeatherHour]) -> None:
        """Store what a service told at `issued_at`.

        Raises:
            StorageError: nothing was stored.
        """
        issued_us = to_epoch(issued_at)
        with self._database.write() as connection:
            connection.executemany(_INSERT, [_row(issued_us, hour) for hour in hours])

    def newest(self, now: datetime, oldest_issue: datetime) -> tuple[WeatherHour, ...]:
        """The hours that end after `now`, each as it was told last, but not before `oldest_issue`."""
        start_us = to_epoch(now - _HOUR) + 1
        with self._database.read() as connection:
            rows = connection.execute(_NEWEST, (start_us, to_epoch(oldest_issue), to_epoch(now))).fetchall()
        return tuple(_hour(*row[:-1]) for row in rows)

    def past(self, start: datetime, end: datetime) -> tuple[WeatherHour, ...]:
        """Hours that start in `[start, end)`, each as it was told a day before, or else as near to that as is kept."""
        with self._database.read() as connection:
            rows = connection.execute(_PAST, (to_epoch(start), to_epoch(end))).fetchall()
        return tuple(_hour(*row[:-1]) for row in rows)

    def issued_last(self) -> datetime | None:
        """When the newest forecast was made; None when there is none."""
        return self._only("SELECT max(issued_us) FROM weather")

    def known_from(self) -> datetime | None:
        """The first hour of which anything is known."""
        return self._only("SELECT min(start_us) FROM weather")

    def purge(self, before: datetime) -> int:
        """Delete the hours that start before `before`; returns how many rows."""
        with self._database.write() as connection:
            return connection.execute("DELETE FROM weather WHERE start_us < ?", (to_epoch(before),)).rowcount

    def _only(self, query: str) -> datetime | None:
        with self._database.read() as connection:
            found = connection.execute(query).fetchone()[0]
        return None if found is None else from_epoch(found)


def _row(issued_us: int, hour: WeatherHour) -> tuple[int | float | None, ...]:
    start_us = to_epoch(hour.start)
    return (
        start_us,
        lead_days(start_us, issued_us),
        issued_us,
        hour.cloud_percent,
        hour.temperature_celsius,
        hour.shortwave_w_m2,
        hour.wind_m_s,
        hour.snow_depth_m,
    )


def _hour(start_us: int, *values: float | None) -> WeatherHour:
    return WeatherHour(from_epoch(start_us), *values)
